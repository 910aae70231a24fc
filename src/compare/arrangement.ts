import type { ArrayRule } from "../domain/route.ts";
import { normalNumber } from "./json-number.ts";
import { isObject, JsonNumber, type JsonValue } from "./json-value.ts";
import { matchUnordered, type Sameness } from "./match-unordered.ts";
import type { PathRules } from "./path-rules.ts";

type Values = readonly JsonValue[];

/** Longer arrays are not looked into. */
const MAX_ELEMENTS = 2_000;
/** Members of an element that may be its key. */
const MAX_CANDIDATES = 12;
/** Names that keys mostly have are tried first. */
const LIKELY: readonly string[] = ["id", "key", "uuid", "_id", "code", "sku", "slug", "name"];

/** What identifies an element among its like: a text or a number. Undefined: nothing does. */
function scalarOf(element: JsonValue, key: string): string | undefined {
  const value = isObject(element) ? element.get(key) : undefined;
  if (value instanceof JsonNumber) return `n${normalNumber(value.source)}`;
  return typeof value === "string" ? `s${value}` : undefined;
}

/** Each element's key, in order; undefined: one has none, or two have the same. */
export function keysOf(values: Values, key: string): readonly string[] | undefined {
  const seen = new Set<string>();
  for (const value of values) {
    const scalar = scalarOf(value, key);
    if (scalar === undefined || seen.has(scalar)) return undefined;
    seen.add(scalar);
  }
  return [...seen];
}

/** The keys of two arrays differ in their order or place, and most of them are in both. */
function isMoved(a: readonly string[], b: readonly string[]): boolean {
  if (a.length === b.length && a.every((key, i) => key === b[i])) return false;
  const others = new Set(b);
  return a.filter((key) => others.has(key)).length * 2 > Math.max(a.length, b.length);
}

export function candidatesOf(first: JsonValue): readonly string[] {
  if (!isObject(first)) return [];
  const names = [...first.keys()].filter((name) => scalarOf(first, name) !== undefined);
  const likely = LIKELY.filter((name) => names.includes(name));
  return [...new Set([...likely, ...names])].slice(0, MAX_CANDIDATES);
}

/**
 * How two arrays of one side, which should be the same, are matched: by a member that most elements of both have, or in any order
 * where they are the same but for that. Undefined: neither, or their order is the same.
 */
export function arrangementOf(
  a: Values,
  b: Values,
  rules: PathRules | undefined,
  identity: Sameness,
): ArrayRule | undefined {
  const longest = Math.max(a.length, b.length);
  if (longest < 2 || longest > MAX_ELEMENTS || a.length === 0 || b.length === 0) return undefined;
  for (const key of candidatesOf(a[0] as JsonValue)) {
    const left = keysOf(a, key);
    const right = left && keysOf(b, key);
    if (left !== undefined && right !== undefined && isMoved(left, right))
      return { mode: "key", key, found: true };
  }
  const same = a.length === b.length && matchUnordered(a, b, rules, identity).legacy.length === 0;
  return same ? { mode: "unordered", found: true } : undefined;
}

/** Whether elements that have a key in both arrays stand in another order. */
export function isReordered(a: Values, b: Values, key: string): boolean {
  const left = a.flatMap((value) => scalarOf(value, key) ?? []);
  const right = b.flatMap((value) => scalarOf(value, key) ?? []);
  const [ofLeft, ofRight] = [new Set(left), new Set(right)];
  const common = right.filter((value) => ofLeft.has(value));
  return left.filter((value) => ofRight.has(value)).some((value, i) => value !== common[i]);
}
