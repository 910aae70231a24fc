import {
  ANSWERS,
  AT_LEAST,
  bySide,
  COUNT,
  type GroupShape,
  groupOf,
  mapShape,
  recordOf,
  type Shape,
  STRATA,
  type ValueOf,
} from "./counter-shapes.ts";
import { COUNTED_METHODS } from "./message.ts";
import { COMPARISON_OUTCOMES, MISMATCH_KINDS, NOT_COMPARED_REASONS, SHADOW_OUTCOMES } from "./outcomes.ts";

const VERDICT_OUTCOMES = ["match", "mismatch"] as const;

interface Counter<Metric extends string = string> {
  readonly shape: Shape;
  /** Part of a route's status, and of the evidence that a ledger entry keeps. */
  readonly shown?: true;
  /** By route, and by the labels of its shape. Answers have metrics of their own (observe/exposition). */
  readonly metric?: Metric;
  readonly help: string;
}

/**
 * Everything that is counted in an evidence window. A new counter is one line at the end of this table, and the method of
 * WindowTally that counts it: merging, storing, status and /metrics follow. The order is the stored one (store/packed-counts).
 */
export const COUNTERS = {
  legacy: { shape: ANSWERS, shown: true, help: "What legacy answered to clients." },
  modern: { shape: ANSWERS, shown: true, help: "What modern answered to clients." },
  shadow: { shape: bySide(ANSWERS), shown: true, help: "Shadow answers, by the side that gave them." },
  shadowOutcomes: {
    shape: bySide(recordOf("outcome", SHADOW_OUTCOMES)),
    metric: "fig_shadow_requests_total",
    help: "Shadows by the side they went to (or would have gone to) and what became of them.",
  },
  comparisons: {
    shape: groupOf("outcome", COMPARISON_OUTCOMES, COUNT),
    shown: true,
    metric: "fig_comparisons_total",
    help: "Requests whose two answers were held against each other, by outcome.",
  },
  notCompared: {
    shape: recordOf("reason", NOT_COMPARED_REASONS),
    shown: true,
    metric: "fig_not_compared_total",
    help: "Requests without a verdict, by reason: inconclusive ones, shed and skipped shadows, and requests never eligible.",
  },
  mismatches: {
    shape: recordOf("kind", MISMATCH_KINDS),
    metric: "fig_mismatches_total",
    help: "Differences found, by kind; one comparison can have several.",
  },
  unsafeModern: {
    shape: COUNT,
    help: "Requests with an unsafe method that modern answered, or whose client left before it did; not those that never reached it.",
  },
  keyed: { shape: COUNT, help: "Requests that had a sticky key." },
  topKey: { shape: AT_LEAST, help: "How many of them had the most frequent one, at least." },
  fallbacks: {
    shape: COUNT,
    shown: true,
    metric: "fig_fallbacks_total",
    help: "Requests that modern failed and legacy answered instead.",
  },
  keys: { shape: COUNT, help: "How many different sticky keys requests had, about." },
  methods: {
    shape: recordOf("method", COUNTED_METHODS),
    help: "Requests of a route with two sides, by method.",
  },
  comparedMethods: {
    shape: recordOf("method", COUNTED_METHODS),
    help: "Comparisons that came to match or mismatch, by method.",
  },
  declined: {
    shape: COUNT,
    shown: true,
    metric: "fig_declined_total",
    help: "Requests that modern declined and legacy answered instead.",
  },
  mismatchedMethods: {
    shape: recordOf("method", COUNTED_METHODS),
    help: "Comparisons that came to mismatch, by method.",
  },
  failedAlone: {
    shape: bySide(COUNT),
    help: "Requests whose serving side and shadow both ended, and only this side with an error.",
  },
  splitKeys: {
    shape: bySide(COUNT),
    help: "Different sticky keys that were looked at, one in a few, by the side that they came to.",
  },
  pinned: {
    shape: bySide(COUNT),
    shown: true,
    metric: "fig_pinned_requests_total",
    help: "Requests whose client had written within pinAfterWrite, by the side that they went to.",
  },
  strata: {
    shape: STRATA,
    help: "Shadowed requests by method and path template, and what became of them. Not in rollups.",
  },
  strataOthers: {
    shape: COUNT,
    metric: "fig_strata_other_total",
    help: "Shadowed requests whose path template is not told apart from others, since a bound was reached.",
  },
  repeats: {
    shape: bySide(recordOf("of", ["answers", "errors"])),
    help: "Answers, and errors among them, to sticky keys that this side had failed before.",
  },
  forgottenKeys: {
    shape: COUNT,
    metric: "fig_error_keys_forgotten_total",
    help: "Sticky keys that failed and are not remembered any more, since a bound was reached: their next error counts as a first.",
  },
  sameRequests: {
    shape: groupOf("outcome", VERDICT_OUTCOMES, recordOf("method", COUNTED_METHODS)),
    help: "Comparisons of a request that the same client had sent within a minute before, by method: they are no further witness.",
  },
  unrememberedRequests: {
    shape: COUNT,
    metric: "fig_witnesses_unremembered_total",
    help: "Compared requests that are not remembered, since a bound was reached: the same of that client counts again for a gate, within a minute too.",
  },
} as const satisfies Readonly<Record<string, Counter>>;

type Counters = typeof COUNTERS;
export type ShapeOf<Name extends keyof Counters> = Counters[Name]["shape"];
export type ShownName = {
  [Name in keyof Counters]: Counters[Name] extends { readonly shown: true } ? Name : never;
}[keyof Counters];

export type CounterMetric = Extract<Counters[keyof Counters], { readonly metric: string }>["metric"];

/** Everything counted in one window by one door, in the form that is stored and merged. */
export type WindowCounts = { readonly [Name in keyof Counters]: ValueOf<ShapeOf<Name>> };

function shapesOf(counters: readonly (readonly [string, Counter])[]): GroupShape<Record<string, Shape>> {
  return {
    kind: "group",
    label: "counter",
    parts: Object.fromEntries(counters.map(([name, { shape }]) => [name, shape])),
  };
}

export const COUNTER_LIST = Object.entries(COUNTERS) as readonly (readonly [
  name: keyof WindowCounts,
  counter: Counter<CounterMetric>,
])[];
/** All counters of a window, and those of its status. */
export const WINDOW = shapesOf(COUNTER_LIST);
export const SHOWN = shapesOf(COUNTER_LIST.filter(([, { shown }]) => shown));

/** Adds counts of several doors or windows; order does not matter. */
export function mergeCounts(all: readonly WindowCounts[]): WindowCounts {
  return mapShape(WINDOW, all, (leaf, values) => leaf.merge(values)) as WindowCounts;
}

/** What was counted between two readings of the same counters: `now` is `before` and more. */
export function subtractCounts(now: WindowCounts, before: WindowCounts): WindowCounts {
  return mapShape(WINDOW, [now, before], (leaf, [a, b]) => leaf.subtract(a, b)) as WindowCounts;
}

/** Counts that any fig wrote as JSON: what it did not count yet is empty, what this one does not know is left out. */
export function parseCounts(json: string): WindowCounts {
  return mergeCounts([JSON.parse(json)]);
}

/** A copy of counts, or of a part of them, for a reader who wants them as they are now. Histograms are shared: they never change. */
export function copyCounts<Counts>(counts: Counts): Counts {
  if (typeof counts !== "object" || counts === null || Array.isArray(counts)) return counts;
  const copy: Record<string, unknown> = {};
  for (const name in counts) copy[name] = copyCounts(counts[name]);
  return copy as Counts;
}

export const NO_COUNTS = mergeCounts([]);
