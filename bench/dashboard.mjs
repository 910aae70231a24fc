// What ten open dashboards cost a client: p99 at a fixed rate with and without them. A dashboard is an event stream and what
// the page asks for: the overview, the table and a chart every 2 s, a route and its chart at every `rollup` event.
import { get } from "node:http";
import { atRate, CONNECTIONS, saturate } from "./load.mjs";
import { scratch, startFig, startUpstream } from "./peers.mjs";
import { fixed, median, medians, publish, table, verdict } from "./report.mjs";

const DASHBOARDS = 10;
const POLL_MS = 2000;
const SETTLE_MS = 2500;
const ROUTES = `routes:
  - id: orders.read
    match: { path: "/orders/{id}" }
    modern: modern
    start: { modern: 0, shadow: 10 }
`;

/** One page: asks and listens as the dashboard does, until it is closed. */
export function openDashboard(adminUrl, seen) {
  let chunk = "";
  const ask = async (path) => {
    const response = await fetch(`${adminUrl}/api/v1${path}`);
    await response.arrayBuffer();
    if (!response.ok) throw new Error(`${path} answered ${response.status}`);
    seen.answers++;
  };
  const askAll = (...paths) => Promise.all(paths.map(ask)).catch(() => seen.failed++);
  const poll = () => askAll("/overview", "/routes?limit=50&sort=requests&order=desc", "/series");
  const stream = get(`${adminUrl}/api/v1/events`, { agent: false }, (response) => {
    response.setEncoding("utf8").on("data", (text) => {
      seen.events += text.split("\nevent: ").length - 1;
      chunk = (chunk + text).slice(-4096);
      if (!chunk.includes("event: rollup")) return;
      chunk = "";
      void askAll("/series?route=orders.read", "/routes/orders.read", "/mismatches?route=orders.read");
    });
    response.on("error", () => {});
  });
  stream.on("error", () => {});
  const timer = setInterval(poll, POLL_MS);
  void poll();
  return () => {
    clearInterval(timer);
    stream.destroy();
  };
}

async function measure(door, rate, seconds, dashboards, seen) {
  const close = Array.from({ length: dashboards }, () => openDashboard(door.adminUrl, seen));
  // Opening a page is not what is asked: they have been open for a while.
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  try {
    return await atRate(door.url, door.pid, rate, seconds, scratch);
  } finally {
    for (const each of close) each();
  }
}

/** p99 of `step` over p99 without dashboards, pair by pair, then the median. */
function ratio(runs, step) {
  const base = runs.get("none");
  return median(runs.get(step).map((run, pair) => run.p99 / base[pair].p99));
}

export async function dashboard(options) {
  const times = options.times({ seconds: 5, warmup: 2, pairs: 9, rateSeconds: 8 });
  const [upstream, modern] = [await startUpstream(), await startUpstream()];
  const door = await startFig(upstream, { name: "fig, dashboards", routes: ROUTES, modern });
  await saturate(door.url, door.pid, times.warmup);
  const capacity = (await saturate(door.url, door.pid, times.seconds)).requestsPerSecond;
  const rate = capacity * 0.4;
  const steps = new Map([
    ["none", 0],
    ["ten dashboards", DASHBOARDS],
    ["none again", 0],
  ]);
  const runs = new Map([...steps.keys()].map((step) => [step, []]));
  const seen = { answers: 0, events: 0, failed: 0 };
  for (let pair = 1; pair <= times.pairs; pair++) {
    // The order turns round every time, so that no setup always follows the same other.
    for (const step of pair % 2 === 1 ? [...steps.keys()] : [...steps.keys()].reverse()) {
      const measured = await measure(door, rate, times.rateSeconds, steps.get(step), seen);
      runs.get(step).push(measured);
      options.progress(
        `pair ${pair} ${step}: p99 ${fixed(measured.p99)} µs at ${fixed(measured.requestsPerSecond)} requests/s`,
      );
    }
  }
  for (const each of [door, upstream, modern]) await each.stop();
  const [with10, equal] = [ratio(runs, "ten dashboards"), ratio(runs, "none again")];

  return publish({
    name: "dashboard",
    title: "Dashboards",
    intro: [
      `${CONNECTIONS} connections, GET, 330 bytes of JSON, a tenth of the requests shadowed; ${DASHBOARDS} dashboards, each with an event stream,`,
      `asking for the overview, the table and a chart every ${POLL_MS / 1000} s and for a route at each rollup. ${times.pairs} interleaved rounds of`,
      `${times.rateSeconds} s at 40 % of what fig serves. Medians. The pages run in the process of the bench, on the load's core.`,
    ],
    sections: [
      `## At ${fixed(rate)} requests/s`,
      table(
        [
          "dashboards",
          "requests/s",
          "p50 ms",
          "p99 ms",
          "p99 ÷ none (median of pairs)",
          "CPU µs/request",
          "failed",
        ],
        [...runs].map(([step, list]) => {
          const row = medians(list);
          return [
            step === "none again" ? "none again (two equal runs)" : step,
            fixed(row.requestsPerSecond),
            fixed(row.p50 / 1000, 3),
            fixed(row.p99 / 1000, 3),
            fixed(ratio(runs, step), 3),
            fixed(row.cpuMicrosPerRequest, 1),
            fixed(row.failed),
          ];
        }),
      ),
      `The pages had ${seen.answers} answers and ${seen.events} events.`,
    ],
    verdicts: [
      verdict(
        "p99 at the fixed rate, ten dashboards ÷ none (1.05, or what two equal runs show)",
        with10,
        "at most",
        Math.max(1.05, equal, 1 / equal),
        3,
      ),
      verdict("pages' requests that failed", seen.failed, "at most", 0, 0),
    ],
    data: { fixedRate: Object.fromEntries(runs), rate, seen },
    options: options.recorded(times),
  });
}
