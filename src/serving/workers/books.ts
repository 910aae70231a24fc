import { mergeCounts, type WindowCounts } from "../../domain/counters.ts";
import type { CountsPart, WindowTotal } from "../contract.ts";

/** Windows told at once. */
const WINDOWS_A_PART = 128;
const ROUTES_A_PART = 16;
/** Routes of ended workers that are kept apart. Those beyond are one, so that /metrics, added up over routes, never goes down. */
const MAX_ROUTES = 10_000;
const OTHERS = "(gone)";

type RouteTotals = Map<string, WindowCounts>;

/** What one worker has counted, as it was told last. Its ids and rounds are its own; the store's are those of all workers. */
export class WorkerBook {
  readonly ids = new Map<number, number>();
  readonly rounds = new Map<number, number>();
  /** By id. */
  readonly newest = new Map<number, WindowTotal>();
  /** Of windows that it forgot. */
  readonly closed: RouteTotals = new Map();
  /** As /metrics had them last: later than `newest` perhaps. */
  scraped: ReadonlyMap<string, WindowCounts> = new Map();

  /** Totals by route, the newest that are known. */
  totals(): RouteTotals {
    const lists = new Map<string, WindowCounts[]>();
    const put = (route: string, counts: WindowCounts) => {
      const list = lists.get(route);
      if (list === undefined) lists.set(route, [counts]);
      else list.push(counts);
    };
    for (const [route, counts] of this.closed) put(route, counts);
    for (const { window, counts } of this.newest.values()) put(window.route, counts);
    const totals: RouteTotals = new Map(this.scraped);
    for (const [route, list] of lists) {
      const sum = mergeCounts(list);
      const scraped = this.scraped.get(route);
      if (scraped === undefined || weight(scraped) <= weight(sum)) totals.set(route, sum);
    }
    return totals;
  }
}

/** Totals only grow, so the heavier ones are the later. */
function weight({ legacy, modern, shadow }: WindowCounts): number {
  return legacy.requests + modern.requests + shadow.legacy.requests + shadow.modern.requests;
}

/**
 * What workers have counted until it is in the store. Each worker's windows and rounds get ids of their own, so one worker's totals
 * are never written over another's, and a worker that ended is a round that ended (docs/decisions/0004).
 */
export class Books {
  private lastId = 0;
  private lastRound = -1;
  private readonly unwritten = new Map<number, WindowTotal>();
  private readonly forgotten: number[] = [];
  private readonly ended: number[] = [];
  private readonly gone: RouteTotals = new Map();

  note(book: WorkerBook, { totals, forgotten, endedRounds }: CountsPart): void {
    for (const id of forgotten) this.forget(book, id);
    for (const round of endedRounds) {
      const known = book.rounds.get(round);
      if (known !== undefined) this.ended.push(known);
      book.rounds.delete(round);
    }
    for (const total of totals) {
      const id = idOf(book.ids, total.id, () => ++this.lastId);
      const round = idOf(book.rounds, total.round, () => ++this.lastRound);
      const noted = { ...total, id, round };
      book.newest.set(id, noted);
      this.unwritten.set(id, noted);
    }
  }

  /** The worker ended: nothing more comes of it. */
  close(book: WorkerBook): void {
    for (const [route, counts] of book.totals()) add(this.gone, route, counts);
    this.join();
    this.forgotten.push(...book.ids.values());
    this.ended.push(...book.rounds.values());
  }

  /** As `counts()` of serving: asking for the next part says that the last one was written. */
  async *parts(): AsyncGenerator<CountsPart> {
    const due = [...this.unwritten.values()];
    const forgotten = [...this.forgotten];
    const endedRounds = [...this.ended];
    for (let from = 0; from < due.length; from += WINDOWS_A_PART) {
      const totals = due.slice(from, from + WINDOWS_A_PART);
      yield { totals, forgotten: [], endedRounds: [] };
      for (const total of totals) if (this.unwritten.get(total.id) === total) this.unwritten.delete(total.id);
    }
    // Behind the totals: of an ended round nothing may come any more.
    if (forgotten.length === 0 && endedRounds.length === 0) return;
    yield { totals: [], forgotten, endedRounds };
    this.forgotten.splice(0, forgotten.length);
    this.ended.splice(0, endedRounds.length);
  }

  /** By route, with these of the workers that serve. */
  *totals(
    serving: readonly ReadonlyMap<string, WindowCounts>[],
  ): Generator<readonly (readonly [route: string, counts: WindowCounts])[]> {
    const all = [this.gone, ...serving];
    const routes = [...new Set(all.flatMap((totals) => [...totals.keys()]))];
    for (let from = 0; from === 0 || from < routes.length; from += ROUTES_A_PART) {
      yield routes.slice(from, from + ROUTES_A_PART).map((route) => {
        const counts = all.flatMap((totals) => totals.get(route) ?? []);
        return [route, counts.length === 1 ? (counts[0] as WindowCounts) : mergeCounts(counts)];
      });
    }
  }

  private join(): void {
    const { gone } = this;
    for (const [route, counts] of gone) {
      if (gone.size <= MAX_ROUTES) return;
      if (route === OTHERS) continue;
      gone.delete(route);
      add(gone, OTHERS, counts);
    }
  }

  private forget(book: WorkerBook, own: number): void {
    const id = book.ids.get(own);
    book.ids.delete(own);
    if (id === undefined) return;
    const last = book.newest.get(id);
    if (last !== undefined) add(book.closed, last.window.route, last.counts);
    book.newest.delete(id);
    this.forgotten.push(id);
  }
}

function idOf(known: Map<number, number>, own: number, next: () => number): number {
  const id = known.get(own) ?? next();
  known.set(own, id);
  return id;
}

function add(totals: RouteTotals, route: string, counts: WindowCounts): void {
  const before = totals.get(route);
  totals.set(route, before === undefined ? counts : mergeCounts([before, counts]));
}
