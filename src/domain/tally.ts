import { copyCounts, mergeCounts, NO_COUNTS, type WindowCounts } from "./counters.ts";
import { KeyTally } from "./key-tally.ts";
import { countedMethod } from "./message.ts";
import type { ComparisonOutcome, MismatchKind, NotComparedReason, ShadowOutcome } from "./outcomes.ts";
import type { Side } from "./position.ts";
import { SideTally } from "./side-tally.ts";

/**
 * An evidence window of a route: opened by its last ledger revision (0: none yet) or by a later change of its definition
 * (`epoch`, counted by the store). Two windows are the same if all three parts are.
 */
export interface WindowKey {
  readonly route: string;
  readonly revision: number;
  readonly epoch: number;
}

type Counting<T> = T extends readonly unknown[] ? T : { -readonly [Name in keyof T]: Counting<T[Name]> };

function increment<Name extends string>(counts: Partial<Record<Name, number>>, name: Name, by = 1): void {
  if (by > 0) counts[name] = (counts[name] ?? 0) + by;
}

/**
 * Counts one route's evidence window on the request path: a handful of additions a request. What nearly every request adds to
 * is a number of this object, or of its side's: with thousands of busy routes each further object is a miss of the cache.
 */
export class WindowTally {
  readonly key: WindowKey;
  /** What is counted here is stored under the round's own name (TallyBook). */
  readonly round: number;
  /** Something changed since this was last cleared. */
  touched = false;
  /** Shadows and comparisons that will still count here. Requests are their table's (TallyBook.retain). */
  inflight = 0;
  private readonly legacy = new SideTally();
  private readonly modern = new SideTally();
  /** Shadows that were not sampled, by the side they would have gone to. */
  private legacySkipped = 0;
  private modernSkipped = 0;
  /** The last request's method, and how often it came since another did; `counted` has what came before. */
  private method = "";
  private methodCount = 0;
  private keys: KeyTally | undefined = undefined;
  /** A side that answered no shadow has none. */
  private readonly shadows: Partial<Record<Side, SideTally>> = {};
  /** What is counted where it is stored. A window in which nothing of it is counted has none of its own. */
  private counted = NO_COUNTS as Counting<WindowCounts>;

  constructor(key: WindowKey, round = 0) {
    this.key = key;
    this.round = round;
  }

  private touch(): Counting<WindowCounts> {
    this.touched = true;
    if (this.counted === NO_COUNTS) this.counted = mergeCounts([]);
    return this.counted;
  }

  private sideOf(side: Side): SideTally {
    this.touched = true;
    return side === "legacy" ? this.legacy : this.modern;
  }

  /** A client left before its answer was complete. `unsafe`: the side may have done what it asked for. */
  aborted(side: Side, unsafe = false): void {
    this.sideOf(side).aborted++;
    if (unsafe && side === "modern") this.touch().unsafeModern++;
  }

  /** A client was answered. `error`: a 5xx or a broken answer; `code` 0 when no status was sent. `unsafe`: the side may have changed something. */
  answered(side: Side, code: number, micros: number, error: boolean, unsafe: boolean): void {
    this.sideOf(side).answered(code, micros, error);
    if (unsafe && side === "modern") this.touch().unsafeModern++;
  }

  /** A request that could have been compared, or could not for its method. */
  asked(method: string): void {
    if (this.method !== method) this.noteMethod(method);
    this.touched = true;
    this.methodCount++;
  }

  private noteMethod(method: string): void {
    const { methodCount } = this;
    if (methodCount > 0) increment(this.touch().methods, countedMethod(this.method), methodCount);
    this.method = method;
    this.methodCount = 0;
  }

  /** A shadow was answered, or failed (`error`). */
  shadowAnswered(side: Side, code: number, micros: number, error: boolean): void {
    this.touch();
    this.shadows[side] ??= new SideTally();
    this.shadows[side].answered(code, micros, error);
  }

  /** A client's answer, already counted, was an error in what it says. */
  erred(side: Side): void {
    this.sideOf(side).erred();
  }

  /** A shadow's. */
  shadowErred(side: Side): void {
    this.touch();
    this.shadows[side]?.erred();
  }

  shadowed(side: Side, outcome: ShadowOutcome): void {
    increment(this.touch().shadowOutcomes[side], outcome);
  }

  compared(outcome: ComparisonOutcome, method?: string): void {
    const counts = this.touch();
    increment(counts.comparisons, outcome);
    if (method === undefined || outcome === "inconclusive") return;
    increment(counts.comparedMethods, countedMethod(method));
    if (outcome === "mismatch") increment(counts.mismatchedMethods, countedMethod(method));
  }

  /** Of a request and its shadow, only this side failed. */
  failedAlone(side: Side): void {
    this.touch().failedAlone[side]++;
  }

  notCompared(reason: NotComparedReason): void {
    increment(this.touch().notCompared, reason);
  }

  mismatched(kind: MismatchKind): void {
    increment(this.touch().mismatches, kind);
  }

  /** A request's shadow to `side` was not sent, and so nothing compared: `reason` is the shadow's outcome too. */
  unsent(side: Side, reason: "skipped" | "shed"): void {
    if (reason === "shed") {
      this.shadowed(side, reason);
      this.notCompared(reason);
      return;
    }
    this.touched = true;
    if (side === "legacy") this.legacySkipped++;
    else this.modernSkipped++;
  }

  /** Modern failed a request, or declined it, and legacy answered it instead. */
  fellBack(failed: boolean): void {
    if (failed) this.touch().fallbacks++;
    else this.touch().declined++;
  }

  /** A request whose client had just written went to this side. */
  pinned(side: Side): void {
    this.touch().pinned[side]++;
  }

  /** The split hash of a request's sticky key, and the side that it chose; undefined: it chose none. */
  keyHash(hash: number, side?: Side): void {
    this.keys ??= new KeyTally();
    this.keys.add(hash, side);
  }

  /** Nothing was ever counted here, so nothing of it is stored. */
  isEmpty(): boolean {
    const { counted, legacy, modern, legacySkipped, modernSkipped, methodCount, keys } = this;
    const answered = !legacy.isEmpty() || !modern.isEmpty();
    return (
      counted === NO_COUNTS &&
      !answered &&
      legacySkipped + modernSkipped + methodCount === 0 &&
      keys === undefined
    );
  }

  /** A copy of everything counted so far, absolute, not since the last call. */
  counts(): WindowCounts {
    const { legacySkipped, modernSkipped, shadows, keys, methodCount } = this;
    const counts = copyCounts(this.counted);
    increment(counts.shadowOutcomes.legacy, "skipped", legacySkipped);
    increment(counts.shadowOutcomes.modern, "skipped", modernSkipped);
    increment(counts.notCompared, "skipped", legacySkipped + modernSkipped);
    if (methodCount > 0) increment(counts.methods, countedMethod(this.method), methodCount);
    return {
      ...counts,
      legacy: this.legacy.counts(),
      modern: this.modern.counts(),
      shadow: {
        legacy: shadows.legacy?.counts() ?? NO_COUNTS.legacy,
        modern: shadows.modern?.counts() ?? NO_COUNTS.legacy,
      },
      keyed: keys?.keyed ?? 0,
      topKey: keys?.top ?? 0,
      keys: keys?.distinct ?? 0,
      splitKeys: { legacy: keys?.split.legacy ?? 0, modern: keys?.split.modern ?? 0 },
    };
  }
}
