// 1,000 shifts in 60 s over the admin API of a running front door, under load: no request may fail, and every answer must
// come from the side the hash says. Prints one JSON summary; exit 1 when anything failed.
// `npm run shift-storm -- [--shifts 1000] [--seconds 60] [--connections 64]`
import { spawnSync } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { wholeNumbers } from "./whole-numbers.mjs";

const { values } = parseArgs({
  options: {
    shifts: { type: "string", default: "1000" },
    seconds: { type: "string", default: "60" },
    connections: { type: "string", default: "64" },
  },
});
const { shifts, seconds, connections } = wholeNumbers("shift-storm", values);

const setup = fileURLToPath(new URL("setup.mjs", import.meta.url));
if (spawnSync(process.execPath, [setup], { stdio: "inherit" }).status !== 0) process.exit(1);
const support = new URL("../test/e2e/support/", import.meta.url);
const { SideLoad, Timeline } = await import(new URL("side-load.ts", support));
const { startSide, startSplitDoor } = await import(new URL("split-door.ts", support));

const legacy = await startSide("legacy");
const modern = await startSide("modern");
const door = await startSplitDoor(legacy, modern);
const timeline = new Timeline(0);
const load = new SideLoad({ url: door.url, path: "/storm", cohort: "shop", connections, timeline });

async function shift(percent) {
  const answer = await fetch(new URL("/api/v1/routes/shop/shift", door.adminUrl), {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ modern: percent, reason: "storm", by: "shift-storm" }),
  });
  const body = await answer.json();
  if (!answer.ok || !body.written)
    throw new Error(`shift to ${percent}: ${answer.status} ${JSON.stringify(body)}`);
}

const refused = [];
const latencies = [];
const began = performance.now();
let written = 0;
for (let i = 1; i <= shifts; i++) {
  await delay(Math.max(0, began + (i * seconds * 1000) / shifts - performance.now()));
  // Never the position it has; every hundredth of a percent may come up.
  const percent = ((i * 6180) % 10_001) / 100;
  const sent = performance.now();
  try {
    await timeline.during(percent, () => shift(percent));
    written++;
  } catch (error) {
    refused.push(String(error));
    break;
  }
  latencies.push(performance.now() - sent);
}
const took = (performance.now() - began) / 1000;
await load.stop();
await door.close();
legacy.close();
modern.close();

latencies.sort((a, b) => a - b);
const at = (share) => Number((latencies[Math.floor(latencies.length * share)] ?? 0).toFixed(2));
const summary = {
  shifts: written,
  seconds: Number(took.toFixed(2)),
  connections,
  requests: load.requests,
  requestsPerSecond: Math.round(load.requests / took),
  failed: load.failed,
  wrongSide: load.wrongSide,
  reconnects: load.connectionsOpened - connections,
  answers: load.answers,
  shiftMs: { p50: at(0.5), p99: at(0.99), max: at(0.999999) },
  node: process.version,
  failures: [...refused, ...load.failures],
};
process.stdout.write(`${JSON.stringify(summary, null, 2)}\n`);
const held = written === shifts && load.failed === 0 && took <= seconds * 1.05 && summary.reconnects === 0;
process.exit(held ? 0 : 1);
