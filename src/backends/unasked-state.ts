import {
  TRY_RESULTS,
  type TryResult,
  UPSTREAM_LIMITS,
  type UpstreamState,
} from "../domain/upstream-state.ts";

type Tries = Record<TryResult, number>;

export function noTries(): Tries {
  return Object.fromEntries(TRY_RESULTS.map((result) => [result, 0])) as Tries;
}

/** An upstream that was not asked yet. */
export function unaskedState(name: string): UpstreamState {
  return {
    ...{ name, members: [], failOpen: false, unresolved: [], waiting: 0, tries: noTries() },
    ...{ retries: 0, ejections: 0, checksPassed: 0, checksFailed: 0 },
    limited: Object.fromEntries(UPSTREAM_LIMITS.map((limit) => [limit, 0])) as UpstreamState["limited"],
  };
}
