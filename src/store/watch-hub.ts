import type { LedgerEntry } from "../domain/ledger.ts";

type Listener = (entries: readonly LedgerEntry[]) => void;
type HealthListener = (reachable: boolean) => void;

interface Watcher {
  after: number;
  reading: boolean;
  closed: boolean;
  readonly listener: Listener;
  readonly onHealth: HealthListener | undefined;
}

const RETRY_MS = 200;

/**
 * Hands every watcher of a store each ledger entry once and in order. A store says what the newest revision is
 * (`advance`); each watcher then reads on from where it stands, a page at a time, so that nothing is held for a slow one.
 */
export class WatchHub {
  private readonly watchers = new Set<Watcher>();
  private readonly readPage: (after: number) => Promise<readonly LedgerEntry[]>;
  private head = 0;
  private reachable = true;
  private retry: NodeJS.Timeout | undefined;

  /** `readPage` gives the next entries after a revision, oldest first, at least one if there is one. */
  constructor(readPage: (after: number) => Promise<readonly LedgerEntry[]>) {
    this.readPage = readPage;
  }

  watch(after: number, listener: Listener, onHealth: HealthListener | undefined): () => void {
    const watcher: Watcher = { after, reading: false, closed: false, listener, onHealth };
    this.watchers.add(watcher);
    if (!this.reachable) queueMicrotask(() => watcher.closed || onHealth?.(false));
    void this.follow(watcher);
    return () => {
      watcher.closed = true;
      this.watchers.delete(watcher);
    };
  }

  /** The newest revision there is. An older one than was known is ignored: revisions never go back. */
  advance(revision: number): void {
    if (revision > this.head) this.head = revision;
    this.followAll();
  }

  health(reachable: boolean): void {
    if (reachable === this.reachable) return;
    this.reachable = reachable;
    for (const watcher of [...this.watchers]) if (!watcher.closed) watcher.onHealth?.(reachable);
    if (reachable) this.followAll();
  }

  close(): void {
    for (const watcher of this.watchers) watcher.closed = true;
    this.watchers.clear();
    clearTimeout(this.retry);
  }

  private followAll(): void {
    for (const watcher of this.watchers) void this.follow(watcher);
  }

  private async follow(watcher: Watcher): Promise<void> {
    if (watcher.reading) return;
    watcher.reading = true;
    try {
      while (!watcher.closed && watcher.after < this.head) {
        const entries = await this.page(watcher.after);
        const last = entries.at(-1);
        if (last === undefined || watcher.closed) break;
        watcher.after = last.revision;
        try {
          watcher.listener(entries);
        } catch (error) {
          // A listener's own bug must neither stop the other watchers nor be swallowed.
          queueMicrotask(() => {
            throw error;
          });
        }
      }
    } finally {
      watcher.reading = false;
    }
  }

  /** The next page, or none: then reading is tried again soon, because `advance` may not come again. */
  private async page(after: number): Promise<readonly LedgerEntry[]> {
    try {
      return await this.readPage(after);
    } catch {
      clearTimeout(this.retry);
      this.retry = setTimeout(() => this.followAll(), RETRY_MS).unref();
      return [];
    }
  }
}
