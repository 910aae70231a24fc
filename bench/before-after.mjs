// What a change costs: two checkouts of fig, or one with two configurations, under the load of `pass-through` in interleaved pairs.
//   npm run bench:before-after -- --against PATH [--pairs 15] [--seconds 3] [--warmup 3] [--json]
//     [--listening] [--config FILE] [--against-config FILE] [--env NAME=VALUE ...] [--against-env NAME=VALUE ...]
// --listening: this checkout with four layers that only listen, against the one at PATH.
// Every ratio is this checkout's CPU µs a request ÷ that of the one at PATH (left out: this one too). See README.md.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { commitOf, environmentOf, requireBuilt, typedPath } from "./checkout.mjs";
import { countInstructions, whyNoInstructions } from "./instructions.mjs";
import { medianInterval } from "./interval.mjs";
import { buildListening } from "./listening.mjs";
import { CONNECTIONS, saturate } from "./load.mjs";
import { requireTools } from "./machine.mjs";
import { repository, scratch, startFig, startUpstream } from "./peers.mjs";
import { LOAD_CORE, stopAll } from "./processes.mjs";
import { fixed, median } from "./report.mjs";

const { values } = parseArgs({
  options: {
    against: { type: "string", default: repository },
    pairs: { type: "string", default: "15" },
    seconds: { type: "string", default: "3" },
    warmup: { type: "string", default: "3" },
    listening: { type: "boolean", default: false },
    config: { type: "string" },
    "against-config": { type: "string" },
    env: { type: "string", multiple: true, default: [] },
    "against-env": { type: "string", multiple: true, default: [] },
    json: { type: "boolean", default: false },
  },
});
const [pairs, seconds, warmup] = [values.pairs, values.seconds, values.warmup].map(Number);

const sides = {
  this: { root: repository, config: typedPath(values.config), env: environmentOf(values.env) },
  against: {
    root: typedPath(values.against),
    config: typedPath(values["against-config"] ?? values.config),
    env: environmentOf(values["against-env"]),
  },
};

/** Measured in turns that favour neither: a drift within a pair cancels out. */
const TURNS = [
  ["this", "against", "against", "this"],
  ["against", "this", "this", "against"],
];

/** One window of load: CPU µs and instructions of the door, and the requests they bought. */
async function measure(door, counts) {
  const instructions = counts ? await countInstructions(door.pid) : undefined;
  const { requests, failed, cpuMicrosPerRequest } = await saturate(door.url, door.pid, seconds);
  if (failed > 0) throw new Error(`${door.name}: ${failed} requests failed`);
  return { requests, micros: cpuMicrosPerRequest * requests, instructions: await instructions?.stop() };
}

const sum = (windows, key) => windows.reduce((total, one) => total + one[key], 0);

/** Two new processes: what V8 happens to compile differs from one to the next, and is part of what varies. */
async function runPair(number, upstream, counts) {
  const turns = TURNS[number % 2];
  const doors = {};
  const windows = { this: [], against: [] };
  for (const side of new Set(turns)) {
    doors[side] = await startFig(upstream, { name: `fig, ${side}`, ...sides[side] });
    await saturate(doors[side].url, doors[side].pid, warmup);
  }
  for (const side of turns) windows[side].push(await measure(doors[side], counts));
  await Promise.all(Object.values(doors).map((door) => door.stop()));
  const cost = (side, key) => sum(windows[side], key) / sum(windows[side], "requests");
  const both = (key) => {
    const [mine, other] = [cost("this", key), cost("against", key)];
    return { this: mine, against: other, ratio: mine / other };
  };
  return { cpuMicros: both("micros"), ...(counts ? { instructions: both("instructions") } : {}) };
}

function summary(results, key) {
  const ratios = results.map((pair) => pair[key].ratio);
  return {
    median: median(ratios),
    interval: medianInterval(ratios),
    this: median(results.map((pair) => pair[key].this)),
    against: median(results.map((pair) => pair[key].against)),
  };
}

function shown(what, digits, { median: middle, interval, this: mine, against }) {
  const range =
    interval === undefined
      ? "too few pairs for an interval"
      : `${fixed(100 * interval.coverage, 1)} % interval ${fixed(interval.low, 4)} to ${fixed(interval.high, 4)}`;
  return `${what}: ratio ${fixed(middle, 4)}, ${range} (${fixed(mine, digits)} against ${fixed(against, digits)})`;
}

const kinds = { cpuMicros: ["CPU µs a request", 2], instructions: ["instructions:u a request", 0] };

async function run() {
  requireTools(["wrk", "nginx", "taskset"]);
  for (const { root } of Object.values(sides)) requireBuilt(root);
  const commits = { this: commitOf(sides.this.root), against: commitOf(sides.against.root) };
  if (values.listening) sides.this.root = await buildListening(join(scratch, "listening"));
  spawnSync("taskset", ["-acp", String(LOAD_CORE), String(process.pid)]);
  const noInstructions = whyNoInstructions();
  console.error(
    `${commits.this}${values.listening ? " with four listening layers" : ""} against ${commits.against}: ${pairs} pairs, ${CONNECTIONS} connections`,
  );
  if (noInstructions !== undefined) console.error(`instructions are not counted: ${noInstructions}`);

  const upstream = await startUpstream();
  const results = [];
  for (let number = 1; number <= pairs; number++) {
    const pair = await runPair(number, upstream, noInstructions === undefined);
    results.push(pair);
    const said = Object.entries(pair).map(
      ([key, { this: mine, against, ratio }]) =>
        `${kinds[key][0]} ${fixed(mine, kinds[key][1])} ÷ ${fixed(against, kinds[key][1])} = ${fixed(ratio, 4)}`,
    );
    console.error(`  pair ${number}: ${said.join(", ")}`);
  }
  const summaries = Object.fromEntries(Object.keys(results[0]).map((key) => [key, summary(results, key)]));
  if (values.json)
    console.log(
      JSON.stringify({ commits, options: values, noInstructions, summaries, pairs: results }, null, 2),
    );
  else for (const [key, one] of Object.entries(summaries)) console.log(shown(...kinds[key], one));
}

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"])
  process.on(signal, () => void stopAll().then(() => process.exit(130)));
try {
  await run();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  await stopAll();
}
