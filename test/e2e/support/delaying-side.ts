import { setTimeout as delay } from "node:timers/promises";
import { type SideUpstream, startSide } from "./split-door.ts";

/** An upstream that holds each answer back as its path says, and writes down for how long it really did. */
export interface DelayingSide extends SideUpstream {
  /** ms, of the answers that clients got. */
  readonly served: number[];
  /** ms, of shadows. */
  readonly shadowed: number[];
}

/**
 * `/item/120` is answered after 120 ms, or `factor` times that; with `?differs` by the side's name, with `?fails` by 503.
 */
export async function startDelayingSide(side: "legacy" | "modern", factor: number): Promise<DelayingSide> {
  const served: number[] = [];
  const shadowed: number[] = [];
  const upstream = await startSide(side, async (request, response) => {
    const began = performance.now();
    const [, held, more] = /^\/item\/(\d+)\??(\w*)$/.exec(request.url ?? "") ?? [];
    await delay(factor * Number(held));
    const body = more === "differs" ? side : "ok";
    response
      .writeHead(more === "fails" ? 503 : 200, {
        "content-type": "text/plain",
        "content-length": body.length,
      })
      .end(body);
    (request.headers["x-fig-shadow"] === undefined ? served : shadowed).push(performance.now() - began);
  });
  return { ...upstream, served, shadowed };
}

/** The `q` quantile of `values`, by rank. */
export function quantileOf(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(1, Math.ceil(q * sorted.length)) - 1] as number;
}
