import { dirname } from "node:path";
import { systemClock } from "../clock.ts";
import type { FrontDoorConfig } from "../domain/config.ts";
import { FigError, figErrorOf } from "../domain/errors.ts";
import { holdsAll } from "../domain/local-rollback.ts";
import type { Log } from "../observe/contract.ts";
import type { OpenOptions, Store } from "../store/contract.ts";
import { openStore } from "../store/index.ts";
import { LocalRollbackFile } from "../store/local-rollback-file.ts";
import { PositionCopy } from "../store/position-copy.ts";

/** A front door's store, and the copy of its positions on this host where the store is on another. */
export interface State {
  readonly store: Store;
  readonly copy: PositionCopy | undefined;
  readonly local: LocalRollbackFile;
  problems(): readonly string[];
  close(): Promise<void>;
}

/**
 * A state file that cannot be opened ends a start: where routes stand is not known. Where this disk holds every route at modern 0
 * it is, and the front door serves by that until the file is there.
 */
async function openOrHeld(
  config: FrontDoorConfig,
  local: LocalRollbackFile,
  options: OpenOptions,
): Promise<Store> {
  try {
    return await openStore(config.state, options);
  } catch (error) {
    const known = figErrorOf(error, "store_invalid") ?? figErrorOf(error, "store_unavailable");
    if (known === undefined || options.away !== undefined || !config.state.startsWith("sqlite:")) throw error;
    if (holdsAll(local.held, config.routes))
      return await openStore(config.state, { ...options, away: { stateId: "" } });
    const { code, message, remedy = "" } = known;
    throw new FigError(code, message, {
      remedy: `${remedy} To serve without it meanwhile, all from legacy, run \`fig rollback --all --local --reason "…"\` here and start again.`,
      cause: error,
    });
  }
}

export async function openState(config: FrontDoorConfig, log: Log): Promise<State> {
  const folder = config.file === undefined ? "." : dirname(config.file);
  const copy = await PositionCopy.open(config.state, {
    folder,
    hex: systemClock.hex,
  });
  const local = await LocalRollbackFile.open(folder, { room: config.file !== undefined });
  const store = await openOrHeld(config, local, {
    ...systemClock,
    warn: (sentence) => log.warn({}, sentence),
    away: copy === undefined ? undefined : { stateId: copy.last?.stateId ?? "" },
  }).catch((error: unknown) => {
    local.close();
    throw error;
  });
  return {
    store,
    copy,
    local,
    problems: () => (copy?.problem === undefined ? [] : [copy.problem]),
    async close() {
      local.close();
      await store.close();
      await copy?.close();
    },
  };
}
