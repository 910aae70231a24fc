import type { UpstreamTry } from "../domain/upstream-state.ts";

/** Tries of one request that its log line holds. */
const MAX_TRIES_SAID = 16;

/** The tries of a request with one more: the first of them, if there are very many. */
export function noted(tries: UpstreamTry[] | undefined, tried: UpstreamTry): UpstreamTry[] {
  if (tries === undefined) return [tried];
  if (tries.length < MAX_TRIES_SAID) tries.push(tried);
  return tries;
}
