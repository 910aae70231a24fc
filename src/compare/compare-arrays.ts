import type { ArrayRule } from "../domain/route.ts";
import { type Alignment, align, mayBeShifted } from "./alignment.ts";
import { isReordered } from "./arrangement.ts";
import { normalNumber } from "./json-number.ts";
import type { Place } from "./json-place.ts";
import { elementPlace } from "./json-place.ts";
import { isObject, JsonNumber, type JsonValue } from "./json-value.ts";
import { matchUnordered, pairByLikeness, type Sameness } from "./match-unordered.ts";

/** Ordered arrays of different length are compared for this many elements, from where they first differ. */
const MAX_BY_INDEX = 100;

type Values = readonly JsonValue[];
export type Indexed = readonly (readonly [index: number, value: JsonValue])[];

/** What comparing arrays needs from the walk it is part of. */
interface ArrayWalk {
  readonly identity: Sameness;
  elements(legacy: JsonValue | undefined, modern: JsonValue | undefined, arrayPlace: Place): void;
  report(place: Place, kind: "order" | "value", legacy: JsonValue, modern: JsonValue): void;
  lengths(place: Place, legacy: number, modern: number): void;
  /** Whether the elements of an array are known to have one partner each, in their order. */
  isPaired(legacy: Values): boolean;
  /** Elements that one side alone has, with their indexes: told under the array's `kind`. */
  only(place: Place, kind: "length" | "value", legacy: Indexed, modern: Indexed): void;
  /** How two arrays of one side are matched; undefined: nobody asks, or in order. */
  arrange(legacy: Values, modern: Values, place: Place): ArrayRule | undefined;
}

/** For arrays that are not the same under their rules. */
export function compareArrays(legacy: Values, modern: Values, place: Place, walk: ArrayWalk): void {
  const rule = place.rules?.array ?? walk.arrange(legacy, modern, place);
  if (walk.isPaired(legacy)) inPairs(legacy, modern, place, walk);
  else if (rule === undefined) ordered(legacy, modern, place, walk);
  // What the elements are does not matter, but how many there are does.
  else if (elementPlace(place).rules?.ignore) walk.lengths(place, legacy.length, modern.length);
  else if (rule.mode === "unordered") unordered(legacy, modern, place, walk, rule.found);
  else byKey(legacy, modern, rule, place, walk);
}

/**
 * Arrays with the same elements in another order have one difference, `order`. Arrays of different length differ in `length`, and
 * those of one length that are shifted differ in `value`, once: what only one side has is told under it, and the others are
 * compared with their counterparts. Other arrays are compared by index: where they differ in length, what lies between their common start and end.
 */
function ordered(legacy: Values, modern: Values, place: Place, walk: ArrayWalk): void {
  const rules = elementPlace(place).rules;
  if (legacy.length === modern.length) {
    if (matchUnordered(legacy, modern, rules, walk.identity).legacy.length === 0) {
      walk.report(place, "order", legacy, modern);
      return;
    }
    const differing = differingElements(legacy, modern, rules, walk.identity);
    if (mayBeShifted(differing) && shifted(legacy, modern, place, walk, differing.length)) return;
    inPairs(legacy, modern, place, walk);
    return;
  }
  walk.lengths(place, legacy.length, modern.length);
  const alignment = align(legacy, modern, rules, walk.identity);
  if (alignment !== undefined) {
    aligned(legacy, modern, place, walk, alignment, "length");
    return;
  }
  const shorter = Math.min(legacy.length, modern.length);
  const same = (i: number, j: number) =>
    walk.identity.same(legacy[i] as JsonValue, modern[j] as JsonValue, rules);
  let start = 0;
  while (start < shorter && same(start, start)) start++;
  let end = 0;
  while (end < shorter - start && same(legacy.length - 1 - end, modern.length - 1 - end)) end++;
  const stop = Math.min(shorter - end, start + MAX_BY_INDEX);
  for (let i = start; i < stop; i++) walk.elements(legacy[i], modern[i], place);
}

function inPairs(legacy: Values, modern: Values, place: Place, walk: ArrayWalk): void {
  for (let i = 0; i < legacy.length; i++) walk.elements(legacy[i], modern[i], place);
}

function differingElements(legacy: Values, modern: Values, rules: Place["rules"], identity: Sameness) {
  return legacy.flatMap((left, index) => {
    const right = modern[index] as JsonValue;
    return identity.same(left, right, rules) ? [] : [{ index, left, right }];
  });
}

/** False: two arrays of one length differ in less if they are compared by index. */
function shifted(legacy: Values, modern: Values, place: Place, walk: ArrayWalk, byIndex: number): boolean {
  const alignment = align(legacy, modern, elementPlace(place).rules, walk.identity);
  if (alignment === undefined) return false;
  const { pairs, onlyLegacy, onlyModern } = alignment;
  const rules = elementPlace(place).rules;
  const changed = pairs.filter(
    ([i, j]) => !walk.identity.same(legacy[i] as JsonValue, modern[j] as JsonValue, rules),
  );
  if (changed.length + onlyLegacy.length + onlyModern.length >= byIndex) return false;
  if (onlyLegacy.length + onlyModern.length > 0) walk.report(place, "value", legacy, modern);
  aligned(legacy, modern, place, walk, alignment, "value");
  return true;
}

/** Elements that belong together are compared, and what only one side has is told under `kind` of the array. */
function aligned(
  legacy: Values,
  modern: Values,
  place: Place,
  walk: ArrayWalk,
  { pairs, moved, onlyLegacy, onlyModern }: Alignment,
  kind: "length" | "value",
): void {
  const of = (values: Values, indexes: readonly number[]) =>
    indexes.map((index) => [index, values[index] as JsonValue] as const);
  walk.only(place, kind, of(legacy, onlyLegacy), of(modern, onlyModern));
  if (moved) walk.report(place, "order", legacy, modern);
  for (const [i, j] of pairs) walk.elements(legacy[i], modern[j], place);
}

/** `found`: another order is told all the same. */
function unordered(legacy: Values, modern: Values, place: Place, walk: ArrayWalk, found?: true): void {
  const rules = elementPlace(place).rules;
  const rest = matchUnordered(legacy, modern, rules, walk.identity);
  if (found && rest.legacy.length + rest.modern.length === 0) walk.report(place, "order", legacy, modern);
  for (const [left, right] of pairByLikeness(rest, rules, walk.identity)) walk.elements(left, right, place);
}

/** The text by which elements of one key are found; undefined: it is no scalar, or not there. */
function keyText(value: JsonValue | undefined): string | undefined {
  if (value instanceof JsonNumber) return `n${normalNumber(value.source)}`;
  if (typeof value === "string") return `s${value}`;
  return value === null || typeof value === "boolean" ? `w${value}` : undefined;
}

function groups(values: Values, key: string): Map<string | undefined, JsonValue[]> {
  const byKey = new Map<string | undefined, JsonValue[]>();
  for (const value of values) {
    const name = keyText(isObject(value) ? value.get(key) : undefined);
    const group = byKey.get(name);
    if (group === undefined) byKey.set(name, [value]);
    else group.push(value);
  }
  return byKey;
}

/** Elements with the same key are compared wherever they stand. Those that share a key, or have none, are unordered. */
function byKey(
  legacy: Values,
  modern: Values,
  { key, found }: ArrayRule & { readonly mode: "key" },
  place: Place,
  walk: ArrayWalk,
): void {
  if (found && isReordered(legacy, modern, key)) walk.report(place, "order", legacy, modern);
  const left = groups(legacy, key);
  const right = groups(modern, key);
  for (const [name, values] of left) {
    const others = right.get(name) ?? [];
    if (values.length === 1 && others.length === 1) walk.elements(values[0], others[0], place);
    else unordered(values, others, place, walk);
  }
  for (const [name, values] of right) {
    if (!left.has(name)) unordered([], values, place, walk);
  }
}
