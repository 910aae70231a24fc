import { isObject, type JsonValue } from "./json-value.ts";
import type { PathRules } from "./path-rules.ts";

/** Tells whether two values are the same under the rules of their place. */
export interface Sameness {
  same(a: JsonValue, b: JsonValue, rules: PathRules | undefined): boolean;
  /** Equal numbers for equal values, without regard to tolerances. */
  id(value: JsonValue, rules: PathRules | undefined): number;
}

/** The elements of each side that have no partner on the other, in their order. */
interface Unmatched {
  readonly legacy: readonly JsonValue[];
  readonly modern: readonly JsonValue[];
}

/** Up to this many pairs of elements, a perfect matching is looked for. */
export const MAX_PERFECT_PAIRS = 2 ** 16;
/** Up to this many pairs, the first element that fits is taken. Beyond, only equal elements match. */
export const MAX_FIRST_FIT_PAIRS = 2 ** 22;
/** Up to this many unmatched elements on each side, the most alike are paired for the report. */
const MAX_LIKENESS = 32;

type Rules = PathRules | undefined;

/** Removes pairs of equal elements from two arrays, wherever they stand. Each element is used once. */
export function matchUnordered(
  legacy: readonly JsonValue[],
  modern: readonly JsonValue[],
  rules: Rules,
  identity: Sameness,
): Unmatched {
  if (!rules?.fuzzy) return matchExact(legacy, modern, rules, identity);
  const pairs = legacy.length * modern.length;
  if (pairs <= MAX_PERFECT_PAIRS) return matchPerfect(legacy, modern, rules, identity);
  const rest = matchExact(legacy, modern, rules, identity);
  const left = rest.legacy.length * rest.modern.length;
  if (left <= MAX_PERFECT_PAIRS) return matchPerfect(rest.legacy, rest.modern, rules, identity);
  return left <= MAX_FIRST_FIT_PAIRS ? matchFirstFit(rest, rules, identity) : rest;
}

function matchExact(
  legacy: readonly JsonValue[],
  modern: readonly JsonValue[],
  rules: Rules,
  identity: Sameness,
): Unmatched {
  const open = new Map<number, number>();
  for (const value of legacy) {
    const id = identity.id(value, rules);
    open.set(id, (open.get(id) ?? 0) + 1);
  }
  const takeFrom = (counts: Map<number, number>) => (value: JsonValue) => {
    const id = identity.id(value, rules);
    const count = counts.get(id) ?? 0;
    if (count > 0) counts.set(id, count - 1);
    return count === 0;
  };
  const common = new Map<number, number>();
  const onlyModern = modern.filter((value) => {
    const id = identity.id(value, rules);
    const count = open.get(id) ?? 0;
    if (count === 0) return true;
    open.set(id, count - 1);
    common.set(id, (common.get(id) ?? 0) + 1);
    return false;
  });
  return { legacy: legacy.filter(takeFrom(common)), modern: onlyModern };
}

/**
 * A maximum matching by augmenting paths (H. W. Kuhn, 1955). Equality within a tolerance is not transitive, so taking the
 * first element that fits could leave over elements that have partners.
 */
function matchPerfect(
  legacy: readonly JsonValue[],
  modern: readonly JsonValue[],
  rules: Rules,
  identity: Sameness,
): Unmatched {
  const partnerOfModern = new Int32Array(modern.length).fill(-1);
  const matched = new Uint8Array(legacy.length);
  const asked = new Uint8Array(legacy.length * modern.length);
  const fits = (from: number, to: number): boolean => {
    const at = from * modern.length + to;
    if (asked[at] === 0) {
      const same = identity.same(legacy[from] as JsonValue, modern[to] as JsonValue, rules);
      asked[at] = same ? 1 : 2;
    }
    return asked[at] === 1;
  };
  const augment = (from: number, tried: Uint8Array): boolean => {
    for (let to = 0; to < modern.length; to++) {
      if (tried[to] === 1 || !fits(from, to)) continue;
      tried[to] = 1;
      const holder = partnerOfModern[to] as number;
      if (holder !== -1 && !augment(holder, tried)) continue;
      partnerOfModern[to] = from;
      return true;
    }
    return false;
  };
  for (let i = 0; i < legacy.length; i++) {
    if (augment(i, new Uint8Array(modern.length))) matched[i] = 1;
  }
  return {
    legacy: legacy.filter((_, i) => matched[i] === 0),
    modern: modern.filter((_, i) => partnerOfModern[i] === -1),
  };
}

function matchFirstFit(rest: Unmatched, rules: Rules, identity: Sameness): Unmatched {
  const modern = [...rest.modern];
  const legacy = rest.legacy.filter((value) => {
    const at = modern.findIndex((other) => identity.same(value, other, rules));
    if (at >= 0) modern.splice(at, 1);
    return at < 0;
  });
  return { legacy, modern };
}

export function likeness(a: JsonValue, b: JsonValue, rules: Rules, identity: Sameness): number {
  if (!isObject(a) || !isObject(b)) return 0;
  let equal = 0;
  for (const [name, value] of a) {
    const other = b.get(name);
    if (other !== undefined && identity.same(value, other, rules?.member(name))) equal++;
  }
  return equal;
}

/**
 * Pairs unmatched elements, so that the report names what differs inside them. Those with the most equal members come first.
 * An element that is left over on one side has no partner.
 */
export function pairByLikeness(
  rest: Unmatched,
  rules: Rules,
  identity: Sameness,
): readonly (readonly [JsonValue | undefined, JsonValue | undefined])[] {
  const pairs: (readonly [JsonValue | undefined, JsonValue | undefined])[] = [];
  const legacy = [...rest.legacy];
  const modern = [...rest.modern];
  if (legacy.length <= MAX_LIKENESS && modern.length <= MAX_LIKENESS) {
    const scores = legacy
      .flatMap((a) => modern.map((b) => ({ a, b, score: likeness(a, b, rules, identity) })))
      .filter(({ score }) => score > 0)
      .sort((x, y) => y.score - x.score);
    for (const { a, b } of scores) {
      const from = legacy.indexOf(a);
      const to = modern.indexOf(b);
      if (from < 0 || to < 0) continue;
      pairs.push([a, b]);
      legacy.splice(from, 1);
      modern.splice(to, 1);
    }
  }
  for (let i = 0; i < Math.max(legacy.length, modern.length); i++) pairs.push([legacy[i], modern[i]]);
  return pairs;
}
