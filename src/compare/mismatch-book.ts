import { LRUCache } from "lru-cache";
import { addedAfterWrites, addedCascades, cascadeOf } from "../domain/cascade.ts";
import {
  addedOperations,
  type OperationCounts,
  operationCounts,
} from "../domain/operations/row-operations.ts";
import type {
  AfterWrites,
  CascadeRow,
  EarlierWrite,
  EvidenceRow,
  Mismatch,
  MismatchKind,
  MismatchSample,
  NoteKind,
  NoteRow,
} from "../domain/outcomes.ts";
import { ownText } from "../domain/own-text.ts";
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
  /** Rows kept apart in all windows together. Default 10,000. */
  readonly maxPaths?: number;
  /** What these rows and their samples may take. Default 32 MiB. */
  readonly maxBytes?: number;
}

/**
 * Adds mismatches up by window, path and kind, with samples of each, spread over time; and what else comparisons noticed. Bounded: the
 * row that was seen least recently, in its window or in the window seen least recently, is folded into its kind's OTHER_PATH row, so that
 * counts stay exact. What is left of a window until it is dropped is at least one such row a kind.
 */
export interface MismatchBook {
  /** `operations`: names of those that were asked for. `samples`: how many are kept for each row (CompareOptions.samples); 0: none. */
  add(
    window: WindowKey,
    verdict: Noticed,
    request: SampledRequest,
    samples: number,
    operations?: readonly string[],
  ): void;
  /** A window's rows, most frequent first, then notes; empty for one nothing was added to. */
  rows(window: WindowKey): readonly EvidenceRow[];
  /** Forgets a window that is over and written. */
  drop(window: WindowKey): void;
  /** What rows kept apart and their samples take, about, in bytes. */
  readonly bytes: number;
  /** How many rows were folded into others. */
  readonly folded: number;
}

/** Of a verdict, what is added up. */
type Noticed = Pick<Verdict, "mismatches" | "statuses" | "rules" | "unlisted" | "document" | "earlier">;

/** What a sample says about its request. */
interface SampledRequest {
  readonly requestId: string;
  readonly method: string;
  /** Path and query, redacted. */
  readonly target: string;
}

/** Headers are few, but an upstream chooses their names: past this the rest of a kind is counted together. */
const MAX_NOTES = 100;
const MADE_UP: ReadonlySet<NoteKind> = new Set([
  "unlisted_missing",
  "unlisted_extra",
  "unlisted_value",
  "schema_alike",
  "schema_legacy",
]);
/** A longer name is counted with the others. */
const MAX_NOTE_CHARS = 256;
const SAMPLE_EVERY_MS = 1_000;
/** What a row and a sample cost beside their characters, of which each may take two bytes. */
const ROW_COST = 512;
const SAMPLE_COST = 256;
const OPERATION_COST = 32;

interface Row<Kind> {
  readonly path: string;
  readonly kind: Kind;
  count: number;
  firstSeen: number;
  lastSeen: number;
  samples: MismatchSample[];
  cascade?: readonly CascadeRow[] | undefined;
  afterWrites?: AfterWrites | undefined;
  operations?: OperationCounts | undefined;
}

/** What a row takes in memory, about; its key holds the path once more. */
function bytesOf({ path, samples, cascade = [], operations = {} }: Row<MismatchKind>): number {
  let chars = 2 * path.length;
  for (const name in operations) chars += name.length + OPERATION_COST;
  for (const { path: at, legacy, modern } of cascade)
    for (const text of [at, legacy, modern]) chars += text?.length ?? 0;
  for (const { legacy, modern, requestId, method, target } of samples) {
    for (const text of [legacy, modern, requestId, method, target]) chars += text?.length ?? 0;
  }
  return ROW_COST + (samples.length + cascade.length) * SAMPLE_COST + 2 * chars;
}

/** Values are kept of what is new, and where samples are. */
function added(
  known: Row<MismatchKind>["cascade"],
  more: NonNullable<Mismatch["cascade"]>,
  sampled: boolean,
): Row<MismatchKind>["cascade"] {
  const of = sampled ? more : more.map((each) => ({ ...each, legacy: undefined, modern: undefined }));
  const sum = addedCascades(known, cascadeOf(of));
  return sum?.map((row) => {
    if (known?.some(({ path }) => path === row.path)) return row;
    const { path, legacy, modern } = row;
    return { ...row, path: ownText(path), legacy: ownText(legacy), modern: ownText(modern) };
  });
}

const after = (earlier: EarlierWrite): AfterWrites => ({
  differed: earlier === "differed" ? 1 : 0,
  not_copied: earlier === "not_copied" ? 1 : 0,
});

/** What of a comparison is added up beside its differences. */
interface About {
  readonly earlier: EarlierWrite | undefined;
  readonly operations: OperationCounts | undefined;
}

type Said = SampledRequest & Pick<MismatchSample, "statuses">;

const iso = (ms: number) => new Date(ms).toISOString();

class Window {
  /** Of the rows kept apart. */
  bytes = 0;
  folded = 0;
  readonly rows: LRUCache<string, Row<MismatchKind>>;
  private readonly others = new Map<MismatchKind, Row<MismatchKind>>();
  private readonly notes = new Map<string, Row<NoteKind>>();

  constructor(maxPaths: number) {
    // By size, not by number: for a number the cache would set aside memory for all of them at once.
    this.rows = new LRUCache({ maxSize: maxPaths, sizeCalculation: () => 1 });
  }

  add(mismatch: Mismatch, at: number, said: Said, maxSamples: number, about: About): void {
    const { earlier, operations } = about;
    const { path, kind } = mismatch;
    const key = `${kind} ${path}`;
    let row = this.rows.get(key);
    if (row !== undefined) {
      this.bytes -= bytesOf(row);
    } else {
      row = { path: ownText(path), kind, count: 0, firstSeen: at, lastSeen: at, samples: [] };
      if (this.rows.size >= this.rows.maxSize) this.foldOldest();
      this.rows.set(key, row);
    }
    row.count++;
    row.lastSeen = at;
    if (earlier !== undefined) row.afterWrites = addedAfterWrites(row.afterWrites, after(earlier));
    if (operations !== undefined) row.operations = addedOperations(row.operations, operations);
    if (mismatch.cascade !== undefined) row.cascade = added(row.cascade, mismatch.cascade, maxSamples > 0);
    if (maxSamples > 0) this.sample(row, mismatch, at, said, maxSamples);
    this.bytes += bytesOf(row);
  }

  private sample(
    row: Row<MismatchKind>,
    { legacy, modern }: Mismatch,
    at: number,
    said: Said,
    maxSamples: number,
  ): void {
    const values = row.samples.filter((sample) => sample.legacy === legacy && sample.modern === modern);
    // Values that are known are sampled again a second later: what differs always costs no more than what differs at times.
    const lastAt = Date.parse(row.samples.at(-1)?.at ?? "");
    if (values.length > 0 && row.samples.length >= maxSamples && at - lastAt < SAMPLE_EVERY_MS) return;
    // The newest of each: the same difference of the same request tells no more five times than once.
    const same = (sample: MismatchSample) =>
      sample.legacy === legacy && sample.modern === modern && sample.target === said.target;
    const differing = row.samples.filter((sample) => !same(sample));
    const kept = {
      ...said,
      ...{ legacy: ownText(legacy), modern: ownText(modern), at: iso(at) },
      ...{ requestId: ownText(said.requestId), method: ownText(said.method), target: ownText(said.target) },
    };
    row.samples = spreadSamples([...differing, kept], maxSamples);
  }

  note(kind: NoteKind, name: string, at: number): void {
    // Rules are the route's own and as many as it has. Headers' names are the upstreams'.
    const room = this.notes.size < MAX_NOTES && name.length <= MAX_NOTE_CHARS;
    const known = !MADE_UP.has(kind) || this.notes.has(`${kind} ${name}`) || room;
    const path = known ? name : OTHER_PATH;
    const key = `${kind} ${path}`;
    const row = this.notes.get(key) ?? {
      path: ownText(path),
      kind,
      count: 0,
      firstSeen: at,
      lastSeen: at,
      samples: [],
    };
    row.count++;
    row.lastSeen = at;
    this.notes.set(key, row);
  }

  /** Takes the row seen least recently out of the list and into its kind's other row. */
  foldOldest(): void {
    const row = this.rows.pop();
    if (row === undefined) return;
    this.bytes -= bytesOf(row);
    this.folded++;
    const other = this.others.get(row.kind);
    if (other === undefined) {
      this.others.set(row.kind, { ...row, path: OTHER_PATH, samples: [], cascade: undefined });
      return;
    }
    other.count += row.count;
    other.firstSeen = Math.min(other.firstSeen, row.firstSeen);
    other.lastSeen = Math.max(other.lastSeen, row.lastSeen);
    other.afterWrites = addedAfterWrites(other.afterWrites, row.afterWrites);
    other.operations = addedOperations(other.operations, row.operations);
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
  const { now, maxPathsPerWindow = 500, maxPaths = 10_000, maxBytes = 32 * 1024 * 1024 } = options;
  const windows = new Map<string, Window>();
  /** Those with rows kept apart, least recently seen first. */
  const detailed = new Map<string, Window>();
  let rows = 0;
  let bytes = 0;
  let folded = 0;
  /** Takes part in the sums, or no more. */
  const count = (window: Window, sign: 1 | -1) => {
    rows += sign * window.rows.size;
    bytes += sign * window.bytes;
    folded += sign * window.folded;
  };
  const full = () => rows > maxPaths || bytes > maxBytes;
  const opened = (name: string): Window => {
    const window = windows.get(name) ?? new Window(maxPathsPerWindow);
    windows.set(name, window);
    detailed.delete(name);
    detailed.set(name, window);
    return window;
  };
  const shrink = () => {
    for (const [name, window] of detailed) {
      while (full() && window.rows.size > 0) {
        count(window, -1);
        window.foldOldest();
        count(window, 1);
      }
      if (window.rows.size === 0) detailed.delete(name);
      if (!full()) return;
    }
  };
  return {
    add(key, verdict, request, samples, names) {
      const { mismatches, statuses } = verdict;
      const notes = notesOf(verdict);
      if (mismatches.length === 0 && notes.length === 0) return;
      const window = opened(windowName(key));
      const at = now();
      for (const [kind, name] of notes) window.note(kind, name, at);
      const said = statuses === undefined ? request : { ...request, statuses };
      count(window, -1);
      const about = { earlier: verdict.earlier, operations: operationCounts(names) };
      for (const mismatch of mismatches) window.add(mismatch, at, said, samples, about);
      count(window, 1);
      if (full()) shrink();
    },
    rows: (key) => windows.get(windowName(key))?.list() ?? [],
    drop(key) {
      const name = windowName(key);
      const window = windows.get(name);
      if (window !== undefined) {
        rows -= window.rows.size;
        bytes -= window.bytes;
      }
      windows.delete(name);
      detailed.delete(name);
    },
    get bytes() {
      return bytes;
    },
    get folded() {
      return folded;
    },
  };
}
