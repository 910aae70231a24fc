import type { WindowCounts } from "../../src/domain/counters.ts";
import type { LedgerDraft, LedgerEntry } from "../../src/domain/ledger.ts";
import type { MismatchRow } from "../../src/domain/outcomes.ts";
import { type WindowKey, WindowTally } from "../../src/domain/tally.ts";
import type { Store } from "../../src/store/contract.ts";

/** A shift of these routes to `modern` percent. */
export function draftOf(routes: readonly string[], modern = 10, reason = "trying it"): LedgerDraft {
  return {
    kind: "shift",
    by: "anna",
    reason,
    migration: null,
    changes: routes.map((route) => ({
      route,
      from: { modern: 0, shadow: 0 },
      to: { modern, shadow: 100 },
      hash: "00112233aabbccdd",
    })),
    evidence: { forced: false, note: "ü – 漢" },
  };
}

/** Guard revision of an append that nothing may refuse. */
export const ANY = Number.MAX_SAFE_INTEGER;

export function windowOf(route: string, revision = 0, epoch = 1): WindowKey {
  return { route, revision, epoch };
}

export interface Traffic {
  readonly legacy?: number;
  readonly modern?: number;
  readonly unsafe?: number;
  readonly matches?: number;
}

/** Counts as a door makes them. */
export function countsOf({ legacy = 0, modern = 0, unsafe = 0, matches = 0 }: Traffic): WindowCounts {
  const tally = new WindowTally(windowOf("any"));
  for (let i = 0; i < legacy; i++) tally.answered("legacy", 200, 1_000 + i, false, false);
  for (let i = 0; i < modern; i++) tally.answered("modern", i === 0 ? 503 : 200, 2_000, i === 0, i < unsafe);
  for (let i = 0; i < matches; i++) tally.compared("match");
  return tally.counts();
}

export function rowOf(path: string, count: number, first: number, last: number, samples = 1): MismatchRow {
  return {
    path,
    kind: "value",
    count,
    firstSeen: new Date(first).toISOString(),
    lastSeen: new Date(last).toISOString(),
    samples: Array.from({ length: samples }, (_, i) => ({
      legacy: "1",
      modern: undefined,
      at: new Date(last).toISOString(),
      requestId: `${path}-${count}-${i}`,
    })),
  };
}

/** What a watcher heard, and waiting for it to have heard something. */
export class Follower {
  readonly revisions: number[] = [];
  readonly entries: LedgerEntry[] = [];
  readonly health: boolean[] = [];
  readonly stop: () => void;
  private wake: (() => void) | undefined;

  constructor(store: Store, after: number) {
    this.stop = store.watch(
      after,
      (entries) => {
        this.entries.push(...entries);
        this.revisions.push(...entries.map((entry) => entry.revision));
        this.wake?.();
      },
      (reachable) => {
        this.health.push(reachable);
        this.wake?.();
      },
    );
  }

  /** Resolves when `holds` does; a test that waits in vain ends at its timeout. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) {
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
  }

  untilRevision(revision: number): Promise<void> {
    return this.until(() => this.revisions.includes(revision));
  }
}

export function upTo(last: number, first = 1): number[] {
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}
