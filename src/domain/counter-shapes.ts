import { mergeHistograms, type SparseHistogram, subtractHistogram } from "./histogram.ts";
import { SIDES, type Side } from "./position.ts";
import { isOfOthers, othersOf } from "./strata/others.ts";

/** What one side answered, in the form that is stored and merged. */
export interface SideCounts {
  readonly requests: number;
  /** 5xx and broken answers. */
  readonly errors: number;
  /** Clients that left before their answer was complete; not among requests. */
  readonly aborted: number;
  /** Sum of durations, µs. */
  readonly sumMicros: number;
  readonly histogram: SparseHistogram;
  /** Status code to count; 0 is a broken answer without one. */
  readonly codes: Readonly<Record<string, number>>;
}

/** How values of a counter are added up, and taken from each other. What was never counted is the sum of none. */
interface Sums<Value> {
  merge(all: readonly Value[]): Value;
  /** `now` is `before` and more. */
  subtract(now: Value, before: Value): Value;
}

export interface CountShape extends Sums<number> {
  readonly kind: "count";
}

/** Counts by name, those that occur; `label` is the metric label for the name. */
export interface RecordShape<Name extends string> extends Sums<Numbers<Name>> {
  readonly kind: "record";
  readonly label: string;
  readonly names: readonly Name[];
}

export interface AnswersShape extends Sums<SideCounts> {
  readonly kind: "answers";
}

/** One side's answers in a stratum, errors among them, and how long they took, in buckets of `strata/answers`. */
export type StratumSide = readonly [answers: number, errors: number, histogram: SparseHistogram];
export type StratumAnswerCounts = Readonly<Record<Side, StratumSide>>;

/** Comparisons of requests that their clients had sent within a minute before, and those of them that differ. */
type SameOfStratum = readonly [compared: number, mismatched: number];

/**
 * What ended in one stratum: comparisons that came to a verdict, those of them that differ, and why the others came to none; what
 * the two sides answered; and which of the comparisons are no further witness. There are answers where there is anything behind them.
 */
export type Stratum = readonly [
  compared: number,
  mismatched: number,
  without?: Readonly<Partial<Record<string, number>>>,
  answers?: StratumAnswerCounts | undefined,
  same?: SameOfStratum | undefined,
];

/** By `METHOD template`, or `METHOD template operation`. */
export type StrataCounts = Readonly<Record<string, Stratum>>;

export interface StrataShape extends Sums<StrataCounts> {
  readonly kind: "strata";
}

/** The same for each of some names, all of which are always there. */
export interface GroupShape<Parts extends Readonly<Record<string, Shape>>> {
  readonly kind: "group";
  readonly label: string;
  readonly parts: Parts;
}

type Leaf = CountShape | RecordShape<string> | AnswersShape | StrataShape;
export type Shape = Leaf | GroupShape<{ readonly [name: string]: Shape }>;

/** What a counter of this shape holds. */
export type ValueOf<S> =
  S extends GroupShape<infer Parts>
    ? { readonly [Name in keyof Parts]: ValueOf<Parts[Name]> }
    : S extends Sums<infer Value>
      ? Value
      : never;

type Numbers<Name extends string> = Readonly<Partial<Record<Name, number>>>;

function mergeNumbers<Name extends string>(records: readonly Numbers<Name>[]) {
  const sum = {} as Record<Name, number>;
  for (const record of records) {
    for (const name in record) sum[name] = (sum[name] ?? 0) + (record[name] ?? 0);
  }
  return sum;
}

function subtractNumbers<Name extends string>(now: Numbers<Name>, before: Numbers<Name>) {
  const left = {} as Record<Name, number>;
  for (const name in now) {
    const more = (now[name] ?? 0) - (before[name] ?? 0);
    if (more !== 0) left[name] = more;
  }
  return left;
}

function addedSide(a: StratumSide, b: StratumSide, factor: 1 | -1): StratumSide {
  const histogram = factor === 1 ? mergeHistograms([a[2], b[2]]) : subtractHistogram(a[2], b[2]);
  return [a[0] + factor * b[0], a[1] + factor * b[1], histogram];
}

const NO_SIDE: StratumSide = [0, 0, []];

function addedAnswers(a: Stratum[3], b: Stratum[3], factor: 1 | -1): Stratum[3] {
  if (b === undefined) return a;
  if (a === undefined && factor === 1) return b;
  return {
    legacy: addedSide(a?.legacy ?? NO_SIDE, b.legacy, factor),
    modern: addedSide(a?.modern ?? NO_SIDE, b.modern, factor),
  };
}

export function hasAnswers(answers: Stratum[3]): answers is StratumAnswerCounts {
  return answers !== undefined && (answers.legacy[0] !== 0 || answers.modern[0] !== 0);
}

/** For a stratum with something behind them: in its place in JSON undefined would be null, which no reader knows. */
export const NO_ANSWERS: StratumAnswerCounts = { legacy: NO_SIDE, modern: NO_SIDE };

function addedSame(
  [x, y]: SameOfStratum = [0, 0],
  [a, b]: SameOfStratum = [0, 0],
  factor: 1 | -1,
): Stratum[4] {
  const sum = [x + factor * a, y + factor * b] as const;
  return sum[0] === 0 && sum[1] === 0 ? undefined : sum;
}

function answersIn([, , , answers]: Stratum): number {
  return answers === undefined ? 0 : answers.legacy[0] + answers.modern[0];
}

/** Of these strata the ones with something in them: `sign` -1 takes the later ones away. */
function addedStrata(all: readonly StrataCounts[], sign: 1 | -1): StrataCounts {
  const sums: Record<string, Stratum> = {};
  for (const [at, strata] of all.entries()) {
    const factor = at === 0 ? 1 : sign;
    for (const name in strata) {
      const [compared, mismatched, without = {}, answered, again] = strata[name] as Stratum;
      const [a, b, c = {}, d, e] = sums[name] ?? [0, 0];
      const reasons = factor === 1 ? mergeNumbers([c, without]) : subtractNumbers(c, without);
      const none = Object.keys(reasons).length === 0;
      const [x, y] = [a + factor * compared, b + factor * mismatched];
      const answers = addedAnswers(d, answered, factor);
      const same = addedSame(e, again, factor);
      if (same !== undefined) sums[name] = [x, y, reasons, hasAnswers(answers) ? answers : NO_ANSWERS, same];
      else if (hasAnswers(answers)) sums[name] = [x, y, reasons, answers];
      else sums[name] = none ? [x, y] : [x, y, reasons];
    }
  }
  const some = Object.entries(sums).filter(
    ([, [a, b, c, d]]) => a !== 0 || b !== 0 || c !== undefined || d !== undefined,
  );
  return Object.fromEntries(some.length <= MAX_MERGED_STRATA ? some : joinedStrata(some));
}

/** Of many front doors together. What is beyond is one stratum a method: the rarest. */
const MAX_MERGED_STRATA = 1_000;

function joinedStrata(
  some: readonly (readonly [string, Stratum])[],
): readonly (readonly [string, Stratum])[] {
  const most = some.toSorted(
    ([one, a], [other, b]) => b[0] - a[0] || answersIn(b) - answersIn(a) || (one < other ? -1 : 1),
  );
  const kept = most.filter(([name]) => !isOfOthers(name)).slice(0, MAX_MERGED_STRATA / 2);
  const names = new Set(kept.map(([name]) => name));
  const rest = most.filter(([name]) => !names.has(name));
  const others = rest.map(([name, stratum]) => ({
    [othersOf(name.slice(0, name.indexOf(" ")))]: stratum,
  }));
  return [...kept, ...Object.entries(addedStrata(others, 1))];
}

export const STRATA: StrataShape = {
  kind: "strata",
  merge(all) {
    const some = all.filter((strata) => Object.keys(strata).length > 0);
    return some.length <= 1 ? (some[0] ?? {}) : addedStrata(some, 1);
  },
  subtract: (now, before) => (Object.keys(before).length === 0 ? now : addedStrata([now, before], -1)),
};

export const COUNT: CountShape = {
  kind: "count",
  merge: (all) => all.reduce((sum, count) => sum + count, 0),
  subtract: (now, before) => now - before,
};

/** A lower bound, which may fall from one reading to the next. */
export const AT_LEAST: CountShape = { ...COUNT, subtract: (now, before) => Math.max(0, now - before) };

export const ANSWERS: AnswersShape = {
  kind: "answers",
  merge(all) {
    const [first] = all;
    if (first !== undefined && all.length === 1) return first;
    const sum = (name: "requests" | "errors" | "aborted" | "sumMicros") =>
      all.reduce((total, side) => total + side[name], 0);
    return {
      requests: sum("requests"),
      errors: sum("errors"),
      aborted: sum("aborted"),
      sumMicros: sum("sumMicros"),
      histogram: mergeHistograms(all.map((side) => side.histogram)),
      codes: mergeNumbers(all.map((side) => side.codes)),
    };
  },
  subtract(now, before) {
    if (before.requests === 0 && before.aborted === 0) return now;
    return {
      requests: now.requests - before.requests,
      errors: now.errors - before.errors,
      aborted: now.aborted - before.aborted,
      sumMicros: now.sumMicros - before.sumMicros,
      histogram: subtractHistogram(now.histogram, before.histogram),
      codes: subtractNumbers(now.codes, before.codes),
    };
  },
};

export function recordOf<Name extends string>(label: string, names: readonly Name[]): RecordShape<Name> {
  return {
    kind: "record",
    label,
    names,
    merge: mergeNumbers,
    subtract: subtractNumbers,
  };
}

/** `shape` for each of these names. */
export function groupOf<Name extends string, S extends Shape>(
  label: string,
  names: readonly Name[],
  shape: S,
) {
  const parts = Object.fromEntries(names.map((name) => [name, shape])) as Record<Name, S>;
  return { kind: "group", label, parts } as const satisfies Shape;
}

export function bySide<S extends Shape>(shape: S): GroupShape<Readonly<Record<Side, S>>> {
  return groupOf("side", SIDES, shape);
}

/** Combines `values`, all of this shape, into one: `work` gets the values of each leaf, from those that have it. */
export function mapShape(
  shape: Shape,
  values: readonly unknown[],
  work: (leaf: Sums<unknown> & Leaf, values: readonly unknown[]) => unknown,
): unknown {
  if (shape.kind !== "group") {
    return work(
      shape,
      values.filter((value) => value !== undefined),
    );
  }
  const made: Record<string, unknown> = {};
  for (const name in shape.parts) {
    const parts = values.map((value) => (value as Readonly<Record<string, unknown>> | undefined)?.[name]);
    made[name] = mapShape(shape.parts[name] as Shape, parts, work);
  }
  return made;
}
