import { candidatesOf, keysOf } from "./arrangement.ts";
import { normalNumber } from "./json-number.ts";
import { isObject, JsonNumber, type JsonValue } from "./json-value.ts";
import { likeness, type Sameness } from "./match-unordered.ts";
import type { PathRules } from "./path-rules.ts";

type Values = readonly JsonValue[];

/** Longer lists are compared element by element. */
const MAX_ALIGNED = 20_000;
/** Two lists whose elements repeat are aligned exactly up to so many pairs of elements. Beyond, only where one is the other without some. */
const MAX_LCS_CELLS = 2 ** 18;
/** Up to so many elements without a counterpart on each side, the most alike are taken for changed ones. */
const MAX_CHANGED = 32;

/** Which elements of two lists belong together. */
export interface Alignment {
  /** Indexes of both, in legacy's order. */
  readonly pairs: readonly (readonly [legacy: number, modern: number])[];
  /** The elements that both have stand in another order. */
  readonly moved: boolean;
  /** Indexes of elements that only one side has. */
  readonly onlyLegacy: readonly number[];
  readonly onlyModern: readonly number[];
}

interface Differing {
  readonly index: number;
  readonly left: JsonValue;
  readonly right: JsonValue;
}

function scalarText(value: JsonValue | undefined): string | undefined {
  if (value instanceof JsonNumber) return `n${normalNumber(value.source)}`;
  return typeof value === "string" ? `s${value}` : undefined;
}

/** Two elements of one index have as little in common as two that do not belong together. */
function areStrangers(left: JsonValue, right: JsonValue): boolean {
  if (!isObject(left) || !isObject(right)) return Array.isArray(left) || Array.isArray(right);
  let common = 0;
  let differing = 0;
  for (const [name, value] of left) {
    const [one, other] = [scalarText(value), scalarText(right.get(name))];
    if (one === undefined || other === undefined) continue;
    common++;
    if (one !== other) differing++;
  }
  return common === 0 || differing * 2 >= common;
}

/**
 * Whether two lists of one length may be shifted against each other. What is looked at is the same in two whole lists as in what
 * reading in step leaves of them: the elements that differ, and their own scalars.
 */
export function mayBeShifted(differing: readonly Differing[]): boolean {
  const [first, last] = [differing[0], differing.at(-1)];
  if (first === undefined || last === undefined || differing.length < 2) return false;
  if (differing.length * 2 <= last.index - first.index + 1) return false;
  const strangers = differing.filter(({ left, right }) => areStrangers(left, right)).length;
  return strangers * 2 > differing.length;
}

/** What may identify elements of both lists, the likelier before; which list comes first does not matter. */
function sharedCandidates(first: JsonValue, other: JsonValue): readonly string[] {
  const [ofFirst, ofOther] = [candidatesOf(first), candidatesOf(other)];
  return ofFirst
    .flatMap((name, at) => {
      const place = ofOther.indexOf(name);
      return place < 0 ? [] : [{ name, at: at + place }];
    })
    .sort((p, q) => p.at - q.at || (p.name < q.name ? -1 : 1))
    .map(({ name }) => name);
}

/** The keys of both lists, by the first member that identifies the elements of each and that both share elements by. */
function sharedKeys(a: Values, b: Values): readonly [readonly string[], readonly string[]] | undefined {
  const [first, other] = [a[0], b[0]];
  if (first === undefined || other === undefined) return undefined;
  for (const name of sharedCandidates(first, other)) {
    const left = keysOf(a, name);
    const right = left && keysOf(b, name);
    if (left === undefined || right === undefined) continue;
    const known = new Set(left);
    const shared = right.filter((key) => known.has(key)).length;
    if (shared * 2 > Math.min(a.length, b.length)) return [left, right];
  }
  return undefined;
}

type Tokens = readonly (string | number)[];
type Pairs = (readonly [number, number])[];

function areUnique(tokens: Tokens): boolean {
  return new Set(tokens).size === tokens.length;
}

/** Each element with its counterpart, where no token comes twice. */
function uniquePairs(a: Tokens, b: Tokens): Pairs {
  const at = new Map(b.map((token, index) => [token, index]));
  return a.flatMap((token, index) => {
    const other = at.get(token);
    return other === undefined ? [] : [[index, other] as const];
  });
}

/** The shorter list in the longer one, if that is it without some elements: the first place that fits. */
function withoutSome(a: Tokens, b: Tokens): Pairs | undefined {
  const [long, short] = a.length >= b.length ? [a, b] : [b, a];
  const pairs: Pairs = [];
  let next = 0;
  for (let index = 0; index < long.length && next < short.length; index++) {
    if (long[index] !== short[next]) continue;
    pairs.push(a.length >= b.length ? [index, next] : [next, index]);
    next++;
  }
  return next === short.length ? pairs : undefined;
}

/** A longest common subsequence (R. A. Wagner and M. J. Fischer, 1974). */
function commonPairs(a: Tokens, b: Tokens): Pairs {
  const width = b.length + 1;
  const lengths = new Uint16Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--)
      lengths[i * width + j] =
        a[i] === b[j]
          ? (lengths[(i + 1) * width + j + 1] as number) + 1
          : Math.max(lengths[(i + 1) * width + j] as number, lengths[i * width + j + 1] as number);
  const pairs: Pairs = [];
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    if (a[i] === b[j]) pairs.push([i++, j++]);
    else if ((lengths[(i + 1) * width + j] as number) >= (lengths[i * width + j + 1] as number)) i++;
    else j++;
  }
  return pairs;
}

/** How far apart they stand, and then where: the same of pairs that are swapped. */
function spread(pairs: Pairs): readonly number[] {
  const apart = pairs.reduce((sum, [i, j]) => sum + Math.abs(i - j), 0);
  return [apart, ...pairs.map(([i, j]) => i + j)];
}

function isLess(a: readonly number[], b: readonly number[]): boolean {
  const at = a.findIndex((each, index) => each !== b[index]);
  return at >= 0 && (a[at] as number) < (b[at] as number);
}

/** The same for swapped lists, swapped: of several that are as long, it does not matter which list comes first. */
function symmetricPairs(a: Tokens, b: Tokens): Pairs {
  const swapped = () => commonPairs(b, a).map(([j, i]) => [i, j] as const);
  if (a.length !== b.length) return a.length > b.length ? commonPairs(a, b) : swapped();
  const [one, other] = [commonPairs(a, b), swapped()];
  return isLess(spread(other), spread(one)) ? other : one;
}

/** How many tokens both have, however often and wherever. */
function sharedCount(a: Tokens, b: Tokens): number {
  const open = new Map<string | number, number>();
  for (const token of a) open.set(token, (open.get(token) ?? 0) + 1);
  let shared = 0;
  for (const token of b) {
    const left = open.get(token) ?? 0;
    if (left > 0) shared++;
    open.set(token, left - 1);
  }
  return shared;
}

/** Counterparts of elements that repeat; undefined: that is too much to find out, or they are in another order. */
function repeatedPairs(a: Tokens, b: Tokens): Pairs | undefined {
  const whole = withoutSome(a, b);
  if (whole !== undefined) return whole;
  if ((a.length + 1) * (b.length + 1) > MAX_LCS_CELLS) return undefined;
  const pairs = symmetricPairs(a, b);
  return pairs.length === sharedCount(a, b) ? pairs : undefined;
}

function left(length: number, used: ReadonlySet<number>): number[] {
  return Array.from({ length }, (_, index) => index).filter((index) => !used.has(index));
}

/**
 * Which elements of two lists belong together: by a member that identifies them, or else those that are the same. What is then left is
 * paired where it is alike. Undefined: nothing tells, or it would be too much work. Swapped lists give the same, swapped.
 */
export function align(
  a: Values,
  b: Values,
  rules: PathRules | undefined,
  identity: Sameness,
): Alignment | undefined {
  if (Math.max(a.length, b.length) > MAX_ALIGNED) return undefined;
  const keys = sharedKeys(a, b);
  if (keys === undefined && rules?.fuzzy) return undefined;
  const idsOf = (values: Values) => values.map((value) => identity.id(value, rules));
  const [x, y] = keys ?? [idsOf(a), idsOf(b)];
  const isUnique = keys !== undefined || (areUnique(x) && areUnique(y));
  const known = isUnique ? uniquePairs(x, y) : repeatedPairs(x, y);
  if (known === undefined || known.length === 0) return undefined;
  const moved = known.some(([, at], index) => index > 0 && at < (known[index - 1]?.[1] as number));
  const rest = {
    legacy: left(a.length, new Set(known.map(([at]) => at))),
    modern: left(b.length, new Set(known.map(([, at]) => at))),
  };
  const changed = changedPairs(a, b, rest, keys !== undefined, rules, identity);
  const used = [new Set(changed.map(([at]) => at)), new Set(changed.map(([, at]) => at))] as const;
  return {
    pairs: [...known, ...changed].sort(([i], [j]) => i - j),
    moved,
    onlyLegacy: rest.legacy.filter((at) => !used[0].has(at)),
    onlyModern: rest.modern.filter((at) => !used[1].has(at)),
  };
}

/** Of what has no counterpart, what is a changed one all the same: most of its members are equal; and where nothing identifies elements, the rest in order. */
function changedPairs(
  a: Values,
  b: Values,
  rest: { readonly legacy: readonly number[]; readonly modern: readonly number[] },
  keyed: boolean,
  rules: PathRules | undefined,
  identity: Sameness,
): Pairs {
  const { legacy, modern } = rest;
  const pairs: Pairs = [];
  const [usedLeft, usedRight] = [new Set<number>(), new Set<number>()];
  const pair = (i: number, j: number) => {
    if (usedLeft.has(i) || usedRight.has(j)) return;
    usedLeft.add(i);
    usedRight.add(j);
    pairs.push([i, j]);
  };
  if (legacy.length <= MAX_CHANGED && modern.length <= MAX_CHANGED) {
    const scores = legacy.flatMap((i) =>
      modern.flatMap((j) => {
        const [one, other] = [a[i] as JsonValue, b[j] as JsonValue];
        const members = isObject(one) && isObject(other) ? Math.max(one.size, other.size) : 0;
        const score = likeness(one, other, rules, identity);
        return score * 2 > members ? [{ i, j, score }] : [];
      }),
    );
    const apart = ({ i, j }: { i: number; j: number }) => Math.abs(i - j);
    scores.sort((p, q) => q.score - p.score || apart(p) - apart(q) || p.i + p.j - (q.i + q.j));
    for (const { i, j } of scores) pair(i, j);
  }
  if (!keyed) {
    const [more, others] = [legacy.filter((i) => !usedLeft.has(i)), modern.filter((j) => !usedRight.has(j))];
    for (let at = 0; at < Math.min(more.length, others.length); at++)
      pair(more[at] as number, others[at] as number);
  }
  return pairs;
}
