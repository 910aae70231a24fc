import { type FSWatcher, watch } from "node:fs";
import { stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { changedBetween, type Look, lookAt, lookNow } from "./look.ts";

/** How often files are looked at even when the system reports nothing (network mounts, exhausted watches). */
const POLL_MS = 1000;
/** Quiet after the last report before files are looked at: an editor's rename and write are one change. */
const SETTLE_MS = 50;

/** Reports of the system on some folders: quick, but not to be relied on. */
class Reports {
  private readonly watchers = new Map<string, { readonly watcher: FSWatcher; readonly identity: string }>();
  private readonly onReport: () => void;

  constructor(onReport: () => void) {
    this.onReport = onReport;
  }

  private drop(folder: string): void {
    this.watchers.get(folder)?.watcher.close();
    this.watchers.delete(folder);
  }

  /** Watches exactly these; a folder that was replaced by another of its name is watched anew. */
  async follow(folders: ReadonlySet<string>): Promise<void> {
    for (const folder of [...this.watchers.keys()]) if (!folders.has(folder)) this.drop(folder);
    for (const folder of folders) {
      const { dev, ino } = await stat(folder).catch(() => ({ dev: -1, ino: -1 }));
      const now = `${dev}:${ino}`;
      if (this.watchers.get(folder)?.identity === now) continue;
      this.drop(folder);
      if (ino === -1) continue;
      try {
        const watcher = watch(folder, { persistent: false }, this.onReport);
        watcher.on("error", () => this.drop(folder));
        this.watchers.set(folder, { watcher, identity: now });
      } catch {
        // No watch could be made: their number is limited, and some file systems have none. The look every second goes on.
      }
    }
  }

  close(): void {
    for (const folder of [...this.watchers.keys()]) this.drop(folder);
  }
}

/**
 * Calls `onChange` whenever fig.yaml or a file it names became another one, came or went: written in place, renamed over,
 * or reached through a symlink that was swapped (ConfigMaps). `getPaths` says which folders and files count besides
 * `file`, asked anew at each look; they need not exist. Start it before loading, so that a change made meanwhile is noticed,
 * or give what was `seen` of the files when they were loaded (LoadResult). Never throws, keeps no process alive. Returns what
 * ends it.
 */
export function watchConfig(
  file: string,
  getPaths: () => readonly string[],
  onChange: () => void,
  seen?: Look,
): () => void {
  const main = resolve(file);
  let closed = false;
  let looking = false;
  let again = false;
  let settle: NodeJS.Timeout | undefined;
  let poll: NodeJS.Timeout | undefined;
  const reports = new Reports(() => {
    clearTimeout(settle);
    settle = setTimeout(look, SETTLE_MS).unref();
  });

  const paths = (): readonly string[] => [...new Set([main, ...getPaths().map((path) => resolve(path))])];

  let known = seen ?? lookNow(paths());

  async function lookOnce(): Promise<void> {
    const all = paths();
    await reports.follow(new Set([...all.map((path) => dirname(path)), ...all.slice(1)]));
    const now = await lookAt(all);
    if (closed) return;
    const changed = changedBetween(known, now) !== undefined;
    known = now;
    if (changed) onChange();
  }

  function look(): void {
    if (closed) return;
    if (looking) {
      again = true;
      return;
    }
    looking = true;
    lookOnce()
      .catch(() => undefined)
      .finally(() => {
        looking = false;
        if (closed) {
          reports.close();
          return;
        }
        clearTimeout(poll);
        poll = setTimeout(look, POLL_MS).unref();
        if (again) {
          again = false;
          look();
        }
      });
  }

  look();
  return () => {
    closed = true;
    clearTimeout(settle);
    clearTimeout(poll);
    reports.close();
  };
}
