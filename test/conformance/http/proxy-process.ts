import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { ProxyKind } from "./contract.ts";
import type { Order, Reply } from "./proxies/child.ts";

/** A child process that runs one proxy at a time, see proxies/child.ts. */
export class ProxyProcess {
  private readonly process: ChildProcess;
  private readonly pending = new Map<number, (reply: Reply) => void>();
  private nextId = 1;
  private lastWords = "";
  /** Resolves with why, when the process ends by itself. */
  readonly crashed: Promise<string>;
  dead = false;

  constructor({ module, env }: Pick<ProxyKind, "module" | "env">) {
    this.process = fork(fileURLToPath(module), {
      execArgv: ["--disable-warning=ExperimentalWarning"],
      stdio: ["ignore", "ignore", "pipe", "ipc"],
      env: { ...process.env, NODE_OPTIONS: "", ...env },
    });
    this.process.stderr?.on("data", (chunk: Buffer) => {
      this.lastWords = (this.lastWords + chunk.toString("latin1")).slice(-4000);
    });
    this.process.on("message", (reply: Reply) => this.pending.get(reply.id)?.(reply));
    this.crashed = once(this.process, "exit").then(() => {
      this.dead = true;
      return /^\w*Error.*$/m.exec(this.lastWords)?.[0] ?? this.lastWords.trim().split("\n").at(-1) ?? "";
    });
  }

  async order(order: Omit<Extract<Order, { op: "open" }>, "id"> | { op: "drain" | "close" }): Promise<Reply> {
    const id = this.nextId++;
    const answered = new Promise<Reply>((resolve) => this.pending.set(id, resolve));
    this.process.send({ ...order, id } as Order, () => undefined);
    const reply = await Promise.race([answered, this.crashed.then((error): Reply => ({ id, error }))]);
    this.pending.delete(id);
    return reply;
  }

  kill(): void {
    this.process.kill("SIGKILL");
  }
}
