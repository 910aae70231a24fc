import { Worker } from "node:worker_threads";
import { FigError } from "../domain/errors.ts";
import { closedError } from "./closed-error.ts";
import type { LedgerHead, StoredError, WorkerMessage, WorkerSettings } from "./sqlite-protocol.ts";
import type { CallMessage, Calls } from "./sqlite-session.ts";

const FIRST_RESTART_MS = 100;
const LAST_RESTART_MS = 5_000;

/** The way to a session. `again`: what to ask instead, once, if its thread dies before it answered. */
export interface SqliteLink {
  /** Newest revision heard of. */
  revision(): number;
  refuseClosed(): void;
  call<Name extends keyof Calls>(
    name: Name,
    takes: Parameters<Calls[Name]>[0],
    again?: Parameters<Calls[Name]>[0],
  ): Promise<ReturnType<Calls[Name]>>;
  /** Waits for the calls under way, then closes the file. Further calls are refused at once. */
  close(): Promise<void>;
}

export interface LinkEvents {
  head(revision: number): void;
  health(reachable: boolean): void;
}

/** Settled by what the worker answers; typed by `call`, the one place that knows which call it is. */
interface Pending {
  readonly resolve: (gives: unknown) => void;
  readonly reject: (error: FigError) => void;
  /** What to send once more when the worker dies before it answered; undefined: the call fails then. */
  readonly again: CallMessage | undefined;
}

function figErrorOf({ code, message, remedy }: StoredError): FigError {
  return new FigError(code, message, remedy === undefined ? {} : { remedy });
}

function diedError(cause?: unknown): FigError {
  const why = cause instanceof Error ? `: ${cause.message}` : "";
  return new FigError("store_unavailable", `the thread that owns the state file ended${why}`, {
    remedy: "It is started again by itself; try again.",
    cause,
  });
}

/** Sources run as .ts, the build as .js: the worker's file has the ending this one has. */
function workerUrl(): URL {
  const ending = import.meta.url.endsWith(".ts") ? "ts" : "js";
  return new URL(`./sqlite-worker.${ending}`, import.meta.url);
}

export interface OpenLink {
  /** Of the store found or made; empty while it could never be opened. */
  readonly stateId: string;
  readonly link: SqliteLink;
}

/**
 * Opens the state file in a worker thread of its own: calls by number, starting the thread again when it dies. Keeps the
 * process alive only while a call is under way. `away`: a file that cannot be opened is tried again, and none is made.
 */
export function openLink(
  path: string,
  newId: string,
  events: LinkEvents,
  may: { readonly away: boolean } = { away: false },
): Promise<OpenLink> {
  const pending = new Map<number, Pending>();
  let worker: Worker | undefined;
  /** Started again, not ready yet. */
  let starting: Worker | undefined;
  let known: LedgerHead | undefined;
  let stateId = newId;
  let everOpened = false;
  let nextId = 1;
  let restartMs = FIRST_RESTART_MS;
  let restart: NodeJS.Timeout | undefined;
  let away: FigError | undefined;
  let closing = false;

  function reachable(error: FigError | undefined): void {
    away = error;
    events.health(error === undefined);
  }

  function send(name: CallMessage["name"], takes: unknown, again?: unknown): Promise<unknown> {
    const to = worker;
    if (to === undefined) return Promise.reject(away ?? diedError());
    const id = nextId++;
    return new Promise((resolve, reject) => {
      pending.set(id, {
        resolve,
        reject,
        again: again === undefined ? undefined : { id, name, takes: again },
      });
      to.ref();
      to.postMessage({ id, name, takes } satisfies CallMessage);
    });
  }

  function hear(message: WorkerMessage): void {
    if (message.type === "head") {
      known = message.head;
      events.head(message.head.revision);
    } else if (message.type === "health") {
      reachable(message.error === undefined ? undefined : figErrorOf(message.error));
    } else if (message.type === "given" || message.type === "refused") {
      const call = pending.get(message.id);
      pending.delete(message.id);
      if (pending.size === 0) worker?.unref();
      if (message.type === "given") call?.resolve(message.gives);
      else call?.reject(figErrorOf(message.error));
    }
  }

  function start(ready: () => void, failed: (error: FigError) => void): void {
    const settings: WorkerSettings = { path, stateId, known, create: !may.away };
    const started = new Worker(workerUrl(), { workerData: settings, name: "fig-state" });
    starting = started;
    let opened = false;
    let cause: unknown;
    started.on("message", (message: WorkerMessage) => {
      if (message.type === "ready") {
        opened = true;
        everOpened = true;
        ({ stateId, head: known } = message);
        starting = undefined;
        worker = started;
        restartMs = FIRST_RESTART_MS;
        for (const { again } of pending.values()) if (again !== undefined) started.postMessage(again);
        if (pending.size === 0) started.unref();
        reachable(undefined);
        events.head(known.revision);
        ready();
      } else if (message.type === "failed") {
        cause = figErrorOf(message.error);
      } else hear(message);
    });
    started.on("error", (error) => {
      cause = error;
    });
    started.on("exit", () => {
      starting = undefined;
      if (opened) died(started, cause);
      else failed(cause instanceof FigError ? cause : diedError(cause));
    });
  }

  function died(which: Worker, cause: unknown): void {
    if (worker !== which) return;
    worker = undefined;
    const error = diedError(cause);
    for (const [id, call] of pending) {
      if (call.again !== undefined && !closing) continue;
      pending.delete(id);
      call.reject(error);
    }
    if (closing) return;
    reachable(error);
    restartSoon();
  }

  function restartSoon(): void {
    restart = setTimeout(() => {
      start(
        () => undefined,
        (error) => {
          away = error;
          rejectDoubtful(error);
          if (!closing) restartSoon();
        },
      );
    }, restartMs);
    // A doubtful append is waited for; else a process may end with its store away.
    if (pending.size === 0) restart.unref();
    restartMs = Math.min(LAST_RESTART_MS, restartMs * 2);
  }

  function rejectDoubtful(cause: FigError): void {
    for (const { reject } of pending.values()) {
      reject(
        new FigError("store_unavailable", `the state store went away during a write: ${cause.message}`, {
          remedy: "Read the ledger when it is back: the entry may have been written.",
          cause,
        }),
      );
    }
    pending.clear();
  }

  const link: SqliteLink = {
    revision: () => known?.revision ?? 0,
    refuseClosed() {
      if (closing) throw closedError();
    },
    async call<Name extends keyof Calls>(
      name: Name,
      takes: Parameters<Calls[Name]>[0],
      again?: Parameters<Calls[Name]>[0],
    ) {
      link.refuseClosed();
      return (await send(name, takes, again)) as ReturnType<Calls[Name]>;
    },
    async close() {
      if (closing) return;
      closing = true;
      clearTimeout(restart);
      const last = worker;
      if (last === undefined) {
        rejectDoubtful(closedError());
        await starting?.terminate();
        return;
      }
      const ended = new Promise<void>((resolve) => last.once("exit", () => resolve()));
      try {
        await send("close", undefined);
      } finally {
        last.ref();
        await ended;
      }
    },
  };
  const opened: OpenLink = {
    get stateId() {
      return everOpened ? stateId : "";
    },
    link,
  };
  return new Promise((resolve, reject) => {
    start(
      () => resolve(opened),
      (error) => {
        if (may.away) {
          reachable(error);
          restartSoon();
          resolve(opened);
          return;
        }
        closing = true;
        reject(error);
      },
    );
  });
}
