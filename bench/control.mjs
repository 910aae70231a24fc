// What the control costs the thread that serves: legacy asked once more for every comparison, beside shadows alone; and a control of 0 beside none.
import { countsInWords, metricsBetween, readMetrics, sumBy } from "./fig-metrics.mjs";
import { medianInterval } from "./interval.mjs";
import { atRate, CONNECTIONS, saturate } from "./load.mjs";
import { scratch, startFig, startUpstream } from "./peers.mjs";
import { fixed, median, medians, publish, recorded, table, takeTurns, verdict } from "./report.mjs";

const NONE = "shadow 100";
const OFF = "shadow 100, control 0";
const FULL = "shadow 100, control 100";
const SETUPS = [
  [NONE, ""],
  [OFF, "    compare: { control: 0 }\n"],
  [FULL, "    compare: { control: 100 }\n"],
];

const route = (compare) => `routes:
  - id: orders.read
    match: { path: "/orders/{id}" }
    modern: modern
    start: { modern: 0, shadow: 100 }
${compare}`;

/** Shadows and controls that were asked for, and of them those that went. */
async function asked(door) {
  const answer = await fetch(new URL("/metrics", door.adminUrl));
  const controls = sumBy(await answer.text(), "fig_controls_total", "outcome");
  return { ...(await readMetrics(door.adminUrl)), controls };
}

function countedBetween(before, after) {
  const names = Object.keys(after.controls);
  const controls = Object.fromEntries(
    names.map((name) => [name, after.controls[name] - (before.controls[name] ?? 0)]),
  );
  return { ...metricsBetween(before, after), controls };
}

/** Until all that was asked is answered and compared. */
async function settled(door) {
  for (let last = -1, tries = 0; tries < 40; tries++) {
    const counted = await asked(door);
    if (counted.outcomes === last) return counted;
    last = counted.outcomes;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  return asked(door);
}

const shedOf = ({ counted }) => (counted.shadows.shed ?? 0) + (counted.controls.shed ?? 0);

async function pairsAt(doors, rate, rounds, seconds, options) {
  return takeTurns([...doors.keys()], rounds, async (name, round) => {
    const door = doors.get(name);
    const before = await settled(door);
    const measured = await atRate(door.url, door.pid, rate, seconds, scratch);
    measured.counted = countedBetween(before, await settled(door));
    options.progress(
      `round ${round} ${name}: ${fixed(measured.threadMicrosPerRequest, 1)} µs of the serving thread ` +
        `(controls ${countsInWords(measured.counted.controls)})`,
    );
    return measured;
  });
}

export async function control(options) {
  const { rounds, seconds, warmup } = options.times({ rounds: 11, seconds: 6, warmup: 2 });
  const [upstream, modern] = [await startUpstream(), await startUpstream()];
  const doors = new Map();
  for (const [name, compare] of SETUPS)
    doors.set(name, await startFig(upstream, { name: `fig, ${name}`, routes: route(compare), modern }));
  let capacity = 0;
  for (const door of doors.values())
    capacity = Math.max(capacity, (await saturate(door.url, door.pid, warmup)).requestsPerSecond);
  // A control that is shed costs nothing: the rate is one at which none is.
  let [rate, runs] = [0, undefined];
  for (const share of [0.4, 0.2, 0.1, 0.05]) {
    rate = capacity * share;
    const tried = await pairsAt(doors, rate, 1, seconds, options);
    if ([...tried.values()].flat().every((run) => shedOf(run) === 0)) break;
  }
  runs = await pairsAt(doors, rate, rounds, seconds, options);
  for (const door of doors.values()) await door.stop();
  for (const side of [upstream, modern]) await side.stop();

  const pairs = (name) =>
    runs.get(name).map((run, at) => run.threadMicrosPerRequest / runs.get(NONE)[at].threadMicrosPerRequest);
  const interval = (name) => medianInterval(pairs(name));
  const spread = (found) => (found === undefined ? "" : `${fixed(found.low, 3)} to ${fixed(found.high, 3)}`);
  const rows = SETUPS.map(([name]) => {
    const row = medians(runs.get(name).map(({ counted: _, ...rest }) => rest));
    const { counted } = runs.get(name)[rounds >> 1];
    return [
      name,
      fixed(row.threadMicrosPerRequest, 1),
      name === NONE ? "" : fixed(median(pairs(name)), 3),
      name === NONE ? "" : spread(interval(name)),
      fixed(row.cpuMicrosPerRequest, 1),
      fixed(row.p99),
      countsInWords(counted.shadows),
      countsInWords(counted.controls),
    ];
  });
  const full = runs.get(FULL);
  const sent = full.reduce((sum, { counted }) => sum + (counted.controls.sent ?? 0), 0);
  const requests = full.reduce((sum, { counted }) => sum + counted.requests, 0);
  const shed = [...runs.values()].flat().reduce((sum, run) => sum + shedOf(run), 0);
  const off = interval(OFF);
  return publish({
    name: "control",
    title: "Control",
    intro: [
      `${CONNECTIONS} connections, GET, 330 bytes of JSON, equal from both sides, at ${fixed(rate)} requests/s: ${rounds} interleaved rounds of ${seconds} s.`,
      "The proxy on one core, load and upstreams on the other. The serving thread is the process's main thread. Ratios are medians of the",
      "pairs, over shadow 100 without the key `control`.",
    ],
    sections: [
      table(
        [
          "",
          "serving thread µs/request",
          "÷ shadow 100",
          "95 % of the median",
          "CPU µs/request",
          "p99 µs",
          "shadows",
          "controls",
        ],
        rows,
      ),
    ],
    verdicts: [
      verdict(
        "the serving thread's CPU a request, control 100 ÷ shadow alone",
        median(pairs(FULL)),
        "at most",
        1.35,
      ),
      off === undefined
        ? recorded("control 0 ÷ no key, too few pairs for an interval", median(pairs(OFF)), 3)
        : verdict("control 0 ÷ no key, lower end of the interval", off.low, "at most", 1, 3),
      verdict("controls sent a request of control 100", sent / requests, "at least", 0.99),
      verdict("shadows and controls shed", shed, "at most", 0, 0),
    ],
    data: { rate, ...Object.fromEntries(runs) },
    options: options.recorded({ rounds, seconds, warmup }),
  });
}
