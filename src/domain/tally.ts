import type { ComparisonOutcome, MismatchKind, NotComparedReason, ShadowOutcome } from "./outcomes.ts";
import type { Side } from "./position.ts";
import {
  addAborted,
  addAnswer,
  NO_SIDE_COUNTS,
  PAGE_CELLS,
  type SideCounts,
  type SidePlace,
  SideRest,
  SUM_CELLS,
  sideCounts,
} from "./side-tally.ts";

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
/** A slot's cells: hash, count, and requests since the slot took its key. */
const SLOT_CELLS = 3;

// A window's cells. The first eight are what every request touches.
const TOUCHED = 0;
const INFLIGHT = 1;
const KEYED = 2;
/** The summary's most frequent key; the other slots are in KEYS. */
const TOP_HASH = 3;
const TOP_COUNT = 4;
const TOP_SEEN = 5;
/** Requests whose shadow was not sampled, or shed at once, by the side it would have gone to: often most of a route's. */
const SKIPPED_LEGACY = 6;
const SKIPPED_MODERN = 7;
const LEGACY_SUMS = 8;
const MODERN_SUMS = LEGACY_SUMS + SUM_CELLS;
const SHED_LEGACY = MODERN_SUMS + SUM_CELLS;
const SHED_MODERN = SHED_LEGACY + 1;
const UNSAFE_MODERN = SHED_MODERN + 1;
const KEYS = UNSAFE_MODERN + 1;
const KEYS_END = KEYS + (KEY_SLOTS - 1) * SLOT_CELLS;
const LEGACY: SidePlace = { sums: LEGACY_SUMS, page: KEYS_END };
const MODERN: SidePlace = { sums: MODERN_SUMS, page: KEYS_END + PAGE_CELLS };
const WINDOW_CELLS = KEYS_END + 2 * PAGE_CELLS;
/** Of an array with one side only. */
const ALONE: SidePlace = { sums: 0, page: SUM_CELLS };

/** Windows whose cells lie in one array; it goes when the last of them does. */
const WINDOWS_TOGETHER = 64;
const NO_CELLS = new Float64Array(0);
let cellsNow = NO_CELLS;
let nextAt = 0;

function placeOf(side: Side): SidePlace {
  return side === "legacy" ? LEGACY : MODERN;
}

/** What of a window is rare enough to be in objects of its own. */
class Seldom {
  readonly rests: Record<Side, SideRest | undefined> = { legacy: undefined, modern: undefined };
  readonly shadows: Record<Side, Float64Array | undefined> = { legacy: undefined, modern: undefined };
  readonly shadowRests: Record<Side, SideRest | undefined> = { legacy: undefined, modern: undefined };
  readonly shadowOutcomes: Record<Side, Partial<Record<ShadowOutcome, number>>> = {
    legacy: {},
    modern: {},
  };
  readonly comparisons: Record<ComparisonOutcome, number> = {
    match: 0,
    mismatch: 0,
    inconclusive: 0,
  };
  readonly reasons: Partial<Record<NotComparedReason, number>> = {};
  readonly kinds: Partial<Record<MismatchKind, number>> = {};
}

const NOTHING_SELDOM = new Seldom();

/**
 * Counts one route's evidence window on the request path: a handful of additions a request, in cells that lie beside those of
 * the other busy windows. With thousands of busy routes a request costs what its look-ups in memory cost (0013).
 */
export class WindowTally {
  readonly key: WindowKey;
  private cells = NO_CELLS;
  private at = 0;
  private seldom = NOTHING_SELDOM;

  constructor(key: WindowKey) {
    this.key = key;
  }

  /** Something changed since this was last cleared. */
  get touched(): boolean {
    return this.cells !== NO_CELLS && this.cells[this.at + TOUCHED] !== 0;
  }

  set touched(touched: boolean) {
    this.own()[this.at + TOUCHED] = touched ? 1 : 0;
  }

  /** Shadows and comparisons that will still count here. Requests are their table's (TallyBook.retain). */
  get inflight(): number {
    return this.cells === NO_CELLS ? 0 : (this.cells[this.at + INFLIGHT] as number);
  }

  set inflight(inflight: number) {
    this.own()[this.at + INFLIGHT] = inflight;
  }

  /** The array with this window's cells, from `this.at` on. A window that is never touched has none. */
  private own(): Float64Array {
    if (this.cells === NO_CELLS) {
      if (nextAt === cellsNow.length) {
        cellsNow = new Float64Array(WINDOWS_TOGETHER * WINDOW_CELLS);
        nextAt = 0;
      }
      this.cells = cellsNow;
      this.at = nextAt;
      nextAt += WINDOW_CELLS;
    }
    return this.cells;
  }

  private touch(): Float64Array {
    const cells = this.own();
    cells[this.at + TOUCHED] = 1;
    return cells;
  }

  private rarely(): Seldom {
    this.touch();
    if (this.seldom === NOTHING_SELDOM) this.seldom = new Seldom();
    return this.seldom;
  }

  private increment(cell: number): void {
    const cells = this.touch();
    (cells[this.at + cell] as number)++;
  }

  /** A client left before its answer was complete. */
  aborted(side: Side): void {
    const cells = this.touch();
    addAborted(cells, this.at, placeOf(side));
  }

  /** A client was answered. `error`: a 5xx or a broken answer; `code` 0 when no status was sent. */
  answered(side: Side, code: number, micros: number, error: boolean, unsafe: boolean): void {
    const known = knownCode(code);
    const cells = this.touch();
    const left = addAnswer(cells, this.at, placeOf(side), known, micros, error);
    if (left !== 0) {
      const { rests } = this.rarely();
      rests[side] ??= new SideRest();
      rests[side].add(left, known, micros);
    }
    if (unsafe && side === "modern") this.increment(UNSAFE_MODERN);
  }

  /** A shadow was answered, or failed (`error`). */
  shadowAnswered(side: Side, code: number, micros: number, error: boolean): void {
    const known = knownCode(code);
    const { shadows, shadowRests } = this.rarely();
    shadows[side] ??= new Float64Array(SUM_CELLS + PAGE_CELLS);
    const left = addAnswer(shadows[side], 0, ALONE, known, micros, error);
    if (left === 0) return;
    shadowRests[side] ??= new SideRest();
    shadowRests[side].add(left, known, micros);
  }

  shadowed(side: Side, outcome: ShadowOutcome): void {
    const outcomes = this.rarely().shadowOutcomes[side];
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
  }

  compared(outcome: ComparisonOutcome): void {
    this.rarely().comparisons[outcome]++;
  }

  notCompared(reason: NotComparedReason): void {
    const { reasons } = this.rarely();
    reasons[reason] = (reasons[reason] ?? 0) + 1;
  }

  mismatched(kind: MismatchKind): void {
    const { kinds } = this.rarely();
    kinds[kind] = (kinds[kind] ?? 0) + 1;
  }

  /** A request's shadow to `side` was not sent, and so nothing compared: `reason` is the shadow's outcome too. */
  unsent(side: Side, reason: "skipped" | "shed"): void {
    if (reason === "skipped") this.increment(side === "legacy" ? SKIPPED_LEGACY : SKIPPED_MODERN);
    else this.increment(side === "legacy" ? SHED_LEGACY : SHED_MODERN);
  }

  /**
   * The split hash of a request's sticky key: feeds the Misra-Gries summary (J. Misra, D. Gries, 1982). A frequent key takes a
   * slot early and keeps it, so that its `seen` is close to how often it came.
   */
  keyHash(hash: number): void {
    const cells = this.own();
    const { at } = this;
    (cells[at + KEYED] as number)++;
    if (cells[at + TOP_HASH] === hash && cells[at + TOP_COUNT] !== 0) {
      (cells[at + TOP_COUNT] as number)++;
      (cells[at + TOP_SEEN] as number)++;
    } else {
      this.otherKey(cells, hash);
    }
  }

  private otherKey(cells: Float64Array, hash: number): void {
    const { at } = this;
    const end = at + KEYS_END;
    const topCount = cells[at + TOP_COUNT] as number;
    let free = -1;
    for (let slot = at + KEYS; slot < end; slot += SLOT_CELLS) {
      if (cells[slot + 1] === 0) {
        free = slot;
      } else if (cells[slot] === hash) {
        (cells[slot + 1] as number)++;
        (cells[slot + 2] as number)++;
        if ((cells[slot + 1] as number) > topCount) swapSlots(cells, slot, at + TOP_HASH);
        return;
      }
    }
    if (topCount === 0) free = at + TOP_HASH;
    if (free >= 0) {
      cells[free + 2] = cells[free] === hash ? (cells[free + 2] as number) + 1 : 1;
      cells[free] = hash;
      cells[free + 1] = 1;
    } else {
      (cells[at + TOP_COUNT] as number)--;
      for (let slot = at + KEYS; slot < end; slot += SLOT_CELLS) (cells[slot + 1] as number)--;
    }
  }

  /** A copy of everything counted so far, absolute, not since the last call. */
  counts(): WindowCounts {
    const { cells, at, seldom } = this;
    const cell = (index: number): number => (cells === NO_CELLS ? 0 : (cells[at + index] as number));
    const answers = (side: Side): SideCounts =>
      cells === NO_CELLS ? NO_SIDE_COUNTS : sideCounts(cells, at, placeOf(side), seldom.rests[side]);
    const shadowAnswers = (side: Side): SideCounts => {
      const own = seldom.shadows[side];
      return own === undefined ? NO_SIDE_COUNTS : sideCounts(own, 0, ALONE, seldom.shadowRests[side]);
    };
    const skipped = { legacy: cell(SKIPPED_LEGACY), modern: cell(SKIPPED_MODERN) };
    const shed = { legacy: cell(SHED_LEGACY), modern: cell(SHED_MODERN) };
    let topKey = cell(TOP_SEEN);
    for (let slot = KEYS; slot < KEYS_END; slot += SLOT_CELLS) topKey = Math.max(topKey, cell(slot + 2));
    return {
      legacy: answers("legacy"),
      modern: answers("modern"),
      shadow: { legacy: shadowAnswers("legacy"), modern: shadowAnswers("modern") },
      shadowOutcomes: {
        legacy: withUnsent(seldom.shadowOutcomes.legacy, skipped.legacy, shed.legacy),
        modern: withUnsent(seldom.shadowOutcomes.modern, skipped.modern, shed.modern),
      },
      comparisons: { ...seldom.comparisons },
      notCompared: withUnsent(seldom.reasons, skipped.legacy + skipped.modern, shed.legacy + shed.modern),
      mismatches: { ...seldom.kinds },
      unsafeModern: cell(UNSAFE_MODERN),
      keyed: cell(KEYED),
      topKey,
    };
  }
}

/** Statuses as they are; 0 for none, and for what is none. */
function knownCode(code: number): number {
  return code > 0 && code < 600 ? code : 0;
}

function swapSlots(cells: Float64Array, a: number, b: number): void {
  for (let i = 0; i < SLOT_CELLS; i++) {
    const kept = cells[a + i] as number;
    cells[a + i] = cells[b + i] as number;
    cells[b + i] = kept;
  }
}

export const NO_COUNTS: WindowCounts = new WindowTally({ route: "", revision: 0, epoch: 0 }).counts();
