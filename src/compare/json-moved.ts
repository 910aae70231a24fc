import type { JsonIdentity } from "./json-identity.ts";
import { isArray, isObject, type JsonValue, RepeatedMember, typeOf } from "./json-value.ts";
import type { PathRules } from "./path-rules.ts";

type Rules = PathRules | undefined;

/** Stands on both sides for what is the same. No value that was parsed equals it. */
export const SAME = new RepeatedMember([]);

/** So many elements are looked for on the other side. */
const MAX_SOUGHT = 4;

/** What stands in two lists at one place, and differs. */
interface Standing {
  readonly left: JsonValue;
  readonly right: JsonValue;
}

/** SAME may be any value, so that true is no more than a guess. */
function mayBeSame(left: JsonValue, right: JsonValue, rules: Rules, identity: JsonIdentity): boolean {
  if (left === SAME || right === SAME || rules?.ignore) return true;
  if (isObject(left) && isObject(right)) {
    for (const [name, value] of left) {
      const under = rules?.member(name);
      const other = right.get(name);
      const may =
        other === undefined
          ? under?.ignore || ((value === null || value === SAME) && identity.nullsAbsent)
          : mayBeSame(value, other, under, identity);
      if (!may) return false;
    }
    return true;
  }
  if (isArray(left) && isArray(right)) {
    // Of a list with a rule only the elements that differ are there.
    if (rules?.array !== undefined) return true;
    if (left.length !== right.length) return false;
    return left.every((value, i) => mayBeSame(value, right[i] as JsonValue, rules?.element, identity));
  }
  return typeOf(left) === typeOf(right) && identity.same(left, right, rules);
}

/**
 * Whether elements of two lists that differ where they stand may be the same in another order. False is sure: one of them is nowhere
 * on the other side.
 */
export function mayBeMoved(differing: readonly Standing[], rules: Rules, identity: JsonIdentity): boolean {
  if (differing.length < 2) return false;
  return differing
    .slice(0, MAX_SOUGHT)
    .every(({ left }) => differing.some(({ right }) => mayBeSame(left, right, rules, identity)));
}
