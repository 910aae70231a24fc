import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type FigReady, type ReadyProcess, startFig } from "../fig-process.ts";
import { KeepAliveClient } from "../keep-alive-client.ts";
import { type SideUpstream, startSide } from "./split-door.ts";

export interface SuccessorOptions {
  readonly turns: number;
  /** Clients that keep one connection each. */
  readonly keepAlive: number;
  /** Clients that connect anew for every request. */
  readonly fresh: number;
  readonly lane: "auto" | "node";
  readonly workers: number;
}

export interface SuccessorResult {
  readonly turns: number;
  readonly requests: number;
  readonly freshConnections: number;
  readonly failed: number;
  /** Requests that took longer than SLOW_MS, and the longest: a connection may have to be asked for twice. */
  readonly slow: number;
  readonly longestMs: number;
  /** The first failures in words. */
  readonly failures: readonly string[];
  readonly exitCodes: readonly (number | null)[];
  /** From SIGTERM to the exit, the longest. */
  readonly longestDrainMs: number;
}

const ANSWER = "legacy";
/** Longer than a turn of work on two busy cores takes, shorter than the kernel waits to send anew. */
const SLOW_MS = 180;

/** A port that is free on loopback now. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** One GET on a connection of its own; gives the answer's body, or fails. */
function askOnce(port: number, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: "127.0.0.1" });
    let text = "";
    socket.setEncoding("latin1");
    socket.once("connect", () =>
      socket.write(`GET ${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`),
    );
    socket.on("data", (chunk) => {
      text += chunk;
    });
    socket.once("error", (error) => reject(new Error(`${error.message} after ${text.length} bytes`)));
    socket.once("end", () => {
      socket.destroy();
      const [head, body] = text.split("\r\n\r\n");
      if (head?.startsWith("HTTP/1.1 200 ") && body !== undefined) resolve(body);
      else reject(new Error(`the answer was ${JSON.stringify(text.slice(0, 80))}`));
    });
  });
}

class Load {
  requests = 0;
  freshConnections = 0;
  failed = 0;
  slow = 0;
  longestMs = 0;
  readonly failures: string[] = [];
  private readonly loops: Promise<void>[] = [];
  private readonly clients: KeepAliveClient[] = [];
  private stopped = false;

  constructor(port: number, { keepAlive, fresh }: SuccessorOptions) {
    for (let i = 0; i < keepAlive; i++) {
      const client = new KeepAliveClient(`http://127.0.0.1:${port}`);
      this.clients.push(client);
      this.loops.push(this.loop("kept", async () => (await client.ask("POST", "/kept", {}, "body")).body));
    }
    for (let i = 0; i < fresh; i++) {
      this.loops.push(
        this.loop("fresh", () => {
          this.freshConnections++;
          return askOnce(port, "/fresh");
        }),
      );
    }
  }

  /** Resolves once so many more requests are answered. */
  async more(requests: number): Promise<void> {
    const goal = this.requests + requests;
    while (this.requests < goal) await new Promise((resolve) => setImmediate(resolve));
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await Promise.all(this.loops);
    for (const client of this.clients) client.close();
  }

  private async loop(kind: string, ask: () => Promise<string>): Promise<void> {
    while (!this.stopped) {
      const began = performance.now();
      try {
        const body = await ask();
        if (body !== ANSWER) throw new Error(`the body was ${JSON.stringify(body.slice(0, 80))}`);
      } catch (error) {
        this.failed++;
        if (this.failures.length < 10) this.failures.push(`${kind}: ${String(error)}`);
      }
      this.requests++;
      const took = performance.now() - began;
      if (took > SLOW_MS) this.slow++;
      this.longestMs = Math.max(this.longestMs, took);
    }
  }
}

/**
 * `turns` times, under load that never pauses: a successor starts on the same addresses, then the front door before it gets
 * SIGTERM and drains. Every request has to be answered whole, by one or the other.
 */
export async function runSuccessors(options: SuccessorOptions): Promise<SuccessorResult> {
  const folder = mkdtempSync(join(tmpdir(), "fig-successor-"));
  const legacy: SideUpstream = await startSide(ANSWER);
  const [port, admin] = [await freePort(), await freePort()];
  writeFileSync(
    join(folder, "fig.yaml"),
    `listen: 127.0.0.1:${port}
admin: 127.0.0.1:${admin}
reusePort: true
lane: ${options.lane}
workers: ${options.workers}
state: sqlite:state.db
default: legacy
drain: { deadline: 10s }
upstreams: { legacy: "${legacy.url}" }
`,
  );
  const config = join(folder, "fig.yaml");
  let door: ReadyProcess<FigReady> = await startFig(config);
  const load = new Load(port, options);
  const exitCodes: (number | null)[] = [];
  let longestDrainMs = 0;
  try {
    for (let turn = 0; turn < options.turns; turn++) {
      const successor = await startFig(config);
      // Both are at work.
      await load.more(2 * (options.keepAlive + options.fresh));
      const began = performance.now();
      exitCodes.push(await door.stop());
      longestDrainMs = Math.max(longestDrainMs, performance.now() - began);
      door = successor;
    }
    await load.more(options.keepAlive + options.fresh);
  } finally {
    await load.stop();
    await door.stop();
    legacy.close();
    rmSync(folder, { recursive: true, force: true });
  }
  const { requests, freshConnections, failed, failures, slow, longestMs } = load;
  return {
    turns: options.turns,
    requests,
    freshConnections,
    failed,
    failures,
    slow,
    longestMs: Math.round(longestMs),
    exitCodes,
    longestDrainMs: Math.round(longestDrainMs),
  };
}
