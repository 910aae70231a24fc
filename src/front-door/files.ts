import {
  type Environment,
  formatProblems,
  type LoadResult,
  type loadConfig,
  parseConfig,
  watchConfig,
} from "../config/index.ts";
import type { ConfigProblem, FrontDoorConfig } from "../domain/config.ts";
import { FigError } from "../domain/errors.ts";
import type { Log } from "../observe/contract.ts";

/** The files of one front door: fig.yaml and what it names, or one value in their place. */
export class Files {
  /** What is wrong with the files as they are; empty once they are in force. */
  invalid: readonly ConfigProblem[] = [];
  private readonly source: string | object;
  private readonly env: Environment;
  private readonly log: Log;
  private paths: readonly string[] = [];
  private look: LoadResult["look"];

  constructor(source: string | object, env: Environment, log: Log) {
    this.source = source;
    this.env = env;
    this.log = log;
  }

  /** Reads and checks all, once the files stand still. Throws `invalid_files` (details.problems). */
  async load(read: typeof loadConfig): Promise<FrontDoorConfig> {
    const result: LoadResult =
      typeof this.source === "string"
        ? await read(this.source, this.env, { waits: true })
        : { ...parseConfig(this.source), paths: [] };
    this.paths = result.paths;
    this.look = result.look;
    if (!result.ok) {
      this.invalid = result.problems;
      throw new FigError("invalid_files", `the files do not pass:\n${formatProblems(result.problems)}`, {
        details: { problems: result.problems },
      });
    }
    for (const warning of result.warnings) this.log.warn({}, warning);
    return result.config;
  }

  /** Calls back when one of those that were read changes, from when they were read on. Gives what ends it. */
  watch(onChange: () => void): () => void {
    if (typeof this.source !== "string") return () => {};
    return watchConfig(this.source, () => this.paths, onChange, this.look);
  }
}
