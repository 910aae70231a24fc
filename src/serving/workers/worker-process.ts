import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { BoundSocket } from "../../lanes/contract.ts";
import type { Channel } from "../channel/messages.ts";
import { NearEnd } from "../channel/near.ts";
import type { ServingEvents } from "../contract.ts";
import { WorkerBook } from "./books.ts";
import type { WorkerGauges } from "./gauges.ts";
import type { Hello, SocketMessage } from "./hello.ts";
import { nodeOptions } from "./node-options.ts";

/** Its name is that of the entry in scripts/bundle-into.mjs. */
const ENTRY = new URL(
  import.meta.url.endsWith(".ts") ? "./serving-worker.ts" : "./serving-worker.js",
  import.meta.url,
);
const END_MS = 2000;

/** False where a program holds the library in a bundle of its own: its files are not there. */
export function canStartWorkers(): boolean {
  return existsSync(ENTRY);
}

/** Why an order was not answered: the worker is no more. */
export class WorkerEnded extends Error {}

export function unlessEnded(error: unknown): undefined {
  if (error instanceof WorkerEnded) return undefined;
  throw error;
}

type Ending = "signal" | "error" | "hung";

/** One process that serves. */
export class WorkerProcess {
  readonly near: NearEnd;
  readonly book = new WorkerBook();
  gauges: WorkerGauges | undefined;
  /** What is in force in others is so in this one. */
  ready = false;
  /** It was told to listen; before, it counts nothing. */
  told = false;
  /** It listens. Since when, in micros. */
  servingSince: number | undefined;
  /** When it was last asked what it counted, or told to listen, in micros. */
  countedAt: number | undefined;
  /** Set before anybody hears of it. */
  ended: { readonly why: Ending; readonly words: string } | undefined;
  /** Messages that came from it. */
  heard = 0;
  /** Counts are asked for one at a time. */
  pulling: Promise<void> = Promise.resolve();
  private readonly child: ChildProcess;
  private readonly exited: Promise<void>;
  private hung = false;

  constructor(hello: Hello, events: ServingEvents, onEnded: (worker: WorkerProcess) => void) {
    // Lines of the access log go where this process's go.
    const options = nodeOptions(process.execArgv, process.env.NODE_OPTIONS);
    const child = spawn(process.execPath, [...options, fileURLToPath(ENTRY)], {
      stdio: ["ignore", "inherit", "inherit", "ipc"],
      serialization: "advanced",
    });
    this.child = child;
    this.exited = new Promise((resolve) => {
      const end = (words: string, why: Ending) => {
        if (this.ended !== undefined) return;
        this.ended = { why: this.hung ? "hung" : why, words };
        this.near.broken(new WorkerEnded(words));
        resolve();
        onEnded(this);
      };
      child.on("exit", (code, signal) =>
        end(signal === null ? `exit code ${code}` : signal, signal === null ? "error" : "signal"),
      );
      child.on("error", (error) => {
        if (child.pid === undefined) end(error.message, "error");
      });
    });
    this.near = new NearEnd(this.channel(), events);
    this.send(hello);
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  give(socket: BoundSocket): void {
    this.send({ kind: "socket" } satisfies SocketMessage, socket);
  }

  /** It answers nothing any more. */
  killHung(): void {
    this.hung = true;
    this.child.kill("SIGKILL");
  }

  kill(): void {
    this.child.kill("SIGKILL");
  }

  /** Its channel ends, and it with that. */
  async end(): Promise<void> {
    if (this.ended !== undefined) return;
    if (this.child.connected) this.child.disconnect();
    const timer = setTimeout(() => this.child.kill("SIGKILL"), END_MS);
    await this.exited;
    clearTimeout(timer);
  }

  private channel(): Channel {
    return {
      post: (message) => this.send(message),
      onMessage: (listener) => {
        this.child.on("message", (message) => {
          this.heard++;
          // Of a process that is no more, what was still on its way comes late.
          if (this.ended === undefined) listener(message);
        });
      },
    };
  }

  /** A channel that is just ending takes nothing: `exit` follows. */
  private send(message: unknown, socket?: BoundSocket): void {
    if (!this.child.connected) return;
    this.child.send(message as object, socket as never, undefined, () => {});
  }
}
