/** Figures the pages read off a route's row. */
import { wilsonInterval } from "../../src/domain/wilson.ts";
import type { RouteStatus, Side, SideStatus } from "./state/wire.ts";

export interface Rate {
  readonly hits: number;
  readonly trials: number;
  /** Percent, with the two-sided 95 % Wilson interval; undefined: no trials. */
  readonly value: number | undefined;
  readonly low: number;
  readonly high: number;
}

export function rateOf(hits: number, trials: number): Rate {
  const [low, high] = wilsonInterval(hits, trials);
  const value = trials === 0 ? undefined : (hits / trials) * 100;
  return { hits, trials, value, low: low * 100, high: high * 100 };
}

export function mismatchRate({ comparisons: { match, mismatch } }: RouteStatus): Rate {
  return rateOf(mismatch, match + mismatch);
}

interface Answers extends SideStatus {
  /** Nobody was served by this side: these are answers to shadows. */
  readonly shadow: boolean;
}

/** What a side answered its clients; where it had none, what it answered shadows. */
export function answersOf(route: RouteStatus, side: Side): Answers {
  const client = route[side];
  if (client.requests > 0 || route.shadow[side].requests === 0) return { ...client, shadow: false };
  return { ...route.shadow[side], shadow: true };
}

export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
