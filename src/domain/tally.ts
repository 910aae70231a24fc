import { copyCounts, mergeCounts, NO_COUNTS, type WindowCounts } from "./counters.ts";
import { KeyTally } from "./key-tally.ts";
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

/** A side that answered nothing has none. */
type SideTallies = Partial<Record<Side, SideTally>>;

function increment<Name extends string>(counts: Partial<Record<Name, number>>, name: Name): void {
  counts[name] = (counts[name] ?? 0) + 1;
}

/** Counts one route's evidence window on the request path: a handful of additions a request. */
export class WindowTally {
  readonly key: WindowKey;
  /** Of the book: what is counted here is stored under the round's own name (TallyBook). */
  readonly round: number;
  /** Something changed since this was last cleared. */
  touched = false;
  /** Shadows and comparisons that will still count here. Requests are their table's (TallyBook.retain). */
  inflight = 0;
  /** What is counted where it is stored: all but answers and keys. A window that is never touched has none of its own. */
  private counted = NO_COUNTS as Counting<WindowCounts>;
  private readonly clients: SideTallies = {};
  private readonly shadows: SideTallies = {};
  private keys: KeyTally | undefined;

  constructor(key: WindowKey, round = 0) {
    this.key = key;
    this.round = round;
  }

  private touch(): Counting<WindowCounts> {
    this.touched = true;
    if (this.counted === NO_COUNTS) this.counted = mergeCounts([]);
    return this.counted;
  }

  /** A client left before its answer was complete. */
  aborted(side: Side): void {
    this.touch();
    this.clients[side] ??= new SideTally();
    this.clients[side].aborted++;
  }

  /** A client was answered. `error`: a 5xx or a broken answer; `code` 0 when no status was sent. */
  answered(side: Side, code: number, micros: number, error: boolean, unsafe: boolean): void {
    const counted = this.touch();
    this.clients[side] ??= new SideTally();
    this.clients[side].answered(code, micros, error);
    if (unsafe && side === "modern") counted.unsafeModern++;
  }

  /** A shadow was answered, or failed (`error`). */
  shadowAnswered(side: Side, code: number, micros: number, error: boolean): void {
    this.touch();
    this.shadows[side] ??= new SideTally();
    this.shadows[side].answered(code, micros, error);
  }

  shadowed(side: Side, outcome: ShadowOutcome): void {
    increment(this.touch().shadowOutcomes[side], outcome);
  }

  compared(outcome: ComparisonOutcome): void {
    increment(this.touch().comparisons, outcome);
  }

  notCompared(reason: NotComparedReason): void {
    increment(this.touch().notCompared, reason);
  }

  mismatched(kind: MismatchKind): void {
    increment(this.touch().mismatches, kind);
  }

  /** A request's shadow to `side` was not sent, and so nothing compared: `reason` is the shadow's outcome too. */
  unsent(side: Side, reason: "skipped" | "shed"): void {
    const { shadowOutcomes, notCompared } = this.touch();
    increment(shadowOutcomes[side], reason);
    increment(notCompared, reason);
  }

  /** Modern failed a request, and legacy answered it instead. */
  fellBack(): void {
    this.touch().fallbacks++;
  }

  /** The split hash of a request's sticky key. */
  keyHash(hash: number): void {
    this.keys ??= new KeyTally();
    this.keys.add(hash);
  }

  /** Nothing was ever counted here, so nothing of it is stored. */
  isEmpty(): boolean {
    return this.counted === NO_COUNTS && this.keys === undefined;
  }

  /** A copy of everything counted so far, absolute, not since the last call. */
  counts(): WindowCounts {
    const { clients, shadows, keys } = this;
    const answers = (side: SideTally | undefined) => side?.counts() ?? NO_COUNTS.legacy;
    return {
      ...copyCounts(this.counted),
      legacy: answers(clients.legacy),
      modern: answers(clients.modern),
      shadow: { legacy: answers(shadows.legacy), modern: answers(shadows.modern) },
      keyed: keys?.keyed ?? 0,
      topKey: keys?.top ?? 0,
    };
  }
}
