// What shadowing does to the client: off, to a healthy modern, to one that accepts and never answers. nginx `mirror` beside it.
import { countsInWords, metricsBetween, readMetrics } from "./fig-metrics.mjs";
import { atRate, CONNECTIONS, exactly, saturate } from "./load.mjs";
import { peers, scratch, startFig, startHung, startNginxMirror, startUpstream } from "./peers.mjs";
import { rssMib } from "./processes.mjs";
import { fixed, median, medians, publish, recorded, table, verdict } from "./report.mjs";

const SETUPS = ["shadow 0", "healthy modern", "hung modern"];

function shadowRoute(percent) {
  return `routes:
  - id: orders.read
    match: { path: "/orders/{id}" }
    modern: modern
    start: { modern: 0, shadow: ${percent} }
`;
}

async function startDoors(upstream, healthy, hung) {
  const doors = new Map();
  for (const [setup, percent, modern] of [
    ["shadow 0", 0, healthy],
    ["healthy modern", 100, healthy],
    ["hung modern", 100, hung],
  ]) {
    doors.set(
      setup,
      await startFig(upstream, { name: `fig, ${setup}`, routes: shadowRoute(percent), modern }),
    );
  }
  return doors;
}

async function startMirrors(upstream, healthy, hung) {
  return new Map([
    ["shadow 0", await peers.nginx(upstream)],
    ["healthy modern", await startNginxMirror(upstream, healthy)],
    ["hung modern", await startNginxMirror(upstream, hung)],
  ]);
}

async function saturateAll(systems, { rounds, seconds, warmup }, options) {
  const runs = new Map();
  for (const [system, doors] of systems) {
    for (const setup of SETUPS) {
      const door = doors.get(setup);
      await saturate(door.url, door.pid, warmup);
      runs.set(`${system}, ${setup}`, []);
    }
  }
  for (let round = 1; round <= rounds; round++) {
    for (const [system, doors] of systems) {
      for (const setup of SETUPS) {
        const door = doors.get(setup);
        const before = door.adminUrl === undefined ? undefined : await readMetrics(door.adminUrl);
        const measured = await saturate(door.url, door.pid, seconds);
        measured.rssMib = rssMib(door.pid);
        await settle(door);
        if (before !== undefined) measured.counted = metricsBetween(before, await readMetrics(door.adminUrl));
        runs.get(`${system}, ${setup}`).push(measured);
        options.progress(
          `round ${round} ${system}, ${setup}: ${fixed(measured.requestsPerSecond)} requests/s` +
            (measured.counted === undefined ? "" : ` (shadows ${countsInWords(measured.counted.shadows)})`),
        );
      }
    }
  }
  return runs;
}

/** Lets a door finish the shadows and comparisons that are answered; those to a hung modern end whenever they end. */
async function settle(door) {
  if (door.adminUrl === undefined) return;
  for (let last = -1, tries = 0; tries < 20; tries++) {
    const { outcomes } = await readMetrics(door.adminUrl);
    if (outcomes === last) return;
    last = outcomes;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

/** Outcomes counted once none has come for longer than a shadow's timeout. */
async function atRest(door) {
  let last = -1;
  for (let since = performance.now(); performance.now() - since < 6000; ) {
    const { outcomes } = await readMetrics(door.adminUrl);
    if (outcomes !== last) since = performance.now();
    last = outcomes;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  return readMetrics(door.adminUrl);
}

/** Of `count` requests that all were answered, how many ended in no outcome, or in two. */
async function uncounted(door, count) {
  const before = await atRest(door);
  await exactly(door.url, count);
  const after = await atRest(door);
  return (
    Math.abs(after.requests - before.requests - count) + Math.abs(after.outcomes - before.outcomes - count)
  );
}

async function atFixedRate(doors, rate, { pairs, rateSeconds }, options) {
  const steps = ["shadow 0", "hung modern", "healthy modern", "shadow 0 again"];
  const runs = new Map(steps.map((step) => [step, []]));
  for (let pair = 1; pair <= pairs; pair++) {
    // The order turns round every time, so that no setup always follows the same other.
    for (const step of pair % 2 === 1 ? steps : [...steps].reverse()) {
      const door = doors.get(step.replace(" again", ""));
      const before = await readMetrics(door.adminUrl);
      const measured = await atRate(door.url, door.pid, rate, rateSeconds, scratch);
      await settle(door);
      measured.counted = metricsBetween(before, await readMetrics(door.adminUrl));
      runs.get(step).push(measured);
      options.progress(
        `pair ${pair} ${step}: p99 ${fixed(measured.p99)} µs at ${fixed(measured.requestsPerSecond)} requests/s`,
      );
    }
  }
  return runs;
}

/** Medians of what is a number. */
const numbers = (list) => medians(list.map(({ counted: _, ...rest }) => rest));

const shedIn = (list) => list.map((run) => run.counted.shadows.shed ?? 0);

/** p99 of `step` over p99 of shadow 0, pair by pair, then the median. */
function ratio(runs, step) {
  const base = runs.get("shadow 0");
  return median(runs.get(step).map((run, pair) => run.p99 / base[pair].p99));
}

export async function shadow(options) {
  const times = options.times({ rounds: 3, seconds: 5, warmup: 2, pairs: 7, rateSeconds: 6 });
  const [upstream, healthy, hung] = [await startUpstream(), await startUpstream(), await startHung()];
  const figs = await startDoors(upstream, healthy, hung);
  const mirrors = await startMirrors(upstream, healthy, hung);

  const saturated = await saturateAll(
    [
      ["fig", figs],
      ["nginx mirror", mirrors],
    ],
    times,
    options,
  );
  for (const door of mirrors.values()) await door.stop();
  const rows = new Map([...saturated].map(([name, list]) => [name, numbers(list)]));
  const capacity = rows.get("fig, shadow 0").requestsPerSecond;
  const rate = capacity * 0.4;
  const fixedRate = await atFixedRate(figs, rate, times, options);
  const lost =
    (await uncounted(figs.get("healthy modern"), 50_000)) +
    (await uncounted(figs.get("hung modern"), 50_000));
  for (const door of [...figs.values(), upstream, healthy, hung]) await door.stop();

  const shed = median(shedIn(saturated.get("fig, hung modern")));
  const shedAtRate = Math.max(...shedIn(fixedRate.get("healthy modern")));
  const thread = (step) => numbers(fixedRate.get(step)).threadMicrosPerRequest;
  const share = (system) =>
    rows.get(`${system}, hung modern`).requestsPerSecond / rows.get(`${system}, shadow 0`).requestsPerSecond;

  return publish({
    name: "shadow",
    title: "Shadow",
    intro: [
      `${CONNECTIONS} connections, GET, 330 bytes of JSON; the proxy (fig's comparing thread included) on one core, load and`,
      "all upstreams on the other. A hung modern accepts connections, reads, and never answers; both proxies give up on a",
      `shadow after 5 s. Saturated: ${times.rounds} interleaved rounds of ${times.seconds} s. Fixed rate: ${times.pairs} interleaved pairs of`,
      `${times.rateSeconds} s at 40 % of what fig serves with shadow 0. Medians; fig's counts are the median round's. The serving thread is`,
      "a process's main thread: in fig all but the comparing, the state and the metrics.",
    ],
    sections: [
      "## Saturated",
      saturatedTable(rows, saturated),
      `## At ${fixed(rate)} requests/s`,
      fixedTable(fixedRate),
    ],
    verdicts: [
      verdict("saturated requests/s, hung modern ÷ shadow 0", share("fig"), "at least", 0.95, 3),
      verdict("shadows shed and counted with a hung modern, saturated", shed, "at least", 1, 0),
      verdict("of 100,000 requests, in no outcome or in two", lost, "at most", 0, 0),
      verdict(
        "p99 at the fixed rate, hung modern ÷ shadow 0",
        ratio(fixedRate, "hung modern"),
        "at most",
        1.15,
        3,
      ),
      verdict(
        "p99 at the fixed rate, healthy modern ÷ shadow 0",
        ratio(fixedRate, "healthy modern"),
        "at most",
        1.3,
        3,
      ),
      verdict(
        "the serving thread's CPU a request at the fixed rate, healthy modern ÷ shadow 0",
        thread("healthy modern") / thread("shadow 0"),
        "at most",
        2.2,
      ),
      verdict("shadows shed meanwhile", shedAtRate, "at most", 0, 0),
      recorded(
        "the same saturated, where shadows are shed",
        rows.get("fig, healthy modern").threadMicrosPerRequest /
          rows.get("fig, shadow 0").threadMicrosPerRequest,
      ),
    ],
    data: { saturated: Object.fromEntries(saturated), fixedRate: Object.fromEntries(fixedRate), rate },
    options: options.recorded(times),
  });
}

function saturatedTable(rows, saturated) {
  const head = [
    "proxy",
    "requests/s",
    "÷ shadow 0",
    "CPU µs/request",
    "serving thread µs/request",
    "p50 ms",
    "p99 ms",
    "RSS MiB",
    "timeouts",
    "shadows",
    "comparisons",
  ];
  return table(
    head,
    [...rows].map(([name, row]) => {
      const base = rows.get(`${name.split(", ")[0]}, shadow 0`);
      const counted = saturated.get(name)[Math.floor(saturated.get(name).length / 2)].counted;
      return [
        name,
        fixed(row.requestsPerSecond),
        fixed(row.requestsPerSecond / base.requestsPerSecond, 3),
        fixed(row.cpuMicrosPerRequest, 1),
        fixed(row.threadMicrosPerRequest, 1),
        fixed(row.p50 / 1000, 2),
        fixed(row.p99 / 1000, 2),
        fixed(row.rssMib),
        fixed(row.timeouts),
        counted === undefined ? "not counted" : countsInWords(counted.shadows),
        counted === undefined ? "-" : countsInWords(counted.comparisons),
      ];
    }),
  );
}

function fixedTable(runs) {
  return table(
    [
      "fig",
      "requests/s",
      "p50 ms",
      "p99 ms",
      "p99 ÷ shadow 0 (median of pairs)",
      "CPU µs/request",
      "serving thread µs/request",
      "÷ shadow 0",
      "shed",
      "failed",
    ],
    [...runs].map(([step, list]) => {
      const row = numbers(list);
      return [
        step === "shadow 0 again" ? "shadow 0 again (two equal runs)" : step,
        fixed(row.requestsPerSecond),
        fixed(row.p50 / 1000, 3),
        fixed(row.p99 / 1000, 3),
        fixed(ratio(runs, step), 3),
        fixed(row.cpuMicrosPerRequest, 1),
        fixed(row.threadMicrosPerRequest, 1),
        fixed(row.threadMicrosPerRequest / numbers(runs.get("shadow 0")).threadMicrosPerRequest, 2),
        fixed(median(shedIn(list))),
        fixed(row.failed),
      ];
    }),
  );
}
