import { loadSoundParts } from "../config/index.ts";
import { routesOfLedger } from "../control/index.ts";
import type { FrontDoorConfig } from "../domain/config.ts";
import { type FigError, figErrorOf } from "../domain/errors.ts";
import { hasAddress } from "../domain/host.ts";
import type { Store } from "../store/contract.ts";
import type { CliContext } from "./command.ts";
import { findFiles, hasState, readFiles } from "./files.ts";
import { note } from "./note.ts";
import type { TargetOptions } from "./options.ts";

/**
 * What a command does with the state. `back` and `ledger` go by the ledger alone, as the way back must, and reading where it
 * leads.
 */
export type Access = "read" | "ledger" | "write" | "back";

export function onlyReads(access: Access): boolean {
  return access === "read" || access === "ledger";
}

/** The files that a command goes by. */
export interface TargetFiles {
  readonly config: FrontDoorConfig;
  /** Why the files do not pass, where only parts of them are known; undefined: they pass. */
  readonly broken: FigError | undefined;
}

/** Undefined: no files, and `--admin` says where to go without them. */
export async function filesFor(
  context: CliContext,
  options: TargetOptions,
  access: Access,
): Promise<TargetFiles | undefined> {
  const { deps } = context;
  const file = findFiles(deps, options.config);
  if (file === undefined && options.admin !== undefined && options.config === undefined) return undefined;
  try {
    return { config: await readFiles(deps, options.config), broken: undefined };
  } catch (error) {
    const broken = figErrorOf(error, "invalid_files");
    if (broken === undefined) throw error;
    if (options.admin !== undefined) {
      note(
        context,
        "the files here do not pass (see `fig check`): only the front door named with --admin is asked",
      );
      return undefined;
    }
    const parts = access !== "write" && file !== undefined ? await loadSoundParts(file, deps.env) : undefined;
    if (parts === undefined || !(hasState(parts.state) || hasAddress(parts.admin))) throw error;
    if (access === "back")
      note(context, "the files here do not pass (see `fig check`); this does not need them");
    return { config: parts, broken };
  }
}

/** By what a reading command goes where the files do not pass; the way back has said it already. */
export function noteBroken(
  context: CliContext,
  { broken }: TargetFiles,
  access: Access,
  from: "door" | "store",
): void {
  if (broken === undefined || !onlyReads(access)) return;
  const by =
    from === "door"
      ? "the front door goes by those that it has in force"
      : "this is what the ledger says, without them";
  note(context, `the files here do not pass (see \`fig check\`): ${by}`);
}

/** What use cases on the store itself go by. */
export async function configFor(store: Store, { config, broken }: TargetFiles): Promise<FrontDoorConfig> {
  return broken === undefined ? config : { ...config, routes: await routesOfLedger(store, config.routes) };
}
