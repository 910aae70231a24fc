import { copyCounts, mergeCounts, NO_COUNTS, type WindowCounts } from "./counters.ts";
import { FailedKeys, type FailedKeysRoom } from "./failed-keys.ts";
import { KeyTally } from "./key-tally.ts";
import { countedMethod } from "./message.ts";
import type { ComparisonOutcome, MismatchKind, NotComparedReason, ShadowOutcome } from "./outcomes.ts";
import type { Side } from "./position.ts";
import { SideTally } from "./side-tally.ts";
import {
  type OfStratum,
  type SideAnswer,
  type StrataRoom,
  StrataTally,
  type StratumOutcome,
} from "./strata/strata-tally.ts";

/**
 * An evidence window of a route: opened by its last ledger revision (0: none yet) or by a later change of its definition
 * (`epoch`, counted by the store). Two windows are the same if all three parts are.
 */
export interface WindowKey {
  readonly route: string;
  readonly revision: number;
  readonly epoch: number;
}

/** What all windows of a process share. */
export interface TallyRooms {
  readonly strata: StrataRoom;
  readonly failedKeys: FailedKeysRoom;
  /** Hears that a side failed a key for the first time in a window. */
  readonly onFailed?: ((window: WindowKey, side: Side, key: number) => void) | undefined;
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

  private readonly rooms: TallyRooms | undefined;
  private strata: StrataTally | undefined = undefined;
  private random = 1;
  /** Keys that a side failed; one that failed none has none. */
  private failedKeys: FailedKeys | undefined = undefined;

  constructor(key: WindowKey, round = 0, rooms?: TallyRooms) {
    this.key = key;
    this.round = round;
    this.rooms = rooms;
  }

  /** Nothing is counted here any more: what it took of what all windows share is free. */
  release(): void {
    this.strata?.release();
    this.failedKeys?.release();
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

  /**
   * A client was answered. `error`: a 5xx or a broken answer; `code` 0 when no status was sent. `unsafe`: the side may have changed
   * something. `key`: its sticky key's hash.
   */
  answered(side: Side, code: number, micros: number, error: boolean, unsafe: boolean, key?: number): void {
    this.sideOf(side).answered(code, micros, error);
    if (key !== undefined && (error || this.failedKeys !== undefined)) this.witness(side, key, true, error);
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
  shadowAnswered(side: Side, code: number, micros: number, error: boolean, key?: number): void {
    this.touch();
    this.shadows[side] ??= new SideTally();
    this.shadows[side].answered(code, micros, error);
    if (key !== undefined && (error || this.failedKeys !== undefined)) this.witness(side, key, true, error);
  }

  /** A client's answer, already counted, was an error in what it says. */
  erred(side: Side, key?: number): void {
    this.sideOf(side).erred();
    if (key !== undefined) this.witness(side, key, false, true);
  }

  /** A shadow's. */
  shadowErred(side: Side, key?: number): void {
    this.touch();
    this.shadows[side]?.erred();
    if (key !== undefined) this.witness(side, key, false, true);
  }

  /** Who failed once and asks again is no further witness: `answer`, or the error in one that was counted before. */
  private witness(side: Side, key: number, answer: boolean, error: boolean): void {
    this.failedKeys ??= new FailedKeys(this.rooms?.failedKeys);
    const known = this.failedKeys.has(side, key);
    if (error && !known) {
      this.failedKeys.add(side, key);
      this.rooms?.onFailed?.(this.key, side, key);
    }
    if (!known) return;
    const repeats = this.touch().repeats[side];
    if (answer) increment(repeats, "answers");
    if (error) increment(repeats, "errors");
  }

  /** A shadowed request ended, by method, path template and operation. `again`: see compared. */
  stratum(of: OfStratum, outcome: StratumOutcome, again = false, answers?: readonly SideAnswer[]): void {
    this.strataHere().count(of, outcome, again, answers);
  }

  /** A side answered one that is not shadowed, or failed it. */
  stratumAnswered(of: OfStratum, answer: SideAnswer): void {
    this.strataHere().answered(of, answer);
  }

  /** Another process that serves says so. */
  hearFailed(side: Side, key: number): void {
    this.failedKeys ??= new FailedKeys(this.rooms?.failedKeys);
    if (!this.failedKeys.has(side, key)) this.failedKeys.add(side, key);
  }

  /** Whether this side failed this sticky key before, in this window. */
  failedBefore(side: Side, key: number | undefined): boolean {
    return key !== undefined && this.failedKeys?.has(side, key) === true;
  }

  /** Whether one request in so many, at random, is this one. */
  drawn(every: number): boolean {
    // A generator of D. H. Lehmer's (modulus 2^31 - 1): which requests are looked at must not follow their order.
    this.random = (this.random * 48_271) % 2_147_483_647;
    return this.random % every === 0;
  }

  private strataHere(): StrataTally {
    this.touched = true;
    this.strata ??= new StrataTally(this.rooms?.strata);
    return this.strata;
  }

  shadowed(side: Side, outcome: ShadowOutcome): void {
    increment(this.touch().shadowOutcomes[side], outcome);
  }

  /** `again`: its client's same request counted a short time ago, and so it is no further witness (witnesses). */
  compared(outcome: ComparisonOutcome, method?: string, again = false): void {
    const counts = this.touch();
    increment(counts.comparisons, outcome);
    if (method === undefined || outcome === "inconclusive") return;
    increment(counts.comparedMethods, countedMethod(method));
    if (outcome === "mismatch") increment(counts.mismatchedMethods, countedMethod(method));
    if (again) increment(counts.sameRequests[outcome], countedMethod(method));
  }

  /** A request found no place among those that counted: its client's next same one counts too. */
  unremembered(): void {
    this.touch().unrememberedRequests++;
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
      keys === undefined &&
      this.strata === undefined
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
      strata: this.strata?.counts() ?? NO_COUNTS.strata,
      strataOthers: this.strata?.others ?? 0,
      forgottenKeys: this.failedKeys?.forgotten ?? 0,
      keyed: keys?.keyed ?? 0,
      topKey: keys?.top ?? 0,
      keys: keys?.distinct ?? 0,
      splitKeys: { legacy: keys?.split.legacy ?? 0, modern: keys?.split.modern ?? 0 },
    };
  }
}
