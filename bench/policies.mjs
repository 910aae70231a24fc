// What each policy costs: fig with it beside fig without it, in interleaved pairs of new processes.
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { medianInterval } from "./interval.mjs";
import { CONNECTIONS, saturate } from "./load.mjs";
import { startFig, startUpstream } from "./peers.mjs";
import { POLICY_ROWS } from "./policy-rows.mjs";
import { fixed, median, publish, recorded, table, verdict } from "./report.mjs";

const RESULTS = fileURLToPath(new URL("./results/policies.json", import.meta.url));

/** Measured in turns that favour neither: a drift within a pair cancels out. */
const TURNS = [
  ["on", "off", "off", "on"],
  ["off", "on", "on", "off"],
];

async function runPair(number, upstream, { settings, script, scriptOf }, { seconds, warmup }) {
  const doors = {};
  const cost = { on: { micros: 0, requests: 0, failed: 0 }, off: { micros: 0, requests: 0, failed: 0 } };
  for (const side of TURNS[number % 2].slice(0, 2)) {
    const files = typeof settings[side] === "string" ? { settings: settings[side] } : settings[side];
    doors[side] = await startFig(upstream, { name: `fig, ${side}`, ...files });
  }
  const load = { script: (await scriptOf?.(doors.on.adminUrl)) ?? script };
  for (const side of TURNS[number % 2].slice(0, 2)) {
    await saturate(doors[side].url, doors[side].pid, warmup, load);
  }
  for (const side of TURNS[number % 2]) {
    const { url, pid } = doors[side];
    const measured = await saturate(url, pid, seconds, load);
    cost[side].micros += measured.cpuMicrosPerRequest * measured.requests;
    cost[side].requests += measured.requests;
    cost[side].failed += measured.failed;
  }
  for (const door of Object.values(doors)) await door.stop();
  const [on, off] = ["on", "off"].map((side) => cost[side].micros / cost[side].requests);
  const rates = cost.on.requests / cost.off.requests;
  return { on, off, ratio: on / off, rates, failed: cost.on.failed + cost.off.failed };
}

/** A row that is not run this time keeps what it came to last. */
function lastRuns(quick) {
  if (quick || !existsSync(RESULTS)) return {};
  return JSON.parse(readFileSync(RESULTS, "utf8")).data;
}

function rowOf({ name, what, bound, one, requests }, pairs) {
  const of = (key) => median(pairs.map((pair) => pair[key]));
  const interval = medianInterval(pairs.map(({ ratio }) => ratio));
  const range = interval === undefined ? "" : `${fixed(interval.low, 3)} to ${fixed(interval.high, 3)}`;
  const failed = pairs.reduce((sum, pair) => sum + pair.failed, 0);
  const said = `${name}: CPU a request ÷ without it`;
  return {
    cells: [
      name,
      what,
      fixed(of("off"), 1),
      fixed(of("on"), 1),
      fixed(of("ratio"), 3),
      range,
      fixed(of("rates"), 3),
      fixed(failed),
    ],
    verdicts: [
      bound === undefined ? recorded(said, of("ratio"), 3) : verdict(said, of("ratio"), "at most", bound, 3),
      ...(one === undefined || interval === undefined
        ? []
        : [
            verdict(
              `${name}: the interval's lower end, which has 1 above it`,
              interval.low,
              "at most",
              one,
              3,
            ),
          ]),
      ...(requests === undefined
        ? []
        : [verdict(`${name}: requests/s ÷ without it`, of("rates"), "at least", requests, 3)]),
      verdict(`${name}: failed requests`, failed, "at most", 0, 0),
    ],
  };
}

export async function policies(options) {
  const times = options.times({ rounds: 15, seconds: 2, warmup: 2 });
  const upstream = await startUpstream();
  const data = lastRuns(options.quick);
  for (const { name, begin } of POLICY_ROWS) {
    if (times.only !== undefined && !times.only.includes(name)) continue;
    const { on, off = "", end, ...scripts } = await begin(upstream);
    data[name] = [];
    for (let round = 1; round <= times.rounds; round++) {
      const pair = await runPair(round, upstream, { settings: { on, off }, ...scripts }, times);
      options.progress(
        `pair ${round} ${name}: ${fixed(pair.on, 1)} ÷ ${fixed(pair.off, 1)} µs = ${fixed(pair.ratio, 3)}`,
      );
      data[name].push(pair);
    }
    await end?.();
  }
  await upstream.stop();
  const rows = POLICY_ROWS.filter(({ name }) => name in data).map((row) => rowOf(row, data[row.name]));
  const { rounds, seconds, warmup } = times;
  return publish({
    name: "policies",
    title: "Policies",
    intro: [
      `${CONNECTIONS} connections, GET, 330 bytes of JSON, saturated. ${rounds} pairs of new processes, one with the policy and one without, each measured twice for ${seconds} s in the`,
      `order A B B A, then B A A B, after ${warmup} s of warm-up. CPU is utime + stime of fig over the windows, divided by the requests completed in them.`,
      "With `--only` the other rows are those of the run before.",
    ],
    sections: [
      table(
        [
          "policy",
          "what",
          "without, CPU µs",
          "with, CPU µs",
          "median of pairs",
          "95 % of the median",
          "requests/s ÷ without",
          "failed",
        ],
        rows.map(({ cells }) => cells),
      ),
    ],
    verdicts: rows.flatMap((row) => row.verdicts),
    data,
    options: options.recorded({ rounds, seconds, warmup }),
  });
}
