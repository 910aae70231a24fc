import { LRUCache } from "lru-cache";
import type { Mismatch, MismatchKind, MismatchRow, MismatchSample } from "../domain/outcomes.ts";
import type { WindowKey } from "../domain/tally.ts";
import { windowName } from "../domain/tally-book.ts";

/** The path of rows that stand for paths no longer kept apart; one a kind, without samples. */
export const OTHER_PATH = "(other)";

interface MismatchBookOptions {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Rows kept apart in one window. Default 500. */
  readonly maxPathsPerWindow?: number;
  /** Rows kept apart in all windows together. Default 10,000: at five full samples each, some 30 MB. */
  readonly maxPaths?: number;
}

/**
 * Adds mismatches up by window, path and kind, with the newest differing samples of each. Bounded: the row that was seen
 * least recently, in its window or in the window seen least recently, is folded into its kind's OTHER_PATH row, so that
 * counts stay exact. What is left of a window until it is dropped is at least one such row a kind.
 */
export interface MismatchBook {
  /** `samples`: how many are kept for each row (CompareOptions.samples); 0: none. */
  add(window: WindowKey, mismatches: readonly Mismatch[], requestId: string, samples: number): void;
  /** A window's rows, most frequent first; empty for one nothing was added to. */
  rows(window: WindowKey): readonly MismatchRow[];
  /** Forgets a window that is over and written. */
  drop(window: WindowKey): void;
}

interface Row {
  readonly path: string;
  readonly kind: MismatchKind;
  count: number;
  firstSeen: number;
  lastSeen: number;
  samples: MismatchSample[];
}

const iso = (ms: number) => new Date(ms).toISOString();

class Window {
  readonly rows: LRUCache<string, Row>;
  private readonly others = new Map<MismatchKind, Row>();

  constructor(maxPaths: number) {
    // By size, not by number: for a number the cache would set aside memory for all of them at once.
    this.rows = new LRUCache({ maxSize: maxPaths, sizeCalculation: () => 1 });
  }

  add(mismatch: Mismatch, at: number, requestId: string, maxSamples: number): void {
    const { path, kind, legacy, modern } = mismatch;
    const key = `${kind} ${path}`;
    let row = this.rows.get(key);
    if (row === undefined) {
      row = { path, kind, count: 0, firstSeen: at, lastSeen: at, samples: [] };
      if (this.rows.size >= this.rows.maxSize) this.foldOldest();
      this.rows.set(key, row);
    }
    row.count++;
    row.lastSeen = at;
    // The newest of each pair of values: five times the same difference tells no more than once.
    const differing = row.samples.filter((sample) => sample.legacy !== legacy || sample.modern !== modern);
    const kept = differing.slice(Math.max(0, differing.length + 1 - maxSamples));
    row.samples = maxSamples > 0 ? [...kept, { legacy, modern, at: iso(at), requestId }] : [];
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

  list(): MismatchRow[] {
    return [...this.rows.values(), ...this.others.values()]
      .map((row) => ({ ...row, firstSeen: iso(row.firstSeen), lastSeen: iso(row.lastSeen) }))
      .sort((a, b) => b.count - a.count);
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
    add(key, mismatches, requestId, samples) {
      if (mismatches.length === 0) return;
      const window = opened(windowName(key));
      const at = now();
      rows -= window.rows.size;
      for (const mismatch of mismatches) window.add(mismatch, at, requestId, samples);
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
