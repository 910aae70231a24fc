import type { WindowCounts } from "./counters.ts";
import { COUNTED_METHODS, countedMethod } from "./message.ts";
import { MOST_FIRST } from "./most-first.ts";
import type { Position } from "./position.ts";
import type { RouteDefinition } from "./route.ts";
import { shadowRefusal } from "./shadow-eligibility.ts";
import { countText, listText, numberText } from "./wording.ts";

/** What was asked of a route by one method, in its evidence window. */
interface MethodCoverage {
  readonly method: string;
  readonly requests: number;
  /** Match or mismatch. */
  readonly compared: number;
}

/** A method of which nothing is compared where the route stands. */
export interface Unshadowed {
  readonly method: string;
  readonly requests: number;
  /** Percent of the route's requests. */
  readonly share: number;
}

export interface Coverage {
  readonly requests: number;
  /** Methods that were asked for. */
  readonly shadowed: readonly MethodCoverage[];
  readonly unshadowed: readonly Unshadowed[];
}

/** Whether shadows of this method are sent, where the route stands and legacy serves. */
export function isShadowed(route: RouteDefinition, position: Position, method: string): boolean {
  const twoSided = !route.retired && route.legacy !== undefined;
  return (
    shadowRefusal({ twoSided, definition: route, position }, "legacy", {
      method,
      target: "",
      headers: [],
    }) === undefined
  );
}

/** What was compared of each method that the route was asked for, and what never is. */
export function coverageOf(route: RouteDefinition, position: Position, counts: WindowCounts): Coverage {
  const { methods, comparedMethods } = counts;
  const asked = COUNTED_METHODS.map((method) => ({
    method,
    requests: methods[method] ?? 0,
    compared: comparedMethods[method] ?? 0,
  })).filter(({ requests }) => requests > 0);
  const requests = asked.reduce((sum, each) => sum + each.requests, 0);
  // What was compared while it was sandboxed stays compared.
  const shadowed = asked.filter(
    ({ method, compared }) => compared > 0 || isShadowed(route, position, method),
  );
  const unshadowed = asked
    .filter((each) => !shadowed.includes(each))
    .map(({ method, requests: count }) => ({ method, requests: count, share: (count / requests) * 100 }));
  return { requests, shadowed, unshadowed };
}

/** Methods of rarer names are counted together. */
export const OTHER = "other";

/** What is said of a method, or of those that are counted together. */
export function methodText(method: string): string {
  return method === OTHER ? "methods of other names" : method;
}

/**
 * Those that nobody accepted. Those that are counted together are accepted together, or one by one where the route names all
 * of them that it takes.
 */
export function unaccepted(
  unshadowed: readonly Unshadowed[],
  accepted: readonly string[] = [],
  { match }: Pick<RouteDefinition, "match">,
): readonly Unshadowed[] {
  const rare = match.methods?.filter((method) => countedMethod(method) === OTHER);
  const others = rare !== undefined && rare.length > 0 && rare.every((method) => accepted.includes(method));
  return unshadowed.filter(({ method }) => !accepted.includes(method) && !(method === OTHER && others));
}

/** `POST (40 % of 600 requests)`; undefined: everything may be compared. */
export function unshadowedText({ unshadowed, requests }: Coverage): string | undefined {
  if (unshadowed.length === 0) return undefined;
  const shares = unshadowed.map(({ method, share }) => `${methodText(method)} (${numberText(share, 1)} %)`);
  return `${listText(shares)} of ${countText(requests)} requests`;
}

/** `raced 43, shed 2`: why requests of methods that are shadowed have no verdict; undefined: none has ended without one. */
export function noVerdictText({ notCompared }: WindowCounts): string | undefined {
  const reasons = Object.entries(notCompared)
    .filter(([reason, count]) => reason !== "unsafe_method" && count > 0)
    .sort(MOST_FIRST);
  return reasons.length === 0
    ? undefined
    : listText(reasons.map(([reason, count]) => `${reason} ${countText(count)}`));
}
