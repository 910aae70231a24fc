// Many open WebSockets of one API on one front door: what each costs in memory, messages to an HTTP upstream beside a server of `ws`
// alone, a shift in between that may move no open connection, and a drain that has to close each and tell its side. Prints one JSON
// summary; exit 1 when anything of that did not hold.
// `npm run websockets -- [--connections 10000] [--rate 1000] [--seconds 20]`
import { fork, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { wholeNumbers } from "./whole-numbers.mjs";

const { values } = parseArgs({
  options: {
    connections: { type: "string", default: "10000" },
    rate: { type: "string", default: "1000" },
    seconds: { type: "string", default: "20" },
  },
});
const { connections, rate, seconds } = wholeNumbers("websockets", values, 1);
const ROOT = fileURLToPath(new URL("..", import.meta.url));
const SETTLE_MS = 2_000;
const folder = mkdtempSync(join(tmpdir(), "fig-websockets-"));
const children = [];

async function started(file, ...args) {
  const child = fork(join(ROOT, "scripts/websockets", file), args);
  children.push(child);
  const [said] = await once(child, "message");
  return {
    ...said,
    ask: async (question = {}) => {
      child.send(question);
      return (await once(child, "message"))[0];
    },
  };
}

/** Bytes of memory that a process has of its own. */
function rssOf(pid) {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)[1]) * 1024;
}

async function startFig(legacy, modern) {
  mkdirSync(join(folder, "routes"));
  writeFileSync(
    join(folder, "fig.yaml"),
    `listen: 127.0.0.1:0\nadmin: 127.0.0.1:0\nstate: "memory:"\nworkers: 1\nupstreams: { legacy: "${legacy}", modern: "${modern}" }\n`,
  );
  writeFileSync(
    join(folder, "routes/many.yaml"),
    `websockets:
  - id: many
    path: /many
    limits: { connections: ${connections} }
    routes:
      $disconnect: { legacy: legacy, modern: modern }
      ask: { legacy: legacy, modern: modern, respond: true }
`,
  );
  const child = spawn(process.execPath, [join(ROOT, "bin/fig"), "serve", "-c", join(folder, "fig.yaml")], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  children.push(child);
  for await (const line of createInterface({ input: child.stdout }))
    if (line.includes('"ready":true')) {
      child.stdout.resume();
      return { child, ...JSON.parse(line) };
    }
  throw new Error("fig did not start");
}

/** Opens connections to a server, and sends messages over them. */
async function measured(url, pid, between) {
  const clients = await started("clients.mjs");
  await delay(SETTLE_MS);
  const before = rssOf(pid);
  await clients.ask({ command: "open", url, count: connections });
  await delay(SETTLE_MS);
  const bytesEach = Math.round((rssOf(pid) - before) / connections);
  const first = await clients.ask({ command: "load", perSecond: rate, seconds });
  const more = between === undefined ? undefined : await between(clients);
  return { clients, figures: { bytesEach, ...first, ...more } };
}

async function run() {
  const legacy = await started("side.mjs", "legacy");
  const modern = await started("side.mjs", "modern");
  const plain = await started("plain.mjs", legacy.url);
  const beside = await measured(plain.url, plain.pid);
  const fig = await startFig(legacy.url, modern.url);
  const ours = await measured(`${fig.url.replace("http", "ws")}/many`, fig.pid, async (clients) => {
    const shift = await fetch(`${fig.adminUrl}/api/v1/routes/many.ask/shift`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ modern: 100, reason: "half way", force: true }),
    });
    const shifted = await clients.ask({ command: "load", perSecond: rate, seconds });
    const { sides } = await clients.ask({ command: "sides" });
    return { shift: shift.status, shifted, sides };
  });
  const began = performance.now();
  fig.child.kill("SIGTERM");
  const [exitCode] = await once(fig.child, "exit");
  const drainMs = Math.round(performance.now() - began);
  const { codes } = await ours.clients.ask({ command: "ended", patienceMs: 10_000 });
  const { disconnects } = await legacy.ask();
  return { ours: ours.figures, beside: beside.figures, drain: { exitCode, drainMs, codes, disconnects } };
}

try {
  const result = await run();
  const { ours, drain } = result;
  const wrong = [
    ...(ours.answered === ours.asked && ours.shifted.answered === ours.shifted.asked
      ? []
      : ["unanswered messages"]),
    ...(ours.shift === 200 ? [] : ["the shift was refused"]),
    // All were open before it.
    ...(Object.keys(ours.sides).every((sides) => sides === "legacy" || sides === "")
      ? []
      : ["connections moved"]),
    ...(drain.codes[1001] === connections ? [] : ["connections that were not closed with 1001"]),
    ...(drain.disconnects === connections ? [] : ["ends that no side was told"]),
    ...(drain.exitCode === 0 ? [] : ["the front door did not end in order"]),
  ];
  process.stdout.write(
    `${JSON.stringify({ connections, rate, seconds, ...result, wrong, node: process.version }, null, 2)}\n`,
  );
  process.exitCode = wrong.length === 0 ? 0 : 1;
} finally {
  for (const child of children) {
    if (child.connected) child.disconnect();
    else if (child.exitCode === null) child.kill("SIGTERM");
  }
  rmSync(folder, { recursive: true, force: true });
}
