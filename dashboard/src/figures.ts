/** Figures the pages read off a route's row. */
import { rateInterval } from "../../src/domain/proof/rate-bound.ts";
import type { RouteStatus } from "./state/wire.ts";

export interface Rate {
  readonly hits: number;
  readonly trials: number;
  /** Percent, with the 95 % interval that may be watched; undefined: no trials. */
  readonly value: number | undefined;
  readonly low: number;
  readonly high: number;
}

export function rateOf(hits: number, trials: number): Rate {
  const [low, high] = rateInterval(hits, trials);
  const value = trials === 0 ? undefined : (hits / trials) * 100;
  return { hits, trials, value, low: low * 100, high: high * 100 };
}

export function mismatchRate({ comparisons: { match, mismatch } }: RouteStatus): Rate {
  return rateOf(mismatch, match + mismatch);
}

export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
