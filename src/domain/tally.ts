import { bucketOf, HISTOGRAM_BUCKETS, type SparseHistogram } from "./histogram.ts";
import type { ComparisonOutcome, MismatchKind, NotComparedReason, ShadowOutcome } from "./outcomes.ts";
import type { Side } from "./position.ts";

/**
 * An evidence window of a route: opened by its last ledger revision (0: none yet) or by a later change of its definition
 * (`epoch`, counted by the store). Two windows are the same if all three parts are.
 */
export interface WindowKey {
  readonly route: string;
  readonly revision: number;
  readonly epoch: number;
}

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

/** Everything counted in one window by one door, in the form that is stored and merged. */
export interface WindowCounts {
  readonly legacy: SideCounts;
  readonly modern: SideCounts;
  /** Shadow answers, by the side that gave them. */
  readonly shadow: {
    readonly legacy: SideCounts;
    readonly modern: SideCounts;
  };
  /** Shadows by side and outcome: `legacy.sent` … */
  readonly shadowOutcomes: Readonly<Record<Side, Readonly<Partial<Record<ShadowOutcome, number>>>>>;
  readonly comparisons: Readonly<Record<ComparisonOutcome, number>>;
  readonly notCompared: Readonly<Partial<Record<NotComparedReason, number>>>;
  readonly mismatches: Readonly<Partial<Record<MismatchKind, number>>>;
  /** Requests with an unsafe method that modern answered. */
  readonly unsafeModern: number;
  /** Requests that had a sticky key, and how many of them had the most frequent one (a lower bound). */
  readonly keyed: number;
  readonly topKey: number;
}

/** Histogram buckets are kept in pages: latencies of one side lie close together, and most pages are never made. */
const PAGE_BITS = 5;
const PAGE_BUCKETS = 1 << PAGE_BITS;

class SideTally {
  requests = 0;
  errors = 0;
  aborted = 0;
  sumMicros = 0;
  /** Flat [code, count, ...]: a side answers with few codes. */
  private readonly codes: number[] = [];
  private readonly pages: (Uint32Array | undefined)[] = new Array(HISTOGRAM_BUCKETS >> PAGE_BITS).fill(
    undefined,
  );

  add(code: number, micros: number, error: boolean): void {
    this.requests++;
    if (error) this.errors++;
    this.sumMicros += micros;
    const slot = code > 0 && code < 600 ? code : 0;
    const { codes } = this;
    let at = 0;
    while (at < codes.length && codes[at] !== slot) at += 2;
    if (at === codes.length) codes.push(slot, 1);
    else codes[at + 1] = (codes[at + 1] as number) + 1;
    const bucket = bucketOf(micros);
    let page = this.pages[bucket >> PAGE_BITS];
    if (page === undefined) {
      page = new Uint32Array(PAGE_BUCKETS);
      this.pages[bucket >> PAGE_BITS] = page;
    }
    const cell = bucket & (PAGE_BUCKETS - 1);
    page[cell] = (page[cell] as number) + 1;
  }

  counts(): SideCounts {
    const histogram: number[] = [];
    for (const [index, page] of this.pages.entries()) {
      if (page === undefined) continue;
      for (let at = 0; at < PAGE_BUCKETS; at++) {
        const count = page[at] as number;
        if (count !== 0) histogram.push(index * PAGE_BUCKETS + at, count);
      }
    }
    const { requests, errors, aborted, sumMicros } = this;
    const codes: Record<string, number> = {};
    for (let at = 0; at < this.codes.length; at += 2)
      codes[this.codes[at] as number] = this.codes[at + 1] as number;
    return { requests, errors, aborted, sumMicros, histogram, codes };
  }
}

const NO_SIDE_COUNTS: SideCounts = {
  requests: 0,
  errors: 0,
  aborted: 0,
  sumMicros: 0,
  histogram: [],
  codes: {},
};

/** Slots of the Misra-Gries summary of sticky keys: finds every key above a sixth of the traffic. */
const KEY_SLOTS = 5;

/**
 * Counts one route's evidence window on the request path, in typed arrays: a handful of additions a request. The side
 * arrays are made when a side first answers. `touched` says that something changed since it was last cleared.
 */
export class WindowTally {
  readonly key: WindowKey;
  touched = false;
  /** Requests, shadows and comparisons that will still count here. */
  inflight = 0;
  private readonly answers: Record<Side, SideTally | undefined> = { legacy: undefined, modern: undefined };
  private readonly shadows: Record<Side, SideTally | undefined> = { legacy: undefined, modern: undefined };
  private readonly shadowOutcomes: Record<Side, Partial<Record<ShadowOutcome, number>>> = {
    legacy: {},
    modern: {},
  };
  private readonly comparisons: Record<ComparisonOutcome, number> = {
    match: 0,
    mismatch: 0,
    inconclusive: 0,
  };
  private readonly reasons: Partial<Record<NotComparedReason, number>> = {};
  private readonly kinds: Partial<Record<MismatchKind, number>> = {};
  private unsafeModern = 0;
  private keyed = 0;
  /**
   * Slots of [hash, count, seen], flat, so that a request of one among many routes touches one place in memory. `seen`:
   * requests since the slot took its key: a frequent one takes a slot early and keeps it, so this is close to its count.
   */
  private readonly keys: number[] = new Array(KEY_SLOTS * 3).fill(0);

  constructor(key: WindowKey) {
    this.key = key;
  }

  private answersOf(side: Side): SideTally {
    this.touched = true;
    let tally = this.answers[side];
    if (tally === undefined) {
      tally = new SideTally();
      this.answers[side] = tally;
    }
    return tally;
  }

  /** A client left before its answer was complete. */
  aborted(side: Side): void {
    this.answersOf(side).aborted++;
  }

  /** A client was answered. `error`: a 5xx or a broken answer; `code` 0 when no status was sent. */
  answered(side: Side, code: number, micros: number, error: boolean, unsafe: boolean): void {
    this.answersOf(side).add(code, micros, error);
    if (unsafe && side === "modern") this.unsafeModern++;
  }

  /** A shadow was answered, or failed (`error`). */
  shadowAnswered(side: Side, code: number, micros: number, error: boolean): void {
    this.touched = true;
    let tally = this.shadows[side];
    if (tally === undefined) {
      tally = new SideTally();
      this.shadows[side] = tally;
    }
    tally.add(code, micros, error);
  }

  shadowed(side: Side, outcome: ShadowOutcome): void {
    this.touched = true;
    const outcomes = this.shadowOutcomes[side];
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
  }

  compared(outcome: ComparisonOutcome): void {
    this.touched = true;
    this.comparisons[outcome]++;
  }

  notCompared(reason: NotComparedReason): void {
    this.touched = true;
    this.reasons[reason] = (this.reasons[reason] ?? 0) + 1;
  }

  mismatched(kind: MismatchKind): void {
    this.touched = true;
    this.kinds[kind] = (this.kinds[kind] ?? 0) + 1;
  }

  /** The split hash of a request's sticky key: feeds the Misra-Gries summary (J. Misra, D. Gries, 1982). */
  keyHash(hash: number): void {
    this.keyed++;
    const { keys } = this;
    let free = -1;
    for (let i = 0; i < keys.length; i += 3) {
      if (keys[i + 1] === 0) free = i;
      else if (keys[i] === hash) {
        keys[i + 1] = (keys[i + 1] as number) + 1;
        keys[i + 2] = (keys[i + 2] as number) + 1;
        return;
      }
    }
    if (free >= 0) {
      keys[free + 2] = keys[free] === hash ? (keys[free + 2] as number) + 1 : 1;
      keys[free] = hash;
      keys[free + 1] = 1;
      return;
    }
    for (let i = 1; i < keys.length; i += 3) keys[i] = (keys[i] as number) - 1;
  }

  /** A copy of everything counted so far, absolute, not since the last call. */
  counts(): WindowCounts {
    return {
      legacy: this.answers.legacy?.counts() ?? NO_SIDE_COUNTS,
      modern: this.answers.modern?.counts() ?? NO_SIDE_COUNTS,
      shadow: {
        legacy: this.shadows.legacy?.counts() ?? NO_SIDE_COUNTS,
        modern: this.shadows.modern?.counts() ?? NO_SIDE_COUNTS,
      },
      shadowOutcomes: {
        legacy: { ...this.shadowOutcomes.legacy },
        modern: { ...this.shadowOutcomes.modern },
      },
      comparisons: { ...this.comparisons },
      notCompared: { ...this.reasons },
      mismatches: { ...this.kinds },
      unsafeModern: this.unsafeModern,
      keyed: this.keyed,
      topKey: Math.max(...this.keys.filter((_, i) => i % 3 === 2)),
    };
  }
}

export const NO_COUNTS: WindowCounts = new WindowTally({ route: "", revision: 0, epoch: 0 }).counts();
