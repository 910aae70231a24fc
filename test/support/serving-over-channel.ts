import { MessageChannel, type MessagePort } from "node:worker_threads";
import { systemClock } from "../../src/clock.ts";
import { FigError, figErrorOf } from "../../src/domain/errors.ts";
import type { CreateServing, ServingEvents, ServingMessages } from "../../src/serving/contract.ts";
import { Serving } from "../../src/serving/serving.ts";

type Method = keyof ServingMessages;
type Order =
  | { readonly kind: "call"; readonly id: number; readonly method: Method; readonly args: readonly unknown[] }
  | { readonly kind: "open"; readonly id: number; readonly method: "counts" | "totals" }
  | { readonly kind: "next" | "give-up"; readonly id: number };
type Said =
  | { readonly kind: "answer"; readonly id: number; readonly value: unknown }
  | { readonly kind: "part"; readonly id: number; readonly part: IteratorResult<unknown> }
  | { readonly kind: "error"; readonly id: number; readonly error: ErrorMessage }
  | { readonly kind: "event"; readonly name: keyof ServingEvents; readonly args: readonly unknown[] };

interface ErrorMessage {
  readonly code: string;
  readonly message: string;
  readonly remedy: string | undefined;
}

function errorMessage(error: unknown): ErrorMessage {
  const known = figErrorOf(error);
  return { code: known?.code ?? "bug", message: String((error as Error).message), remedy: known?.remedy };
}

/** So long an order is on its way: who does not wait for its answer is found out. Timers of one length keep their order. */
const DELAY_MS = 15;
const quietLog = { info: () => {}, warn: () => {}, error: () => {} };

/** The far end: what serves, told and telling by messages alone. */
function serveFrom(port: MessagePort, config: Parameters<CreateServing>[0]): void {
  const say = (said: Said) => port.postMessage(said);
  const event =
    (name: keyof ServingEvents) =>
    (...args: unknown[]) =>
      say({ kind: "event", name, args });
  const serving = new Serving(
    structuredClone(config),
    {
      onProblems: event("onProblems"),
      onComparisons: event("onComparisons"),
      onStopped: event("onStopped"),
    },
    { clock: systemClock, log: quietLog, quiet: true },
  );
  const streams = new Map<number, AsyncIterator<unknown>>();
  const obey = (order: Order) => {
    const { id } = order;
    const failed = (error: unknown) => say({ kind: "error", id, error: errorMessage(error) });
    if (order.kind === "call") {
      const method = serving[order.method] as (...args: readonly unknown[]) => Promise<unknown>;
      method
        .apply(serving, [...order.args])
        .then((value) => say({ kind: "answer", id, value }))
        .catch(failed);
    } else if (order.kind === "open") {
      streams.set(id, serving[order.method]()[Symbol.asyncIterator]());
    } else if (order.kind === "next") {
      streams
        .get(id)
        ?.next()
        .then((part) => say({ kind: "part", id, part }))
        .catch(failed);
    } else {
      void streams.get(id)?.return?.();
    }
  };
  port.on("message", (order: Order) => setTimeout(obey, DELAY_MS, order));
}

/**
 * Serving at the other end of a channel, as another process would have it: all that passes is cloned, and takes its time. `close` ends
 * the channel.
 */
export function overAChannel(): { readonly create: CreateServing; close(): void } {
  const ports: MessagePort[] = [];
  const create: CreateServing = (config, events) => {
    const { port1: near, port2: far } = new MessageChannel();
    ports.push(near, far);
    serveFrom(far, config);
    const waiting = new Map<number, PromiseWithResolvers<unknown>>();
    let last = 0;
    const send = (order: Order): Promise<unknown> => {
      const answer = Promise.withResolvers<unknown>();
      waiting.set(order.id, answer);
      near.postMessage(order);
      return answer.promise;
    };
    near.on("message", (said: Said) => {
      if (said.kind === "event") {
        (events[said.name] as (...args: readonly unknown[]) => void).apply(events, [...said.args]);
        return;
      }
      const answer = waiting.get(said.id);
      waiting.delete(said.id);
      if (said.kind === "answer") answer?.resolve(said.value);
      else if (said.kind === "part") answer?.resolve(said.part);
      else
        answer?.reject(
          new FigError(said.error.code, said.error.message, { remedy: said.error.remedy ?? "" }),
        );
    });
    const call =
      (method: Method) =>
      (...args: unknown[]) =>
        send({ kind: "call", id: ++last, method, args });
    const stream = (method: "counts" | "totals") =>
      async function* parts(): AsyncGenerator<unknown> {
        const id = ++last;
        near.postMessage({ kind: "open", id, method } satisfies Order);
        let over = false;
        try {
          for (;;) {
            const part = (await send({ kind: "next", id })) as IteratorResult<unknown>;
            over = part.done === true;
            if (over) return;
            yield part.value;
          }
        } finally {
          if (!over) near.postMessage({ kind: "give-up", id } satisfies Order);
        }
      };
    const methods = ["prepare", "commit", "place", "listen", "drain", "stop", "gauges", "decide"] as const;
    return {
      ...Object.fromEntries(methods.map((method) => [method, call(method)])),
      counts: stream("counts"),
      totals: stream("totals"),
    } as unknown as ServingMessages;
  };
  return {
    create,
    close() {
      for (const port of ports) port.close();
    },
  };
}
