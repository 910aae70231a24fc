import { LRUCache } from "lru-cache";
import type {
  EvidenceRow,
  Mismatch,
  MismatchKind,
  MismatchSample,
  NoteKind,
  NoteRow,
} from "../domain/outcomes.ts";
import { spreadSamples } from "../domain/samples.ts";
import type { WindowKey } from "../domain/tally.ts";
import { windowName } from "../domain/tally-book.ts";
import type { Verdict } from "./contract.ts";
import { notesOf } from "./notes.ts";

/** The path of rows that stand for paths no longer kept apart; one a kind, without samples. */
export const OTHER_PATH = "(other)";

interface MismatchBookOptions {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Rows kept apart in one window. Default 500. */
  readonly maxPathsPerWindow?: number;
  /** Rows kept apart in all windows together. Default 10,000: at five full samples each, some 50 MB. */
  readonly maxPaths?: number;
}

/**
 * Adds mismatches up by window, path and kind, with samples of each, spread over time; and what else comparisons noticed. Bounded: the
 * row that was seen least recently, in its window or in the window seen least recently, is folded into its kind's OTHER_PATH row, so that
 * counts stay exact. What is left of a window until it is dropped is at least one such row a kind.
 */
export interface MismatchBook {
  /** `samples`: how many are kept for each row (CompareOptions.samples); 0: none. */
  add(window: WindowKey, verdict: Noticed, request: SampledRequest, samples: number): void;
  /** A window's rows, most frequent first, then notes; empty for one nothing was added to. */
  rows(window: WindowKey): readonly EvidenceRow[];
  /** Forgets a window that is over and written. */
  drop(window: WindowKey): void;
}

/** Of a verdict, what is added up. */
type Noticed = Pick<Verdict, "mismatches" | "statuses" | "rules" | "unlisted">;

/** What a sample says about its request. */
interface SampledRequest {
  readonly requestId: string;
  readonly method: string;
  /** Path and query, redacted. */
  readonly target: string;
}

/** Headers are few, but an upstream chooses their names: past this the rest of a kind is counted together. */
const MAX_NOTES = 100;
const MADE_UP: ReadonlySet<NoteKind> = new Set(["unlisted_missing", "unlisted_extra", "unlisted_value"]);
const SAMPLE_EVERY_MS = 1_000;

interface Row<Kind> {
  readonly path: string;
  readonly kind: Kind;
  count: number;
  firstSeen: number;
  lastSeen: number;
  samples: MismatchSample[];
}

type Said = SampledRequest & Pick<MismatchSample, "statuses">;

const iso = (ms: number) => new Date(ms).toISOString();

class Window {
  readonly rows: LRUCache<string, Row<MismatchKind>>;
  private readonly others = new Map<MismatchKind, Row<MismatchKind>>();
  private readonly notes = new Map<string, Row<NoteKind>>();

  constructor(maxPaths: number) {
    // By size, not by number: for a number the cache would set aside memory for all of them at once.
    this.rows = new LRUCache({ maxSize: maxPaths, sizeCalculation: () => 1 });
  }

  add({ path, kind, legacy, modern }: Mismatch, at: number, said: Said, maxSamples: number): void {
    const key = `${kind} ${path}`;
    let row = this.rows.get(key);
    if (row === undefined) {
      row = { path, kind, count: 0, firstSeen: at, lastSeen: at, samples: [] };
      if (this.rows.size >= this.rows.maxSize) this.foldOldest();
      this.rows.set(key, row);
    }
    row.count++;
    row.lastSeen = at;
    if (maxSamples <= 0) return;
    const values = row.samples.filter((sample) => sample.legacy === legacy && sample.modern === modern);
    // Values that are known are sampled again a second later: what differs always costs no more than what differs at times.
    const lastAt = Date.parse(row.samples.at(-1)?.at ?? "");
    if (values.length > 0 && row.samples.length >= maxSamples && at - lastAt < SAMPLE_EVERY_MS) return;
    // The newest of each: the same difference of the same request tells no more five times than once.
    const same = (sample: MismatchSample) =>
      sample.legacy === legacy && sample.modern === modern && sample.target === said.target;
    const differing = row.samples.filter((sample) => !same(sample));
    row.samples = spreadSamples([...differing, { legacy, modern, at: iso(at), ...said }], maxSamples);
  }

  note(kind: NoteKind, name: string, at: number): void {
    // Rules are the route's own and as many as it has. Headers' names are the upstreams'.
    const known = !MADE_UP.has(kind) || this.notes.has(`${kind} ${name}`) || this.notes.size < MAX_NOTES;
    const path = known ? name : OTHER_PATH;
    const key = `${kind} ${path}`;
    const row = this.notes.get(key) ?? { path, kind, count: 0, firstSeen: at, lastSeen: at, samples: [] };
    row.count++;
    row.lastSeen = at;
    this.notes.set(key, row);
  }

  /** Takes the row seen least recently out of the list and into its kind's other row. */
  foldOldest(): void {
    const row = this.rows.pop();
    if (row === undefined) return;
    const other = this.others.get(row.kind);
    if (other === undefined) {
      this.others.set(row.kind, { ...row, path: OTHER_PATH, samples: [] });
      return;
    }
    other.count += row.count;
    other.firstSeen = Math.min(other.firstSeen, row.firstSeen);
    other.lastSeen = Math.max(other.lastSeen, row.lastSeen);
  }

  list(): EvidenceRow[] {
    const told = <Kind>(row: Row<Kind>) => ({
      ...row,
      firstSeen: iso(row.firstSeen),
      lastSeen: iso(row.lastSeen),
    });
    const rows = [...this.rows.values(), ...this.others.values()].map(told);
    const notes: readonly NoteRow[] = [...this.notes.values()].map(told);
    return [...rows.sort((a, b) => b.count - a.count), ...notes];
  }
}

export function createMismatchBook(options: MismatchBookOptions): MismatchBook {
  const { now, maxPathsPerWindow = 500, maxPaths = 10_000 } = options;
  const windows = new Map<string, Window>();
  /** Those with rows kept apart, least recently seen first. */
  const detailed = new Map<string, Window>();
  let rows = 0;
  const opened = (name: string): Window => {
    const window = windows.get(name) ?? new Window(maxPathsPerWindow);
    windows.set(name, window);
    detailed.delete(name);
    detailed.set(name, window);
    return window;
  };
  const shrink = () => {
    for (const [name, window] of detailed) {
      while (rows > maxPaths && window.rows.size > 0) {
        window.foldOldest();
        rows--;
      }
      if (window.rows.size === 0) detailed.delete(name);
      if (rows <= maxPaths) return;
    }
  };
  return {
    add(key, verdict, request, samples) {
      const { mismatches, statuses } = verdict;
      const notes = notesOf(verdict);
      if (mismatches.length === 0 && notes.length === 0) return;
      const window = opened(windowName(key));
      const at = now();
      for (const [kind, name] of notes) window.note(kind, name, at);
      const said = statuses === undefined ? request : { ...request, statuses };
      rows -= window.rows.size;
      for (const mismatch of mismatches) window.add(mismatch, at, said, samples);
      rows += window.rows.size;
      if (rows > maxPaths) shrink();
    },
    rows: (key) => windows.get(windowName(key))?.list() ?? [],
    drop(key) {
      const name = windowName(key);
      rows -= windows.get(name)?.rows.size ?? 0;
      windows.delete(name);
      detailed.delete(name);
    },
  };
}
