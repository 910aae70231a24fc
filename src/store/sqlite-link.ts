import { Worker } from "node:worker_threads";
import { FigError } from "../domain/errors.ts";
import { closedError } from "./closed-error.ts";
import type {
  CallMessage,
  CallName,
  Calls,
  LedgerHead,
  StoredError,
  WorkerMessage,
} from "./sqlite-protocol.ts";

const FIRST_RESTART_MS = 100;
const LAST_RESTART_MS = 5_000;

/** Settled by what the worker answers; typed by `call`, the one place that knows which call it is. */
interface Pending {
  readonly resolve: (gives: unknown) => void;
  readonly reject: (error: FigError) => void;
  /** What to send once more when the worker dies before it answered; undefined: the call fails then. */
  readonly again: CallMessage | undefined;
}

interface LinkEvents {
  head(revision: number): void;
  health(reachable: boolean): void;
}

function figErrorOf({ code, message, remedy }: StoredError): FigError {
  return new FigError(code, message, remedy === undefined ? {} : { remedy });
}

/** Sources run as .ts, the build as .js: the worker's file has the ending this one has. */
function workerUrl(): URL {
  const ending = import.meta.url.endsWith(".ts") ? "ts" : "js";
  return new URL(`./sqlite-worker.${ending}`, import.meta.url);
}

/**
 * The way to the worker thread that owns a state file: calls by number, starting it again when it dies. Keeps the
 * process alive only while a call is under way.
 */
export class SqliteLink {
  private readonly path: string;
  private readonly events: LinkEvents;
  private readonly pending = new Map<number, Pending>();
  private worker: Worker | undefined;
  /** Started again, not ready yet. */
  private starting: Worker | undefined;
  private knownHead: LedgerHead | undefined;
  private stateId: string;
  private nextId = 1;
  private restartMs = FIRST_RESTART_MS;
  private restart: NodeJS.Timeout | undefined;
  private away: FigError | undefined;
  private closing = false;

  constructor(path: string, stateId: string, events: LinkEvents) {
    this.path = path;
    this.stateId = stateId;
    this.events = events;
  }

  /** Newest revision heard of. */
  get revision(): number {
    return this.knownHead?.revision ?? 0;
  }

  refuseClosed(): void {
    if (this.closing) throw closedError();
  }

  /** Opens the file; gives the id of the store found or made. */
  open(): Promise<string> {
    return new Promise((resolve, reject) => {
      this.start(
        () => resolve(this.stateId),
        (error) => {
          this.closing = true;
          reject(error);
        },
      );
    });
  }

  /** `again`: what to ask instead, once, if the worker dies before it answered. */
  call<Name extends CallName>(
    name: Name,
    takes: Calls[Name]["takes"],
    again?: Calls[Name]["takes"],
  ): Promise<Calls[Name]["gives"]> {
    if (this.closing) return Promise.reject(closedError());
    return this.send(name, takes, again);
  }

  /** Waits for the calls under way, then closes the file. Further calls are refused at once. */
  async close(): Promise<void> {
    if (this.closing) return;
    this.closing = true;
    clearTimeout(this.restart);
    const { worker } = this;
    if (worker === undefined) {
      this.rejectDoubtful(closedError());
      await this.starting?.terminate();
      return;
    }
    const ended = new Promise<void>((resolve) => worker.once("exit", () => resolve()));
    try {
      await this.send("close", undefined);
    } finally {
      worker.ref();
      await ended;
    }
  }

  private send<Name extends CallName>(
    name: Name,
    takes: Calls[Name]["takes"],
    again?: Calls[Name]["takes"],
  ): Promise<Calls[Name]["gives"]> {
    const { worker } = this;
    if (worker === undefined) return Promise.reject(this.away ?? this.diedError());
    const id = this.nextId++;
    return new Promise((resolve, reject) => {
      this.pending.set(id, {
        resolve: (gives) => resolve(gives as Calls[Name]["gives"]),
        reject,
        again: again === undefined ? undefined : { id, name, takes: again },
      });
      worker.ref();
      worker.postMessage({ id, name, takes } satisfies CallMessage);
    });
  }

  private start(ready: () => void, failed: (error: FigError) => void): void {
    const worker = new Worker(workerUrl(), {
      workerData: { path: this.path, stateId: this.stateId, known: this.knownHead },
      name: "fig-state",
    });
    this.starting = worker;
    let opened = false;
    let cause: unknown;
    worker.on("message", (message: WorkerMessage) => {
      if (message.type === "ready") {
        opened = true;
        this.opened(worker, message.stateId, message.head);
        ready();
      } else if (message.type === "failed") {
        cause = figErrorOf(message.error);
      } else this.hear(message);
    });
    worker.on("error", (error) => {
      cause = error;
    });
    worker.on("exit", () => {
      this.starting = undefined;
      if (opened) this.died(worker, cause);
      else failed(cause instanceof FigError ? cause : this.diedError(cause));
    });
  }

  private opened(worker: Worker, stateId: string, head: LedgerHead): void {
    this.stateId = stateId;
    this.knownHead = head;
    this.starting = undefined;
    this.worker = worker;
    this.restartMs = FIRST_RESTART_MS;
    for (const { again } of this.pending.values()) if (again !== undefined) worker.postMessage(again);
    if (this.pending.size === 0) worker.unref();
    this.reachable(undefined);
    this.events.head(head.revision);
  }

  private hear(message: WorkerMessage): void {
    if (message.type === "head") {
      this.knownHead = message.head;
      this.events.head(message.head.revision);
    } else if (message.type === "health") {
      this.reachable(message.error === undefined ? undefined : figErrorOf(message.error));
    } else if (message.type === "given" || message.type === "refused") {
      const pending = this.pending.get(message.id);
      this.pending.delete(message.id);
      if (this.pending.size === 0) this.worker?.unref();
      if (message.type === "given") pending?.resolve(message.gives);
      else pending?.reject(figErrorOf(message.error));
    }
  }

  private reachable(away: FigError | undefined): void {
    this.away = away;
    this.events.health(away === undefined);
  }

  private died(worker: Worker, cause: unknown): void {
    if (this.worker !== worker) return;
    this.worker = undefined;
    const error = this.diedError(cause);
    for (const [id, pending] of this.pending) {
      if (pending.again !== undefined && !this.closing) continue;
      this.pending.delete(id);
      pending.reject(error);
    }
    if (this.closing) return;
    this.reachable(error);
    this.restartSoon();
  }

  private restartSoon(): void {
    this.restart = setTimeout(() => {
      this.start(
        () => undefined,
        (error) => {
          this.away = error;
          this.rejectDoubtful(error);
          if (!this.closing) this.restartSoon();
        },
      );
    }, this.restartMs);
    // A doubtful append is waited for; else a process may end with its store away.
    if (this.pending.size === 0) this.restart.unref();
    this.restartMs = Math.min(LAST_RESTART_MS, this.restartMs * 2);
  }

  private rejectDoubtful(cause: FigError): void {
    for (const pending of this.pending.values()) {
      pending.reject(
        new FigError("store_unavailable", `the state store went away during a write: ${cause.message}`, {
          remedy: "Read the ledger when it is back: the entry may have been written.",
          cause,
        }),
      );
    }
    this.pending.clear();
  }

  private diedError(cause?: unknown): FigError {
    const why = cause instanceof Error ? `: ${cause.message}` : "";
    return new FigError("store_unavailable", `the thread that owns the state file ended${why}`, {
      remedy: "It is started again by itself; try again.",
      cause,
    });
  }
}
