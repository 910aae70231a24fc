import { dirname } from "node:path";
import { systemClock } from "../clock.ts";
import type { FrontDoorConfig } from "../domain/config.ts";
import type { Log } from "../observe/contract.ts";
import type { Store } from "../store/contract.ts";
import { openStore } from "../store/index.ts";
import { LocalRollbackFile } from "../store/local-rollback-file.ts";
import { PositionCopy } from "../store/position-copy.ts";

/** A front door's store, and the copy of its positions on this host where the store is on another. */
export interface State {
  readonly store: Store;
  readonly copy: PositionCopy | undefined;
  readonly local: LocalRollbackFile;
  problems(): readonly string[];
  /** Says when the store has less than this host knew: it decides none the less. */
  compare(revision: number): void;
  close(): Promise<void>;
}

export async function openState(config: FrontDoorConfig, log: Log): Promise<State> {
  const folder = config.file === undefined ? "." : dirname(config.file);
  const copy = await PositionCopy.open(config.state, {
    folder,
    hex: systemClock.hex,
  });
  const store = await openStore(config.state, {
    ...systemClock,
    warn: (sentence) => log.warn({}, sentence),
    away: copy === undefined ? undefined : { stateId: copy.last?.stateId ?? "" },
  });
  const local = await LocalRollbackFile.open(folder);
  const known = copy?.last;
  return {
    store,
    copy,
    local,
    problems: () => (copy?.problem === undefined ? [] : [copy.problem]),
    compare(revision) {
      if (known === undefined) return;
      const facts = { revision, known: known.entries.at(-1)?.revision ?? 0, stateId: store.stateId };
      if (store.stateId !== known.stateId)
        log.warn(facts, "the state store holds another state than the one last known here: it decides");
      else if (revision < facts.known)
        log.warn(facts, "the state store is older than what was last known here: it decides");
    },
    async close() {
      local.close();
      await store.close();
      await copy?.close();
    },
  };
}
