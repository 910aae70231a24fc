// What ten open dashboards cost a client: p99 at a fixed rate with and without them. A dashboard is an event stream and what
// its page asks for (pages.mjs): half of them show the overview, half a route.
import { fork } from "node:child_process";
import { once } from "node:events";
import { constants, setPriority } from "node:os";
import { fileURLToPath } from "node:url";
import { atRate, CONNECTIONS, saturate } from "./load.mjs";
import { scratch, startFig, startUpstream } from "./peers.mjs";
import { fixed, medians, pairRatio, publish, table, takeTurns, verdict } from "./report.mjs";

const DASHBOARDS = 10;
const SETTLE_MS = 2500;
const ROUTES = `routes:
  - id: orders.read
    match: { path: "/orders/{id}" }
    modern: modern
    start: { modern: 0, shadow: 10 }
`;

/** Pages in a process of their own that gives way to the load: readers of a dashboard do not sit at their clients' computers. */
class Pages {
  seen = { answers: 0, events: 0, failed: 0 };
  #child = fork(fileURLToPath(new URL("./pages.mjs", import.meta.url)));

  constructor() {
    setPriority(this.#child.pid, constants.priority.PRIORITY_LOW);
  }

  open(adminUrl, count) {
    this.#child.send({ adminUrl, count });
  }

  /** Resolves when none is open any more. */
  async close() {
    this.#child.send({ count: 0 });
    [this.seen] = await once(this.#child, "message");
  }

  end() {
    this.#child.disconnect();
  }
}

async function measure(door, rate, seconds, dashboards, pages) {
  pages.open(door.adminUrl, dashboards);
  // Opening a page is not what is asked: they have been open for a while.
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  try {
    return await atRate(door.url, door.pid, rate, seconds, scratch);
  } finally {
    await pages.close();
  }
}

/** p99 of `step` over p99 without dashboards. */
const ratio = (runs, step) => pairRatio(runs, step, "none", (run) => run.p99);

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
  const pages = new Pages();
  const runs = await takeTurns([...steps.keys()], times.pairs, async (step, pair) => {
    const measured = await measure(door, rate, times.rateSeconds, steps.get(step), pages);
    options.progress(
      `pair ${pair} ${step}: p99 ${fixed(measured.p99)} µs at ${fixed(measured.requestsPerSecond)} requests/s`,
    );
    return measured;
  });
  pages.end();
  for (const each of [door, upstream, modern]) await each.stop();
  const { seen } = pages;
  const [with10, equal] = [ratio(runs, "ten dashboards"), ratio(runs, "none again")];

  return publish({
    name: "dashboard",
    title: "Dashboards",
    intro: [
      `${CONNECTIONS} connections, GET, 330 bytes of JSON, a tenth of the requests shadowed; ${DASHBOARDS} dashboards, each with an event stream,`,
      `asking for what a page asks for, half of them the overview's, half a route's. ${times.pairs} interleaved rounds of`,
      `${times.rateSeconds} s at 40 % of what fig serves. Medians. The pages run on the load's core, at the lowest priority.`,
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
        Math.max(1.05, equal),
        3,
      ),
      verdict("pages' requests that failed", seen.failed, "at most", 0, 0),
    ],
    data: { fixedRate: Object.fromEntries(runs), rate, seen },
    options: options.recorded(times),
  });
}
