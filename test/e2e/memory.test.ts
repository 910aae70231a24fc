import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { get } from "node:http";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { askAdmin, startFig } from "./fig-process.ts";
import { startHostileUpstream, TINY_CHUNKS } from "./support/hostile-upstream.ts";
import { until } from "./until.ts";

/** docs/reference/limits.md, Memory in all: of a door with a heap of 128 MiB. */
const HEAP_MIB = 128;
const MAX_RSS_MIB = 448;
const MIB = 1024 ** 2;
const MANY = 300;
/** PLENTY_BYTES, and what connections bring in short reads then: one under way and one that waits, framing and rounding up. */
const MAX_WAITING = 32 * MIB + MANY * 64 * 1024;
/** The kernel's buffers between a client and an upstream that does not read may take 4 MiB and more (tcp_wmem). */
const MORE_THAN_THE_KERNEL_TAKES = 6 * MIB;
const BODY = Buffer.alloc(MORE_THAN_THE_KERNEL_TAKES, "x");

const closing: (() => unknown)[] = [];
afterAll(async () => {
  for (const close of closing.reverse()) await close();
});

/** Listens and takes no connection: those past its queue are never made. */
async function startDeaf() {
  const program = `require("node:net").createServer().listen({ port: 0, host: "127.0.0.1", backlog: 1 }, function () {
    process.stdout.write(String(this.address().port), () => process.kill(process.pid, "SIGSTOP"));
  });`;
  const child = spawn(process.execPath, ["-e", program], { stdio: ["ignore", "pipe", "inherit"] });
  const close = () => child.kill("SIGKILL");
  closing.push(close);
  const [port] = await once(child.stdout, "data");
  return { url: `http://127.0.0.1:${port}`, close };
}

async function startDoor(lane: string) {
  const legacy = await startHostileUpstream("legacy");
  const modern = await startHostileUpstream("modern");
  const deaf = await startDeaf();
  const folder = mkdtempSync(join(tmpdir(), "fig-memory-"));
  for (const name of ["routes", "migrations"]) mkdirSync(join(folder, name));
  writeFileSync(
    join(folder, "fig.yaml"),
    `listen: 127.0.0.1:0\nadmin: 127.0.0.1:0\nstate: sqlite:state.db\nroutes: routes\nmigrations: migrations
default: legacy\nlane: ${lane}\nlimits: { body: 0 }
timeouts: { connect: 60s }
upstreams:\n  legacy: ${legacy.url}\n  modern: ${modern.url}\n  deaf: ${deaf.url}\n`,
  );
  const route = (id: string, to: string, more: string) =>
    `  - id: ${id}\n    match: { path: "/${id}/{what}" }\n    legacy: legacy\n    modern: ${to}\n    ${more}\n`;
  const shadow = "shadow: { timeout: 60s }";
  writeFileSync(
    join(folder, "routes/all.yaml"),
    `routes:\n${route("s", "modern", shadow)}${route("fall", "modern", "fallback: legacy")}${route("hung", "deaf", shadow)}`,
  );
  const fig = await startFig(join(folder, "fig.yaml"), {
    NODE_OPTIONS: `--max-old-space-size=${HEAP_MIB}`,
  });
  closing.push(async () => {
    await fig.stop();
    legacy.close();
    modern.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const { url, adminUrl } = fig.ready;
  const shift = (id: string, to: object) =>
    askAdmin(adminUrl, "POST", `/routes/${id}/shift`, { ...to, reason: "to be hurt" });
  await shift("s", { shadow: 100 });
  await shift("fall", { modern: 100 });
  await shift("hung", { modern: 100 });
  return { url, adminUrl, pid: fig.pid, legacy, modern, deaf };
}

type Door = Awaited<ReturnType<typeof startDoor>>;

async function metric(door: Door, name: string): Promise<number> {
  const text = await (await fetch(new URL("/metrics", door.adminUrl))).text();
  const lines = text.split("\n").filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`));
  return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" "))), 0);
}

const reaches = (door: Door, name: string, done: (value: number) => boolean) =>
  until(() => metric(door, name), done, 60_000);
const released = (door: Door, name: string) => reaches(door, name, (held) => held === 0);

/** Clients that send and, unless they are resumed, never read. */
function ask(door: Door, count: number, send: (socket: Socket, number: number) => void): Socket[] {
  const { hostname, port } = new URL(door.url);
  return Array.from({ length: count }, (_, number) => {
    const socket = connect(Number(port), hostname);
    socket.on("error", () => {});
    socket.pause();
    send(socket, number);
    closing.push(() => socket.destroy());
    return socket;
  });
}

/** Clients that read to the end. */
async function asked(door: Door, count: number, path: string, body?: Buffer): Promise<void> {
  const chunked = body === undefined ? "" : "Transfer-Encoding: chunked\r\n";
  const sockets = ask(door, count, (socket, number) => {
    socket.write(`GET ${path}-${number} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${chunked}\r\n`);
    if (body !== undefined) socket.write(body);
    socket.resume();
  });
  await Promise.all(sockets.map((socket) => once(socket, "close")));
}

const upload =
  (path: string, bytes: number, method = "POST") =>
  (socket: Socket) => {
    socket.write(`${method} ${path} HTTP/1.1\r\nHost: a\r\nContent-Length: ${bytes}\r\n\r\n`);
    socket.write(BODY.subarray(0, bytes));
  };

function hangUp(sockets: readonly Socket[]): void {
  for (const socket of sockets) socket.destroy();
}

/** What waits does not grow any more. */
async function settled(door: Door): Promise<number> {
  let last = -1;
  return reaches(door, "fig_waiting_bytes_held", (held) => {
    const same = held > 0 && held === last;
    last = held;
    return same;
  });
}

const HELD = "fig_shadow_bytes_held";
const WAITING = "fig_waiting_bytes_held";

/** What fills what stands behind every lane, the admin server and the comparisons: one lane's door shows it. */
const BEHIND_LANES: Readonly<Record<string, (door: Door) => Promise<unknown>>> = {
  async "event streams that nobody reads"(door) {
    for (let opened = 0; opened < 75; opened++) {
      const asking = get(new URL("/api/v1/events", door.adminUrl), { agent: false });
      asking.on("error", () => {});
      const [answer] = await once(asking, "response");
      expect(answer.statusCode).toBe(200);
      answer.pause();
      closing.push(() => asking.destroy());
    }
  },
  async "JSON that takes much memory when it is read"(door) {
    for (const kind of ["members", "objects", "few", "deep"]) await asked(door, 2, `/s/json-${kind}`);
    await released(door, HELD);
    expect(await metric(door, "fig_not_compared_total")).toBeGreaterThanOrEqual(6);
  },
  async "a flood of differences"(door) {
    let next = 0;
    const one = async () => {
      while (next < 250) await (await fetch(new URL(`/s/flood-${next++}`, door.url))).text();
    };
    await Promise.all(Array.from({ length: 8 }, one));
    await released(door, HELD);
    expect(await metric(door, "fig_mismatch_rows_folded_total")).toBeGreaterThan(20_000);
  },
};

/** Each with what it must move. */
const HOSTILE: Readonly<Record<string, (door: Door) => Promise<unknown>>> = {
  async "requests in a million chunks"(door) {
    await asked(door, 3, "/s/chunked", TINY_CHUNKS);
    await released(door, HELD);
  },
  async "modern's answers in a million chunks"(door) {
    await asked(door, 6, "/s/tiny");
    await released(door, HELD);
  },
  async "answers held back, at the bound of all shadows"(door) {
    await asked(door, 90, "/s/held");
    expect(await metric(door, "fig_shadow_reservations_refused_total")).toBeGreaterThan(0);
    expect(await metric(door, HELD)).toBeLessThanOrEqual(64 * MIB);
    door.modern.release();
    await released(door, HELD);
  },
  async "clients that read nothing"(door) {
    const readers = ask(door, MANY, (socket) => socket.write("GET /big HTTP/1.1\r\nHost: a\r\n\r\n"));
    expect(await settled(door)).toBeLessThan(MAX_WAITING);
    hangUp(readers);
    await released(door, WAITING);
  },
  async "uploads that nobody reads"(door) {
    ask(door, MANY, upload("/upload", MIB));
    ask(door, 20, upload("/upload", MORE_THAN_THE_KERNEL_TAKES));
    expect(await settled(door)).toBeLessThan(MAX_WAITING);
    // A client that is not read is not heard to leave.
    // On a busy machine some connect only now.
    await until(
      () => {
        door.legacy.hangUp();
        return metric(door, WAITING);
      },
      (held) => held === 0,
      60_000,
    );
  },
  async "bodies kept to fall back, and one that answers nothing"(door) {
    const clients = ask(door, MANY, upload("/fall/x", 256 * 1024, "GET"));
    await reaches(door, "fig_body_reservations_refused_total", (refused) => refused > 0);
    expect(await metric(door, "fig_body_bytes_held")).toBeLessThanOrEqual(64 * MIB);
    door.modern.hangUp();
    hangUp(clients);
    await released(door, "fig_body_bytes_held");
  },
  async "bodies for an upstream that takes no connection"(door) {
    const clients = ask(door, MANY, upload("/hung/x", MIB));
    expect(await settled(door)).toBeLessThan(MAX_WAITING);
    door.deaf.close();
    hangUp(clients);
    await released(door, WAITING);
  },
};

/** The kernel's high-water mark, which begins anew. */
function peakMib({ pid }: Door): number {
  const peak = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "latin1"))?.[1];
  writeFileSync(`/proc/${pid}/clear_refs`, "5");
  return Math.round(Number(peak) / 1024);
}

test.each(["auto", "node"])(
  "lane %s: with a heap of 128 MiB, nothing that clients and upstreams do takes more memory than is said",
  async (lane) => {
    const door = await startDoor(lane);
    const peaks: Record<string, number> = {};
    for (const [name, run] of Object.entries({ ...(lane === "auto" ? BEHIND_LANES : {}), ...HOSTILE })) {
      await run(door);
      expect((await fetch(new URL("/calm", door.url))).status, name).toBe(200);
      peaks[name] = peakMib(door);
    }
    const over = Object.entries(peaks).filter(([, peak]) => peak > MAX_RSS_MIB);
    expect(over, "MiB of RSS").toEqual([]);
  },
  180_000,
);
