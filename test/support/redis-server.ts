import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { freePort } from "./free-port.ts";

/** Debian's place. */
export const REDIS = "/usr/bin/redis-server";
export const INSTALL_REDIS = "apt-get install -y redis-server";

export interface RedisOptions {
  /** Options as on redis-server's command line, without the dashes: `requirepass` to its value. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Every write is synced before it is acknowledged. Default: nothing is written to disk. */
  readonly durable?: boolean;
  /** Listens with TLS only; the settings name the files. */
  readonly tls?: boolean;
}

/** A redis-server on a free loopback port, in a folder of its own. Stopped and started it has the same port and folder. */
export class RedisServer {
  readonly port: number;
  readonly url: string;
  private readonly folder = mkdtempSync(join(tmpdir(), "fig-redis-"));
  private readonly options: RedisOptions;
  private child: ChildProcess | undefined;
  private said = "";

  private constructor(port: number, options: RedisOptions) {
    this.port = port;
    this.options = options;
    this.url = `${options.tls ? "rediss" : "redis"}://127.0.0.1:${port}/0`;
  }

  static async start(options: RedisOptions = {}): Promise<RedisServer> {
    const server = new RedisServer(await freePort(), options);
    await server.start();
    return server;
  }

  async start(): Promise<void> {
    const { durable = false, tls = false, settings = {} } = this.options;
    const all = {
      bind: "127.0.0.1",
      ...(tls ? { port: "0", "tls-port": String(this.port) } : { port: String(this.port) }),
      dir: this.folder,
      save: "",
      ...(durable ? { appendonly: "yes", appendfsync: "always" } : {}),
      ...settings,
    };
    const args = Object.entries(all).flatMap(([name, value]) => [`--${name}`, value]);
    const child = spawn(REDIS, args, { stdio: ["ignore", "pipe", "pipe"] });
    const hear = (chunk: Buffer) => {
      this.said = (this.said + chunk.toString()).slice(-4_000);
    };
    child.stdout.on("data", hear);
    child.stderr.on("data", hear);
    this.child = child;
    for (let i = 0; i < 400 && child.exitCode === null; i++) {
      if (this.said.includes("Ready to accept connections") && (await this.answers())) return;
      await delay(10);
    }
    throw new Error(`redis-server did not start: ${this.said}`);
  }

  /** Takes it away as `signal` does, and waits until it is gone. */
  async stop(signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
    const { child } = this;
    this.child = undefined;
    this.said = "";
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, "exit");
    child.kill(signal);
    // A stopped process takes no other signal before it goes on.
    if (signal !== "SIGKILL") child.kill("SIGCONT");
    await exited;
  }

  /** Neither answers nor goes away, until `resume`. */
  freeze(): void {
    this.child?.kill("SIGSTOP");
  }

  resume(): void {
    this.child?.kill("SIGCONT");
  }

  async remove(): Promise<void> {
    await this.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async answers(): Promise<boolean> {
    const socket = connect(this.port, "127.0.0.1");
    const open = await once(socket, "connect").then(
      () => true,
      () => false,
    );
    socket.destroy();
    return open;
  }
}
