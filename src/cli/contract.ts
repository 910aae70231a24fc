/**
 * What the command line is handed by the composition root (src/main.ts): streams, time, and the implementations that a
 * floor-4 room may not import. Tests hand in their own.
 */
import type { Board } from "../control/board-contract.ts";
import type { Control } from "../control/contract.ts";
import type { Clock } from "../domain/clock.ts";
import type { FrontDoorConfig } from "../domain/config.ts";
import type { LocalRollback } from "../domain/local-rollback.ts";
import type { BackupReport, CopyReport, LocalRollbackWritten, Store } from "../store/contract.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** stdout and stderr; `process.stdout` fits. */
export interface CliOutput {
  /** `done` is called once the text is out, or failed. */
  write(text: string, done?: (error?: Error | null) => void): unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
  on(event: "error", listener: (error: NodeJS.ErrnoException) => void): unknown;
  on(event: "resize", listener: () => void): unknown;
  off(event: "resize", listener: () => void): unknown;
}

/** stdin; `process.stdin` fits. */
type CliInput = NodeJS.ReadableStream & {
  readonly isTTY?: boolean | undefined;
  /** Where it is a terminal: keys come one by one, Ctrl-C among them. */
  setRawMode?(raw: boolean): unknown;
};

export interface ServeOptions {
  /** Absolute path of fig.yaml. */
  readonly file: string;
  /** Where `${NAME}` in the files is looked up. */
  readonly env: Environment;
  /** Nothing is written to stdout or stderr by the front door itself (the demo owns the terminal). */
  readonly quiet?: boolean | undefined;
}

/** The machine-readable ready line, as it is printed. */
export interface ReadyInfo {
  readonly ready: true;
  /** The first of `urls`. */
  readonly url: string;
  readonly urls: readonly string[];
  readonly adminUrl: string;
  readonly pid: number;
  readonly stateId: string;
  readonly revision: number;
}

/** A front door that listens. */
export interface ServeHandle {
  readonly ready: ReadyInfo;
  /** Resolves with the exit code once it is down: 0, or 1 when `drain.deadline` cut requests off. Never rejects. */
  readonly closed: Promise<number>;
  /** Drains: readiness off, wait, stop accepting, finish or pass the deadline. Resolves when it is down. Idempotent. */
  stop(): Promise<void>;
  /** Reads the files again; what does not pass is logged and changes nothing. Never rejects. */
  reload(): Promise<void>;
  /** Opens the files of the logs anew. Never rejects. */
  reopenLogs(): Promise<void>;
}

export type CliSignal = "SIGINT" | "SIGTERM" | "SIGHUP" | "SIGUSR1";

/** What of the dashboard's figures the command line shows. */
export type StatusBoard = Pick<Board, "overview" | "rates">;

export interface CliDeps {
  readonly env: Environment;
  readonly stdin: CliInput;
  readonly stdout: CliOutput;
  readonly stderr: CliOutput;
  readonly cwd: string;
  /** The package's version. */
  readonly version: string;
  /** Absolute path of the package: its fig.yaml, routes/ and migrations/ are the demo's. */
  readonly packageRoot: string;
  readonly clock: Clock;
  /** Who runs the command, when neither `--by` nor FIG_BY says it. */
  readonly user: string;
  /** Rejects with a FigError: `invalid_files` (details: `{ problems: ConfigProblem[] }`), `address_in_use`, ... */
  serve(options: ServeOptions): Promise<ServeHandle>;
  /**
   * Opens a state URL, creating what is missing; `memory:` is an empty one. Rejects with `store_unavailable`; to read only
   * with `no_state` where a server holds none.
   */
  openStore(url: string, access: "read" | "write"): Promise<Store>;
  /** Copies a whole state; see store/copy-state.ts. */
  copyState(from: string, to: string): Promise<CopyReport>;
  /** Writes one moment of a live state to a new file; see store/sqlite-backup.ts. Undefined: such a state is no file. */
  backupState(url: string, file: string): Promise<BackupReport> | undefined;
  /** On this disk, for the front door whose fig.yaml is in `folder`; gives the file, and what it holds now. */
  writeLocalRollback(folder: string, given: LocalRollback): Promise<LocalRollbackWritten>;
  /** The use cases straight on a store, with files as they are on disk. */
  createControl(store: Store, config: FrontDoorConfig): Control;
  createBoard(store: Store, config: FrontDoorConfig): StatusBoard;
  /** Calls `listener` on each signal of this name, instead of Node's default, until the returned function is called. */
  onSignal(name: CliSignal, listener: () => void): () => void;
}

/**
 * Runs one command to its end and gives its exit code: 0 done, 1 failed, 2 wrong usage or invalid files, 3 refused.
 * The caller flushes and calls `process.exit` with it: on a second signal something may still be open.
 */
export type RunCli = (argv: readonly string[], deps: CliDeps) => Promise<number>;
