/** The child's half of the adapter: opens, drains and closes proxies when the runner says so over IPC. */
import type { ProxyOptions } from "../contract.ts";

export interface OpenProxy {
  readonly port: number;
  /** Orderly stop: requests in flight finish. */
  drain(): Promise<void>;
  /** At once. */
  close(): void;
}

export type Order =
  | {
      readonly id: number;
      readonly op: "open";
      readonly upstreamPort: number;
      readonly options: ProxyOptions;
    }
  | { readonly id: number; readonly op: "drain" | "close" };

export type Reply = { readonly id: number; readonly port?: number; readonly error?: string };

/** One proxy at a time: the runner gives each child one case at a time, so that a crash has one cause. */
export function serveOrders(open: (upstreamPort: number, options: ProxyOptions) => Promise<OpenProxy>): void {
  let current: OpenProxy | undefined;
  const obey = async (order: Order): Promise<Reply> => {
    if (order.op === "open") {
      current = await open(order.upstreamPort, order.options);
      return { id: order.id, port: current.port };
    }
    if (order.op === "drain") await current?.drain();
    else current?.close();
    return { id: order.id };
  };
  process.on("message", (order: Order) => {
    obey(order).then(
      (reply) => process.send?.(reply),
      (error: unknown) => process.send?.({ id: order.id, error: String(error) } satisfies Reply),
    );
  });
  process.on("disconnect", () => process.exit(0));
}
