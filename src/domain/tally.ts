import type { ComparisonOutcome, MismatchKind, NotComparedReason, ShadowOutcome } from "./outcomes.ts";
import type { Side } from "./position.ts";
import { NO_SIDE_COUNTS, type SideCounts, SideTally } from "./side-tally.ts";

export type { SideCounts } from "./side-tally.ts";

/**
 * An evidence window of a route: opened by its last ledger revision (0: none yet) or by a later change of its definition
 * (`epoch`, counted by the store). Two windows are the same if all three parts are.
 */
export interface WindowKey {
  readonly route: string;
  readonly revision: number;
  readonly epoch: number;
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

function withUnsent<Counts extends { skipped?: number; shed?: number }>(
  counts: Counts,
  skipped: number,
  shed: number,
): Counts {
  const all = { ...counts };
  if (skipped > 0) all.skipped = (counts.skipped ?? 0) + skipped;
  if (shed > 0) all.shed = (counts.shed ?? 0) + shed;
  return all;
}

/** Slots of the Misra-Gries summary of sticky keys: finds every key above a sixth of the traffic. */
const KEY_SLOTS = 5;

/**
 * Counts one route's evidence window on the request path, in typed arrays: a handful of additions a request. The side
 * arrays are made when a side first answers. `touched` says that something changed since it was last cleared.
 */
export class WindowTally {
  // First what every request touches.
  touched = false;
  /** Requests, shadows and comparisons that will still count here. */
  inflight = 0;
  private legacy: SideTally | undefined = undefined;
  private modern: SideTally | undefined = undefined;
  private keyed = 0;
  /** Requests whose shadow was not sampled, or shed at once, by the side it would have gone to: often most of a route's. */
  private skippedLegacy = 0;
  private skippedModern = 0;
  private shedLegacy = 0;
  private shedModern = 0;
  /**
   * A slot of the summary: hash, count, and requests since the slot took its key. A frequent key takes one early and keeps it,
   * so that `seen` is close to how often it came. The most frequent is here, the others flat in `keys`.
   */
  private topHash = 0;
  private topCount = 0;
  private topSeen = 0;
  private readonly keys: number[] = new Array((KEY_SLOTS - 1) * 3).fill(0);
  private unsafeModern = 0;
  readonly key: WindowKey;
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

  constructor(key: WindowKey) {
    this.key = key;
  }

  private answersOf(side: Side): SideTally {
    this.touched = true;
    if (side === "legacy") {
      this.legacy ??= new SideTally();
      return this.legacy;
    }
    this.modern ??= new SideTally();
    return this.modern;
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

  /** A request's shadow to `side` was not sent, and so nothing compared: `reason` is the shadow's outcome too. */
  unsent(side: Side, reason: "skipped" | "shed"): void {
    this.touched = true;
    if (reason === "skipped") {
      if (side === "legacy") this.skippedLegacy++;
      else this.skippedModern++;
    } else if (side === "legacy") this.shedLegacy++;
    else this.shedModern++;
  }

  /** The split hash of a request's sticky key: feeds the Misra-Gries summary (J. Misra, D. Gries, 1982). */
  keyHash(unsigned: number): void {
    // As a signed number V8 keeps it in the object itself.
    const hash = unsigned | 0;
    this.keyed++;
    if (hash === this.topHash && this.topCount > 0) {
      this.topCount++;
      this.topSeen++;
    } else {
      this.otherKey(hash);
    }
  }

  private otherKey(hash: number): void {
    const { keys } = this;
    let free = -1;
    for (let i = 0; i < keys.length; i += 3) {
      if (keys[i + 1] === 0) {
        free = i;
      } else if (keys[i] === hash) {
        keys[i + 1] = (keys[i + 1] as number) + 1;
        keys[i + 2] = (keys[i + 2] as number) + 1;
        if ((keys[i + 1] as number) > this.topCount) this.putOnTop(i);
        return;
      }
    }
    if (this.topCount === 0) {
      this.topSeen = hash === this.topHash ? this.topSeen + 1 : 1;
      this.topHash = hash;
      this.topCount = 1;
    } else if (free >= 0) {
      keys[free + 2] = keys[free] === hash ? (keys[free + 2] as number) + 1 : 1;
      keys[free] = hash;
      keys[free + 1] = 1;
    } else {
      this.topCount--;
      for (let i = 1; i < keys.length; i += 3) keys[i] = (keys[i] as number) - 1;
    }
  }

  private putOnTop(slot: number): void {
    const { keys, topHash, topCount, topSeen } = this;
    [this.topHash, this.topCount, this.topSeen] = [keys[slot], keys[slot + 1], keys[slot + 2]] as [
      number,
      number,
      number,
    ];
    keys[slot] = topHash;
    keys[slot + 1] = topCount;
    keys[slot + 2] = topSeen;
  }

  /** A copy of everything counted so far, absolute, not since the last call. */
  counts(): WindowCounts {
    return {
      legacy: this.legacy?.counts() ?? NO_SIDE_COUNTS,
      modern: this.modern?.counts() ?? NO_SIDE_COUNTS,
      shadow: {
        legacy: this.shadows.legacy?.counts() ?? NO_SIDE_COUNTS,
        modern: this.shadows.modern?.counts() ?? NO_SIDE_COUNTS,
      },
      shadowOutcomes: {
        legacy: withUnsent(this.shadowOutcomes.legacy, this.skippedLegacy, this.shedLegacy),
        modern: withUnsent(this.shadowOutcomes.modern, this.skippedModern, this.shedModern),
      },
      comparisons: { ...this.comparisons },
      notCompared: withUnsent(
        this.reasons,
        this.skippedLegacy + this.skippedModern,
        this.shedLegacy + this.shedModern,
      ),
      mismatches: { ...this.kinds },
      unsafeModern: this.unsafeModern,
      keyed: this.keyed,
      topKey: Math.max(this.topSeen, ...this.keys.filter((_, i) => i % 3 === 2)),
    };
  }
}

export const NO_COUNTS: WindowCounts = new WindowTally({ route: "", revision: 0, epoch: 0 }).counts();
