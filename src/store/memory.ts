import { mergeCounts, type WindowCounts } from "../domain/counters.ts";
import type { LedgerDraft, LedgerEntry } from "../domain/ledger.ts";
import type { MismatchRow } from "../domain/outcomes.ts";
import type { WindowKey } from "../domain/tally.ts";
import { closedError } from "./closed-error.ts";
import type {
  AppendGuard,
  AppendResult,
  DefinitionEpoch,
  DoorCounts,
  Rollup,
  RollupQuery,
  Store,
  StoreKind,
  WindowEvidence,
} from "./contract.ts";
import { MemoryRollups } from "./memory-rollups.ts";
import { mergeMismatches } from "./merge-mismatches.ts";
import { WINDOWS_KEPT } from "./retention.ts";
import { WatchHub } from "./watch-hub.ts";

interface DoorRow {
  /** Undefined once the window is too old to be kept; what modern did unsafely is kept for ever. */
  counts: WindowCounts | undefined;
  mismatches: readonly MismatchRow[];
  unsafeModern: number;
}

interface WindowRows {
  readonly window: WindowKey;
  readonly doors: Map<string, DoorRow>;
}

function compareWindows(a: WindowKey, b: WindowKey): number {
  return a.revision - b.revision || a.epoch - b.epoch;
}

/** What went through JSON is the caller's no more, and reads exactly like what comes from a file. */
function copied<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}

class MemoryStore implements Store {
  readonly stateId: string;
  private readonly now: () => number;
  private readonly entries: LedgerEntry[] = [];
  /** Route to the newest entry that touches it. */
  private readonly newest = new Map<string, LedgerEntry>();
  private readonly definitions = new Map<string, DefinitionEpoch & { readonly hash: string }>();
  private readonly windows = new Map<string, WindowRows[]>();
  private readonly rollups = new MemoryRollups();
  private readonly hub = new WatchHub((after) => this.read(after));
  private closed = false;

  constructor(stateId: string, now: () => number) {
    this.stateId = stateId;
    this.now = now;
  }

  async append(draft: LedgerDraft, guard: AppendGuard): Promise<AppendResult> {
    this.refuseClosed();
    let conflict: LedgerEntry | undefined;
    for (const route of guard.routes) {
      const entry = this.newest.get(route);
      if (entry !== undefined && entry.revision > Math.max(guard.revision, conflict?.revision ?? 0))
        conflict = entry;
    }
    if (conflict !== undefined) return { ok: false, conflict };
    const at = new Date(this.now()).toISOString();
    const entry: LedgerEntry = { ...copied(draft), revision: this.entries.length + 1, at };
    this.entries.push(entry);
    for (const change of entry.changes) this.newest.set(change.route, entry);
    this.hub.advance(entry.revision);
    return { ok: true, entry };
  }

  async read(afterRevision: number, limit = Number.POSITIVE_INFINITY): Promise<readonly LedgerEntry[]> {
    this.refuseClosed();
    const after = Math.max(0, afterRevision);
    return this.entries.slice(after, after + limit);
  }

  watch(
    afterRevision: number,
    listener: (entries: readonly LedgerEntry[]) => void,
    onHealth?: (reachable: boolean) => void,
  ): () => void {
    this.refuseClosed();
    return this.hub.watch(afterRevision, listener, onHealth);
  }

  async noteDefinitions(
    routes: readonly { readonly route: string; readonly hash: string }[],
  ): Promise<ReadonlyMap<string, DefinitionEpoch>> {
    this.refuseClosed();
    const noted = new Map<string, DefinitionEpoch>();
    for (const { route, hash } of routes) {
      let known = this.definitions.get(route);
      if (known?.hash !== hash) {
        known = { hash, epoch: (known?.epoch ?? 0) + 1, since: this.now() };
        this.definitions.set(route, known);
      }
      noted.set(route, { epoch: known.epoch, since: known.since });
    }
    return noted;
  }

  async readDefinitions(): Promise<ReadonlyMap<string, DefinitionEpoch & { readonly hash: string }>> {
    this.refuseClosed();
    return new Map(this.definitions);
  }

  async putCounts(door: string, counts: readonly DoorCounts[]): Promise<void> {
    this.refuseClosed();
    for (const put of counts) {
      const rows = this.findWindow(put.window) ?? this.addWindow(put.window);
      const { counts: totals, mismatches } = copied({ counts: put.counts, mismatches: put.mismatches });
      rows.doors.set(door, { counts: totals, mismatches, unsafeModern: totals.unsafeModern });
    }
    for (const route of new Set(counts.map((put) => put.window.route))) this.thin(route);
  }

  async readCounts(windows: readonly WindowKey[]): Promise<readonly WindowEvidence[]> {
    this.refuseClosed();
    const found: WindowEvidence[] = [];
    for (const window of windows) {
      const doors = [...(this.findWindow(window)?.doors.values() ?? [])];
      const counts = doors.flatMap((row) => row.counts ?? []);
      if (counts.length > 0) found.push({ window, counts: mergeCounts(counts) });
    }
    return found;
  }

  async unsafeModernSince(route: string, revision: number): Promise<number> {
    this.refuseClosed();
    let sum = 0;
    for (const { window, doors } of this.windows.get(route) ?? []) {
      if (window.revision < revision) continue;
      for (const row of doors.values()) sum += row.unsafeModern;
    }
    return sum;
  }

  async readMismatches(window: WindowKey): Promise<readonly MismatchRow[]> {
    this.refuseClosed();
    const doors = [...(this.findWindow(window)?.doors.values() ?? [])];
    return mergeMismatches(doors.map((row) => row.mismatches));
  }

  async putRollups(door: string, rollups: readonly Rollup[]): Promise<void> {
    this.refuseClosed();
    this.rollups.put(door, this.now(), rollups);
  }

  async readRollups(query: RollupQuery): Promise<readonly Rollup[]> {
    this.refuseClosed();
    return this.rollups.read(query, this.now());
  }

  async close(): Promise<void> {
    this.closed = true;
    this.hub.close();
  }

  private findWindow(window: WindowKey): WindowRows | undefined {
    return this.windows.get(window.route)?.find((rows) => compareWindows(rows.window, window) === 0);
  }

  private addWindow({ route, revision, epoch }: WindowKey): WindowRows {
    const added: WindowRows = { window: { route, revision, epoch }, doors: new Map() };
    const windows = this.windows.get(route);
    if (windows === undefined) this.windows.set(route, [added]);
    else {
      windows.push(added);
      windows.sort((a, b) => compareWindows(b.window, a.window));
    }
    return added;
  }

  /** Drops the evidence of all but a route's newest windows. */
  private thin(route: string): void {
    const windows = this.windows.get(route) ?? [];
    if (windows.length <= WINDOWS_KEPT) return;
    const kept = windows.filter((rows, index) => {
      if (index < WINDOWS_KEPT) return true;
      for (const [door, row] of rows.doors) {
        if (row.unsafeModern === 0) rows.doors.delete(door);
        row.counts = undefined;
        row.mismatches = [];
      }
      return rows.doors.size > 0;
    });
    this.windows.set(route, kept);
  }

  private refuseClosed(): void {
    if (this.closed) throw closedError();
  }
}

/** `memory:`: a store of this process alone, gone when it is closed. */
export const memoryStore: StoreKind = {
  name: "memory",
  scheme: "memory:",
  async open(_url, { now, hex }) {
    return new MemoryStore(hex(16), now);
  },
};
