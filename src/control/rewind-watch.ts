import { FigError } from "../domain/errors.ts";
import type { LedgerEntry } from "../domain/ledger.ts";
import type { Log } from "../observe/contract.ts";
import type { LastKnown, Store } from "../store/contract.ts";
import { sameEntry } from "./ledger-view.ts";

/** Entries remembered between two looks. If there are more, the oldest are not checked against the store. */
const MOST_ENTRIES = 200;

/** A store that does not have what is in force. */
export function rewoundError(message: string): FigError {
  return new FigError("store_unavailable", message, {
    remedy: "bring the store's state back, or restart the front doors on the older one",
  });
}

/** Entries last known on this host that the store does not have, or has others in the place of. */
export function lostEntries(
  last: LastKnown | undefined,
  entries: readonly LedgerEntry[],
): readonly LedgerEntry[] {
  if (last === undefined) return [];
  const there = new Map(entries.map((entry) => [entry.revision, entry]));
  return last.entries.filter((entry) => !sameEntry(there.get(entry.revision), entry));
}

/** At a start: what this host knew as written is gone. The store decides none the less. */
export function logLost(log: Log, stateId: string, last: LastKnown, lost: readonly LedgerEntry[]): void {
  if (lost.length === 0) return;
  const gone = lost.map(({ revision, at, by, reason }) => ({ revision, at, by, reason }));
  const facts = { stateId, known: last.stateId, gone };
  if (stateId !== last.stateId)
    log.warn(facts, "the state store holds another state than the one last known here: it decides");
  else log.warn(facts, "revisions that were in force here are gone from the state store: it decides");
}

/**
 * Notices a store that was put back to an older state. What it appends next has numbers that are in force here already, and
 * what comes after that follows on them: so every entry that came in force is looked for, not the newest alone.
 */
export class RewindWatch {
  /** What is wrong, as a sentence. It stays until the store has again what is in force. */
  problem: string | undefined;
  private readonly store: Store;
  /** In order: the newest entry that was found in the store, and what came in force since. */
  private entries: readonly LedgerEntry[] = [];

  constructor(store: Store) {
    this.store = store;
  }

  /** In force as the store has it now. */
  begin(newest: LedgerEntry | undefined): void {
    this.entries = newest === undefined ? [] : [newest];
  }

  took(fresh: readonly LedgerEntry[]): void {
    this.entries = [...this.entries, ...fresh].slice(-MOST_ENTRIES);
  }

  /** If the store is itself again, gives what it has beyond what is in force. Throws if the store is away. */
  async look(): Promise<readonly LedgerEntry[]> {
    const { entries, problem } = this;
    const [first] = entries;
    const newest = entries.at(-1);
    if (first === undefined || newest === undefined) return [];
    const found = await this.store.read(
      first.revision - 1,
      problem === undefined ? entries.length : undefined,
    );
    const other = entries.find((entry, index) => !sameEntry(found[index], entry));
    if (other !== undefined) {
      const how =
        found.length < entries.length
          ? `is older than revision ${newest.revision}, which is`
          : `has another revision ${other.revision} than the one that is`;
      this.problem = `the state store ${how} in force here: the last positions stay, and no route can be shifted, until it is back or this front door restarts`;
      return [];
    }
    this.problem = undefined;
    this.entries = this.entries.filter(({ revision }) => revision >= newest.revision);
    return found.slice(entries.length);
  }
}
