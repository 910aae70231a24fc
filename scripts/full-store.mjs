// What a long migration costs: fills a state file (2,000 routes, 100,000 ledger entries, 30 days of rollups), starts a front
// door on it and says how long its start, its first view and what pages ask for take.
// With a folder as the argument the files stay there, to be looked at with `fig serve`.
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { FrontDoor } from "../src/front-door/front-door.ts";
import { FULL, fillStore, routeName, routesYaml } from "../test/support/full-store.ts";

const given = process.argv[2];
const folder = given === undefined ? mkdtempSync(join(tmpdir(), "fig-full-")) : resolve(given);
const file = join(folder, "state.db");
const config = join(folder, "fig.yaml");

async function timed(name, work) {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const start = performance.now();
  const result = await work();
  const took = Math.round(performance.now() - start);
  delay.disable();
  // The longest that clients of the front door would have waited for their turn.
  const held = Math.round(delay.max / 1e6);
  process.stdout.write(`${name.padEnd(62)} ${String(took).padStart(6)} ms, held up at most ${held} ms\n`);
  return result;
}

writeFileSync(join(folder, "routes.yaml"), routesYaml(FULL));
writeFileSync(
  config,
  [
    "listen: 127.0.0.1:0",
    "admin: 127.0.0.1:0",
    `state: sqlite:${file}`,
    "routes: routes.yaml",
    "default: legacy",
    "upstreams: { legacy: 'http://127.0.0.1:1', modern: 'http://127.0.0.1:2' }",
    "",
  ].join("\n"),
);
await timed("filling", () => fillStore(file, FULL));
process.stdout.write(`${"state file".padEnd(58)} ${Math.round(statSync(file).size / 2 ** 20)} MiB\n`);
const door = new FrontDoor(config, { quiet: true });
try {
  const { adminUrl } = await timed("front door: from nothing to listening", () => door.listen());
  const get = (path) =>
    timed(`GET ${path.replace(/\d{13}/g, "…")}`, async () => {
      const response = await fetch(`${adminUrl}/api/v1${path}`);
      if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
      return response.text();
    });
  const day = 24 * 3_600_000;
  const paths = [
    "/overview",
    "/routes?limit=50",
    "/overview",
    "/routes?limit=50&sort=mismatchRate&order=desc",
    `/routes/${routeName(7)}`,
    `/series?route=${routeName(7)}`,
    `/series?route=${routeName(7)}&from=${Date.now() - 30 * day}`,
    `/series?from=${Date.now() - day}`,
    `/routes/${routeName(7)}/latencies`,
    "/ledger?order=newest&limit=200",
    `/ledger?order=newest&limit=200&from=${Date.now() - 20 * day}&to=${Date.now() - 19 * day}`,
    `/ledger?order=newest&limit=200&route=${routeName(7)}`,
    "/ledger?order=newest&limit=50&by=person-3&query=step%2099",
    "/mismatches",
    "/migrations",
  ];
  for (const path of paths) await get(path);
} finally {
  await door.close();
  if (given === undefined) rmSync(folder, { recursive: true });
}
