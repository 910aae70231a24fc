// What shadowing does to the client: off, to a healthy modern, to one that accepts and never answers. nginx `mirror` beside it.
import { countsInWords, metricsBetween, readMetrics } from "./fig-metrics.mjs";
import { atRate, CONNECTIONS, exactly, saturate } from "./load.mjs";
import { peers, scratch, startFig, startHung, startNginxMirror, startUpstream } from "./peers.mjs";
import { rssMib } from "./processes.mjs";
import { fixed, median, publish, recorded, takeTurns, verdict } from "./report.mjs";
import { fixedTable, numbers, ratio, saturatedTable, shadowCost, shedIn } from "./shadow-figures.mjs";

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

const STEPS = ["shadow 0", "hung modern", "healthy modern", "shadow 0 again"];

async function atFixedRate(doors, rate, { pairs, rateSeconds }, options, steps = STEPS) {
  return takeTurns(steps, pairs, async (step, pair) => {
    const door = doors.get(step.replace(" again", ""));
    const before = await readMetrics(door.adminUrl);
    const measured = await atRate(door.url, door.pid, rate, rateSeconds, scratch);
    await settle(door);
    measured.counted = metricsBetween(before, await readMetrics(door.adminUrl));
    options.progress(
      `pair ${pair} ${step}: p99 ${fixed(measured.p99)} µs at ${fixed(measured.requestsPerSecond)} requests/s`,
    );
    return measured;
  });
}

/** What a shadow that is sent costs can only be seen where none is shed: at 40 % of capacity, or else at less. */
async function untilNoneIsShed(doors, capacity, runsAt40, times, options) {
  let found = { share: 0.4, runs: runsAt40 };
  for (const share of [0.2, 0.1, 0.05]) {
    if (shadowCost(found.runs).shed === 0) break;
    const steps = ["shadow 0", "healthy modern"];
    const pairs = Math.ceil(times.pairs / 2);
    found = { share, runs: await atFixedRate(doors, capacity * share, { ...times, pairs }, options, steps) };
  }
  return found;
}

export async function shadow(options) {
  const times = options.times({ rounds: 5, seconds: 5, warmup: 2, pairs: 7, rateSeconds: 6 });
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
  const unshed = await untilNoneIsShed(figs, capacity, fixedRate, times, options);
  const lost =
    (await uncounted(figs.get("healthy modern"), 50_000)) +
    (await uncounted(figs.get("hung modern"), 50_000));
  for (const door of [...figs.values(), upstream, healthy, hung]) await door.stop();

  const shed = median(shedIn(saturated.get("fig, hung modern")));
  const cost = shadowCost(unshed.runs);
  const costAt40 = shadowCost(fixedRate);
  const thread = "the serving thread's CPU a request, healthy modern ÷ shadow 0,";
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
      "a process's main thread: in fig all but the comparing, the state and the metrics. What a sent shadow costs it is judged at",
      "a rate at which none is shed: 40 % of capacity, or where some are, 20, 10 or 5 %.",
    ],
    sections: [
      "## Saturated",
      saturatedTable(rows, saturated),
      `## At ${fixed(rate)} requests/s`,
      fixedTable(fixedRate),
      ...(unshed.runs === fixedRate
        ? []
        : [
            `## At ${fixed(capacity * unshed.share)} requests/s, for what a shadow costs`,
            fixedTable(unshed.runs),
          ]),
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
        `${thread} at ${fixed(unshed.share * 100)} % of capacity (${cost.shed} shadows shed)`,
        cost.ratio,
        "at most",
        2.2,
      ),
      verdict("shadows shed in the runs that this was measured in", cost.shed, "at most", 0, 0),
      recorded(`${thread} at 40 % of capacity (${costAt40.shed} shadows shed)`, costAt40.ratio),
      recorded(
        `${thread} saturated (where shadows are shed)`,
        rows.get("fig, healthy modern").threadMicrosPerRequest /
          rows.get("fig, shadow 0").threadMicrosPerRequest,
      ),
    ],
    data: {
      saturated: Object.fromEntries(saturated),
      fixedRate: Object.fromEntries(fixedRate),
      rate,
      unshed: Object.fromEntries(unshed.runs),
    },
    options: options.recorded(times),
  });
}
