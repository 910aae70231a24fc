/** A fuzz run: batch after batch through one front door in its own process, which is looked over after each. */
import { type ChildProcess, fork } from "node:child_process";
import { existsSync } from "node:fs";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { DoorOrder, DoorReply } from "./door-process.ts";
import { ChaosUpstream, chaosBatch } from "./fuzz-batch.ts";
import { Random } from "./random.ts";

export interface FuzzOptions {
  readonly seed: number;
  readonly minutes: number;
  /** Of one core, over both processes; 100 is no limit. */
  readonly cpuPercent: number;
  /** While this file exists the run waits, and the waiting does not count. */
  readonly pauseFile: string | undefined;
  /** Begins with this batch, to see one again. */
  readonly firstBatch: number;
  readonly lane: "auto" | "node";
  readonly onProgress: (record: FuzzRecord) => void;
}

export interface FuzzRecord {
  readonly seed: number;
  readonly lane: string;
  minutes: number;
  batches: number;
  clients: number;
  requests: number;
  fast: number;
  handovers: Readonly<Record<string, number>>;
  /** Of the front door's process, after a collection and with nothing open: after the tenth batch and at the end. */
  heapMiBEarly: number;
  heapMiB: number;
  rssMiBEarly: number;
  rssMiB: number;
  slowestProbeMs: number;
  failures: string[];
}

const CLIENTS = 300;
const TOGETHER = 60;
const PROBE_MS = 2000;
const EMPTY_MS = 30_000;
/** More than this over the early heap is a leak. */
const HEAP_GROWTH_BYTES = 24 * 1024 * 1024;
const MEBIBYTE = 1024 * 1024;

class DoorProcess {
  readonly process: ChildProcess;
  dead = false;
  lastWords = "";
  private nextId = 1;
  private readonly pending = new Map<number, (reply: DoorReply | undefined) => void>();

  constructor() {
    this.process = fork(fileURLToPath(new URL("door-process.ts", import.meta.url)), {
      execArgv: ["--disable-warning=ExperimentalWarning", "--expose-gc"],
      stdio: ["ignore", "ignore", "pipe", "ipc"],
      env: { ...process.env, NODE_OPTIONS: "" },
    });
    this.process.stderr?.on("data", (chunk: Buffer) => {
      this.lastWords = (this.lastWords + chunk.toString("latin1")).slice(-3000);
    });
    this.process.on("message", (reply: DoorReply) => this.pending.get(reply.id)?.(reply));
    this.process.on("exit", () => {
      this.dead = true;
      for (const resolve of this.pending.values()) resolve(undefined);
    });
  }

  /** Undefined: it is dead, or did not answer. */
  async order(op: DoorOrder["op"], config?: object): Promise<DoorReply | undefined> {
    if (this.dead) return undefined;
    const id = this.nextId++;
    const clock = new AbortController();
    const answered = new Promise<DoorReply | undefined>((resolve) => {
      this.pending.set(id, resolve);
      this.process.send({ id, op, ...(config === undefined ? {} : { config }) }, () => undefined);
    });
    const late = delay(10_000, undefined, { signal: clock.signal }).catch(() => undefined);
    const reply = await Promise.race([answered, late]);
    clock.abort();
    this.pending.delete(id);
    return reply;
  }
}

/** Answers every request with 200. */
class SteadyUpstream {
  private readonly sockets = new Set<Socket>();
  private readonly server = createServer((socket) => {
    this.sockets.add(socket);
    socket.on("close", () => this.sockets.delete(socket));
    socket.on("error", () => undefined);
    socket.on("data", () => socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"));
  });

  async listen(): Promise<number> {
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    return (this.server.address() as AddressInfo).port;
  }

  reset(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  close(): void {
    this.reset();
    this.server.close();
  }
}

function probe(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const began = performance.now();
    const socket = connect(port, "127.0.0.1");
    let text = "";
    const over = (ms: number | undefined) => {
      clearTimeout(clock);
      socket.destroy();
      resolve(ms);
    };
    const clock = setTimeout(() => over(undefined), PROBE_MS);
    socket.on("error", () => over(undefined));
    socket.on("data", (chunk: Buffer) => {
      text += chunk.toString("latin1");
      if (/^HTTP\/1\.1 200 .*ok$/s.test(text)) over(performance.now() - began);
    });
    socket.write("GET /probe HTTP/1.1\r\nHost: a.test\r\n\r\n");
  });
}

export async function fuzzLanes(options: FuzzOptions): Promise<FuzzRecord> {
  const record: FuzzRecord = {
    seed: options.seed,
    lane: options.lane,
    ...{ minutes: 0, batches: 0, clients: 0, requests: 0, fast: 0, handovers: {} },
    ...{ heapMiBEarly: 0, heapMiB: 0, rssMiBEarly: 0, rssMiB: 0, slowestProbeMs: 0, failures: [] },
  };
  const chaos = new ChaosUpstream(new Random(0));
  const steady = new SteadyUpstream();
  const config = {
    listen: "127.0.0.1:0",
    admin: "127.0.0.1:0",
    state: "memory:",
    lane: options.lane,
    default: "chaos",
    upstreams: {
      chaos: `http://127.0.0.1:${await chaos.listen()}`,
      steady: `http://127.0.0.1:${await steady.listen()}`,
    },
    routes: [{ id: "probe", match: { path: "/probe" }, legacy: "steady", modern: "steady" }],
    timeouts: {
      headers: "400ms",
      idle: "600ms",
      response: "300ms",
      bodyIdle: "300ms",
      connect: "1s",
      upgradeIdle: "400ms",
    },
  };
  let door = new DoorProcess();
  let port = (await door.order("open", config))?.port ?? 0;
  let cpuBefore = 0;
  let laneBefore = { fast: 0, handovers: {} as Readonly<Record<string, number>> };
  for (let batch = options.firstBatch; record.minutes < options.minutes; batch++) {
    while (options.pauseFile !== undefined && existsSync(options.pauseFile)) await delay(500);
    const began = performance.now();
    const ownCpu = process.cpuUsage();
    const random = new Random(options.seed * 1_000_003 + batch);
    chaos.random = random;
    record.requests += await chaosBatch(random, port, CLIENTS, TOGETHER);
    record.clients += CLIENTS;
    record.batches++;
    chaos.reset();
    const failed = (what: string) => record.failures.push(`batch ${batch}: ${what}`);
    const probeMs = await probe(port);
    if (probeMs === undefined) failed(`a probe got no answer within ${PROBE_MS} ms`);
    else record.slowestProbeMs = Math.max(record.slowestProbeMs, Math.round(probeMs));
    steady.reset();
    const look = await emptied(door, failed);
    if (look !== undefined) {
      record.fast = laneBefore.fast + (look.fast ?? 0);
      record.handovers = summed(laneBefore.handovers, look.handovers ?? {});
      record.heapMiB = (look.heapBytes ?? 0) / MEBIBYTE;
      record.rssMiB = (look.rssBytes ?? 0) / MEBIBYTE;
      if (record.heapMiBEarly === 0 && record.batches >= 10) {
        record.heapMiBEarly = record.heapMiB;
        record.rssMiBEarly = record.rssMiB;
      }
      if (record.heapMiBEarly > 0 && record.heapMiB - record.heapMiBEarly > HEAP_GROWTH_BYTES / MEBIBYTE)
        failed(`the heap grew from ${record.heapMiBEarly.toFixed(1)} to ${record.heapMiB.toFixed(1)} MiB`);
    }
    if (look === undefined || probeMs === undefined) {
      // Another door, so that one failure does not hide the next.
      door.process.kill("SIGKILL");
      laneBefore = { fast: record.fast, handovers: record.handovers };
      door = new DoorProcess();
      port = (await door.order("open", config))?.port ?? 0;
      cpuBefore = 0;
    }
    const { user, system } = process.cpuUsage(ownCpu);
    const cpuMs = (user + system + Math.max(0, (look?.cpuMicros ?? 0) - cpuBefore)) / 1000;
    cpuBefore = look?.cpuMicros ?? 0;
    const dueMs = options.cpuPercent >= 100 ? 0 : (cpuMs * 100) / options.cpuPercent;
    await delay(Math.max(0, dueMs - (performance.now() - began)));
    record.minutes += (performance.now() - began) / 60_000;
    options.onProgress(record);
    if (record.failures.length >= 20) break;
  }
  door.process.kill("SIGKILL");
  chaos.close();
  steady.close();
  return record;
}

/** Waits until the door holds nothing; undefined: it is dead. */
async function emptied(door: DoorProcess, failed: (what: string) => void): Promise<DoorReply | undefined> {
  const until = performance.now() + EMPTY_MS;
  for (;;) {
    const look = await door.order("look");
    if (look === undefined) {
      failed(
        door.dead
          ? `the front door died: ${summary(door.lastWords)}`
          : "the front door's process does not answer",
      );
      return undefined;
    }
    const { connections, active, inflight, sockets } = look;
    if (connections === 0 && active === 0 && inflight === 0 && sockets === 0) return look;
    if (performance.now() > until) {
      failed(`left behind: ${JSON.stringify({ connections, active, inflight, sockets })}`);
      return undefined;
    }
    await delay(20);
  }
}

/** The error's line and the first frames of ours. */
function summary(words: string): string {
  const lines = words.split("\n").map((line) => line.trim());
  const error = lines.find((line) => /^\w*Error\b/.test(line)) ?? lines.at(-1) ?? "";
  const frames = lines.filter((line) => line.startsWith("at ")).slice(0, 5);
  return [error, ...frames.map((frame) => frame.replace(/\(?file:.*\/src\//, "(src/"))].join(" ");
}

function summed(
  one: Readonly<Record<string, number>>,
  other: Readonly<Record<string, number>>,
): Readonly<Record<string, number>> {
  const sum: Record<string, number> = { ...one };
  for (const [name, count] of Object.entries(other)) sum[name] = (sum[name] ?? 0) + count;
  return sum;
}
