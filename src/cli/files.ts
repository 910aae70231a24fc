import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { type LoadOptions, loadConfig } from "../config/index.ts";
import type { ConfigProblem, FrontDoorConfig } from "../domain/config.ts";
import { FigError } from "../domain/errors.ts";
import type { CliDeps } from "./contract.ts";

type FileDeps = Pick<CliDeps, "cwd" | "env">;

/** What lies at `-c`, else fig.yaml here; undefined: no such file. Absolute. */
export function findFiles(deps: FileDeps, option: string | undefined): string | undefined {
  const file = resolve(deps.cwd, option ?? "fig.yaml");
  return existsSync(file) ? file : undefined;
}

/** Fails with `config_not_found`. */
export function requireFile(deps: FileDeps, option: string | undefined): string {
  const file = findFiles(deps, option);
  if (file !== undefined) return file;
  throw new FigError("config_not_found", `there is no ${resolve(deps.cwd, option ?? "fig.yaml")}`, {
    remedy:
      option === undefined
        ? "write one with `fig init`, or name it with -c"
        : "name the file that is there with -c",
  });
}

/** Every file, with all that is wrong in them; `config` only when nothing is. */
interface LoadedFiles {
  readonly file: string;
  readonly config: FrontDoorConfig | undefined;
  readonly problems: readonly ConfigProblem[];
  /** What passes, but is likely not meant. */
  readonly warnings: readonly string[];
}

export async function loadFiles(
  deps: FileDeps,
  option: string | undefined,
  options: LoadOptions = {},
): Promise<LoadedFiles> {
  const file = requireFile(deps, option);
  const result = await loadConfig(file, deps.env, options);
  if (result.ok) return { file, config: result.config, problems: [], warnings: result.warnings };
  return { file, config: undefined, problems: result.problems, warnings: [] };
}

/** The files' config; fails with `invalid_files`, all problems in its details. */
export async function readFiles(deps: FileDeps, option: string | undefined): Promise<FrontDoorConfig> {
  // Not everybody who shifts a route may read private keys.
  const { config, problems } = await loadFiles(deps, option, { keys: false });
  if (config !== undefined) return config;
  throw new FigError("invalid_files", "the files do not pass", {
    remedy: "correct them; `fig check` says when they pass",
    details: { problems },
  });
}

/** Whether a state URL names something that exists. Another process's memory never does; other schemes can tell. */
export function hasState(state: string): boolean {
  if (state.startsWith("memory:")) return false;
  return !state.startsWith("sqlite:") || existsSync(state.slice("sqlite:".length));
}
