import { systemClock } from "../clock.ts";
import {
  type Environment,
  formatProblems,
  type LoadResult,
  type loadConfig,
  parseConfig,
  renewedListeners,
  type WrittenListeners,
  watchConfig,
} from "../config/index.ts";
import type { ConfigProblem, FrontDoorConfig, Listener } from "../domain/config.ts";
import { FigError } from "../domain/errors.ts";
import type { PackedFiles } from "../domain/kept-files.ts";
import type { Log } from "../observe/contract.ts";
import { fingerprints } from "./certificates.ts";

/** The files of one front door: fig.yaml and what it names, or one value in their place. */
export class Files {
  /** What is wrong with the files as they are; empty once they are in force. */
  invalid: readonly ConfigProblem[] = [];
  /** What was read last, to be kept; undefined: one value in place of files, or a pipe. */
  read: PackedFiles | undefined;
  /** Puts certificates in that no file holds. */
  complete: (listen: readonly Listener[]) => Promise<readonly Listener[]> = async (listen) => listen;
  private readonly source: string | object;
  private readonly env: Environment;
  private readonly log: Log;
  /** Certificates that may be out of date: those of the last good files, and at the start whatever there is. */
  private known: "any" | readonly string[] = "any";
  private written: WrittenListeners | undefined;
  private paths: readonly string[] = [];
  private look: LoadResult["look"];

  constructor(source: string | object, env: Environment, log: Log) {
    this.source = source;
    this.env = env;
    this.log = log;
  }

  /** Reads and checks all, once the files stand still. Throws `invalid_files` (details.problems). */
  async load(read: typeof loadConfig): Promise<FrontDoorConfig> {
    const dates = { nowMs: systemClock.now(), outOfDate: this.known };
    const result: LoadResult =
      typeof this.source === "string"
        ? await read(this.source, this.env, { waits: true, keep: true, ...dates })
        : { ...parseConfig(this.source, dates), paths: [] };
    this.paths = result.paths;
    this.look = result.look;
    if (!result.ok) {
      this.invalid = result.problems;
      throw new FigError(
        "invalid_files",
        `the files do not pass the check:\n${formatProblems(result.problems)}`,
        {
          details: { problems: result.problems },
        },
      );
    }
    this.read = result.kept;
    for (const warning of result.warnings) this.log.warn({}, warning);
    this.known = fingerprints(result.config.listen);
    this.written = result.written;
    return { ...result.config, listen: await this.complete(result.config.listen) };
  }

  /** The listeners of the last good fig.yaml with what their TLS files hold now. Undefined: no files, or not ones that pass. */
  async listeners(): Promise<readonly Listener[] | undefined> {
    const { source, written, known } = this;
    if (typeof source !== "string" || written === undefined) return undefined;
    return renewedListeners(written, { nowMs: systemClock.now(), outOfDate: known });
  }

  /** Calls back when one of those that were read changes, from when they were read on. Gives what ends it. */
  watch(onChange: () => void): () => void {
    if (typeof this.source !== "string") return () => {};
    return watchConfig(this.source, () => this.paths, onChange, this.look);
  }
}
