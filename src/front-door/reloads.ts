import { loadAside } from "../config/index.ts";
import type { FilesSaid, Live } from "../control/index.ts";
import type { FrontDoorConfig } from "../domain/config.ts";
import type { Log } from "../observe/contract.ts";
import type { Files } from "./files.ts";
import { leftRoutes } from "./left-routes.ts";
import { problemsOf, restartReasons } from "./settings.ts";

/** Until files that are right, but could not be brought in force, are tried again. */
const RELOAD_AGAIN_MS = 10_000;

/** Brings changed files in force, one reload after the other. What does not pass is logged, and changes nothing. */
export class Reloads {
  /** What of the files takes a restart. */
  restartNeeded: readonly string[] = [];
  /** Retired routes that left the files, and whose requests go elsewhere since. */
  left: ReturnType<typeof leftRoutes> = [];
  /** Why files that are right are not in force yet; undefined: they are. */
  due: string | undefined;
  private readonly files: Files;
  private readonly live: Live;
  private readonly log: Log;
  private readonly before: ((config: FrontDoorConfig) => Promise<void>) | undefined;
  private readonly onReloaded: (said: FilesSaid | undefined) => Promise<void>;
  private running: Promise<void> | undefined;
  private queued: Promise<void> | undefined;
  private again: NodeJS.Timeout | undefined;
  private stopped = false;
  /** Who asked, and why, until files are in force. */
  private said: FilesSaid | undefined;

  /** `onReloaded`: other files are in force. Never rejects. Nor does `before`, which is waited for ahead of that. */
  constructor(
    files: Files,
    live: Live,
    log: Log,
    onReloaded: (said: FilesSaid | undefined) => Promise<void>,
    before?: (config: FrontDoorConfig) => Promise<void>,
  ) {
    this.before = before;
    this.onReloaded = onReloaded;
    this.files = files;
    this.live = live;
    this.log = log;
  }

  /** Resolves when files that were read after the call are in force, or do not pass. At most one reload runs and one waits. Never rejects. */
  reload(said?: FilesSaid): Promise<void> {
    this.said = said ?? this.said;
    if (this.running === undefined) {
      this.running = this.once().finally(() => {
        this.running = undefined;
      });
      return this.running;
    }
    this.queued ??= this.running.then(() => {
      this.queued = undefined;
      return this.reload();
    });
    return this.queued;
  }

  /** The store is there again, or away: what is due may come in force. */
  retryDue(): void {
    if (this.due !== undefined) void this.reload();
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.again);
  }

  private async once(): Promise<void> {
    if (this.stopped) return;
    const { files, live, log } = this;
    clearTimeout(this.again);
    try {
      const config = await files.load(loadAside);
      this.restartNeeded = restartReasons(live.config(), config, this.restartNeeded);
      const before = live.config();
      await this.before?.(config);
      await live.reload(config);
      this.left = leftRoutes(before, config, this.left);
      files.invalid = [];
      this.due = undefined;
      log.info({ routes: config.routes.length }, "files reloaded");
      const { said } = this;
      this.said = undefined;
      await this.onReloaded(said);
    } catch (error) {
      this.failed(error);
    }
  }

  private failed(error: unknown): void {
    const problems = problemsOf(error);
    if (problems !== undefined) this.said = undefined;
    this.files.invalid = problems ?? [];
    const due =
      problems === undefined
        ? `the files changed, but could not be put into force yet: ${error instanceof Error ? error.message : String(error)}`
        : undefined;
    if (due === undefined || due !== this.due)
      this.log.error({ err: error }, "the files were not reloaded: the last good ones stay in force");
    this.due = due;
    if (due !== undefined && !this.stopped)
      this.again = setTimeout(() => void this.reload(), RELOAD_AGAIN_MS).unref();
  }
}
