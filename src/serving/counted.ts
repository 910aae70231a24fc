import { setImmediate as nextTurn } from "node:timers/promises";
import type { MismatchBook } from "../compare/index.ts";
import type { WindowTally } from "../domain/tally.ts";
import type { TallyBook } from "../domain/tally-book.ts";
import type { CountingMessages, CountsPart, WindowTotal } from "./contract.ts";

/** Windows told at once. */
const WINDOWS_A_PART = 128;
/** Windows copied before clients get a turn. */
const WINDOWS_A_TURN = 32;
/** Routes counted before clients get a turn: under half a millisecond. */
const ROUTES_A_PART = 16;

/** What was counted, told in parts. */
export class Counted implements Pick<CountingMessages, "counts" | "totals"> {
  private readonly book: TallyBook;
  private readonly mismatches: Pick<MismatchBook, "rows" | "drop">;
  private readonly ids = new WeakMap<WindowTally, number>();
  private lastId = 0;
  /** Not told yet. */
  private readonly forgotten: number[] = [];
  private readonly ended: number[] = [];

  constructor(book: TallyBook, mismatches: Pick<MismatchBook, "rows" | "drop">) {
    this.book = book;
    this.mismatches = mismatches;
  }

  async *counts(): AsyncGenerator<CountsPart> {
    const { book } = this;
    const touched = book.takeTouched();
    let forgotten: readonly number[] = this.forgotten.splice(0);
    let endedRounds: readonly number[] = this.ended.splice(0);
    let written = 0;
    try {
      while (written < touched.length || forgotten.length > 0 || endedRounds.length > 0) {
        const part = touched.slice(written, written + WINDOWS_A_PART);
        yield { totals: await this.totalsOf(part), forgotten, endedRounds };
        written += part.length;
        forgotten = [];
        endedRounds = [];
      }
    } finally {
      for (const tally of touched.slice(written)) tally.touched = true;
      this.ended.push(...endedRounds);
    }
    book.sweep();
    for (const tally of book.takeForgotten()) {
      this.mismatches.drop(tally.key);
      this.forgotten.push(this.idOf(tally));
    }
    this.ended.push(...book.takeEnded());
  }

  async *totals(): ReturnType<CountingMessages["totals"]> & AsyncGenerator {
    let part: (readonly [string, WindowTotal["counts"]])[] = [];
    for (const total of this.book.totals()) {
      part.push(total);
      if (part.length < ROUTES_A_PART) continue;
      yield part;
      part = [];
    }
    yield part;
  }

  private async totalsOf(tallies: readonly WindowTally[]): Promise<readonly WindowTotal[]> {
    const totals: WindowTotal[] = [];
    for (const tally of tallies) {
      if (totals.length > 0 && totals.length % WINDOWS_A_TURN === 0) await nextTurn();
      totals.push(this.totalOf(tally));
    }
    return totals;
  }

  private totalOf(tally: WindowTally): WindowTotal {
    const { key, round } = tally;
    return {
      id: this.idOf(tally),
      window: key,
      round,
      counts: tally.counts(),
      mismatches: this.mismatches.rows(key),
    };
  }

  private idOf(tally: WindowTally): number {
    const known = this.ids.get(tally);
    if (known !== undefined) return known;
    this.ids.set(tally, ++this.lastId);
    return this.lastId;
  }
}
