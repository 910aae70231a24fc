import type { Difference } from "./board-contract.ts";
import type { MismatchReport } from "./contract.ts";

/** A minute between two marks, and a quarter of an hour of them. */
const MARK_MS = 60_000;
const MAX_MARKS = 16;
/** Differences whose past is kept; of more the newest begin anew. */
const MAX_TRENDS = 2_000;

interface Mark {
  readonly at: number;
  readonly count: number;
  readonly comparisons: number;
}

type Row = Pick<MismatchReport, "route" | "path" | "kind" | "count" | "comparisons">;

function since(marks: readonly Mark[], { count, comparisons }: Row, now: number): Difference["lately"] {
  const first = marks[0];
  if (first === undefined || now - first.at < MARK_MS) return null;
  return { ms: now - first.at, count: count - first.count, comparisons: comparisons - first.comparisons };
}

/** What differences counted lately, as far as this process was asked for them: whether one grows or is over. */
export class DifferenceTrends {
  private readonly known = new Map<string, Mark[]>();

  /** Notes what a reading found, and says what was counted since a quarter of an hour ago; null: it is not known for long enough. */
  note(row: Row, now: number): Difference["lately"] {
    const key = `${row.route}\n${row.path}\n${row.kind}`;
    let marks = this.known.get(key) ?? [];
    const newest = marks.at(-1);
    // Another window has begun: what was counted before is of another one.
    if (newest !== undefined && (newest.count > row.count || newest.comparisons > row.comparisons))
      marks = [];
    const lately = since(marks, row, now);
    if (marks.length === 0 || now - (marks.at(-1) as Mark).at >= MARK_MS) {
      marks = [...marks, { at: now, count: row.count, comparisons: row.comparisons }];
      marks = marks.filter(({ at }) => now - at <= MARK_MS * (MAX_MARKS - 1));
    }
    // Asked for last, forgotten last.
    this.known.delete(key);
    this.known.set(key, marks);
    for (const oldest of this.known.keys()) {
      if (this.known.size <= MAX_TRENDS) break;
      this.known.delete(oldest);
    }
    return lately;
  }
}
