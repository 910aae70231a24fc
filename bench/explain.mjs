// What an explain costs everybody else: for how long it stalls the thread that serves, over a table of 10,000 routes.
import { once } from "node:events";
import { startFig, startUpstream } from "./peers.mjs";
import { fixed, median, publish, recorded, table, verdict } from "./report.mjs";
import { routesYaml } from "./routing.mjs";

const ROUTES = 10_000;
const EXPLAINS = 200;
const WARM_UP = 300;
const preload = new URL("./stall-ticker.mjs", import.meta.url).href;

/** The n-th request: over all routes, with and without a key, and every tenth one that no route takes or that reads in two ways. */
function requestOf(n) {
  const name = `resource-${String((n * 7919) % ROUTES).padStart(5, "0")}`;
  if (n % 20 === 9) return { method: "GET", url: `/elsewhere/${n}` };
  if (n % 20 === 19) return { method: "GET", url: `/api/x/../${name}/${n}` };
  return {
    method: n % 3 === 0 ? "POST" : "GET",
    url: `http://shop.test/api/${name}/${n}?x=1`,
    ip: `198.51.100.${n % 250}`,
  };
}

async function explain(adminUrl, n) {
  const response = await fetch(new URL("/api/v1/explain", adminUrl), {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(requestOf(n)),
  });
  const { route, refusal } = await response.json();
  if (response.status !== 200 || (route === null && refusal === null))
    throw new Error(`explain answered ${response.status}`);
}

/** The longest stalls since this was called last. */
async function stalls(child) {
  child.send("stalls");
  const [longest] = await once(child, "message");
  return longest;
}

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

export async function explains(options) {
  const { rounds } = options.times({ rounds: 5 });
  const upstream = await startUpstream();
  const door = await startFig(upstream, {
    name: `fig, ${ROUTES} routes`,
    routes: routesYaml(ROUTES),
    nodeArgs: ["--import", preload],
    options: { stdio: ["ignore", "pipe", "pipe", "ipc"] },
  });
  for (let n = 0; n < WARM_UP; n++) await explain(door.adminUrl, n);
  const runs = { explaining: [], quiet: [] };
  for (let round = 1; round <= rounds; round++) {
    for (let n = 0; n < EXPLAINS; n++) {
      await stalls(door.child);
      const from = performance.now();
      await explain(door.adminUrl, round * EXPLAINS + n);
      const took = performance.now() - from;
      runs.explaining.push({ ...(await stalls(door.child)), took });
      // As long with nothing to do: what the machine and the front door's own timers stall.
      await sleep(took);
      runs.quiet.push({ ...(await stalls(door.child)), took });
    }
    options.progress(`round ${round}: longest so far ${fixed(longest(runs.explaining, "wallMs"), 2)} ms`);
  }
  await door.stop();
  await upstream.stop();

  const row = (name, list) => [
    name,
    ...["wallMs", "cpuMs"].flatMap((key) => [fixed(half(list, key), 2), fixed(longest(list, key), 2)]),
    fixed(half(list, "took"), 1),
  ];
  return publish({
    name: "explain",
    title: "Explain",
    intro: [
      `${rounds} × ${EXPLAINS} explains, one after the other, of a front door with ${ROUTES} routes. A 1 ms ticker in the front door's own process tells`,
      "for how long its main thread, the one that serves, kept it waiting while each was answered, and in as much time afterwards with",
      "nothing to do. CPU is what that thread used between two ticks: what other processes take from it is not in it.",
    ],
    sections: [
      table(
        ["", "stall p50 ms", "stall max ms", "CPU p50 ms", "CPU max ms", "took p50 ms"],
        [row("explaining", runs.explaining), row("nothing to do", runs.quiet)],
      ),
    ],
    verdicts: [
      verdict(
        `longest stall by an explain over ${ROUTES} routes, ms`,
        longest(runs.explaining, "wallMs"),
        "at most",
        5,
      ),
      recorded("the longest in as much time with nothing to do, ms", longest(runs.quiet, "wallMs")),
      recorded("stall by 99 in 100 explains, ms", within(runs.explaining, "wallMs", 0.99)),
      recorded("the same with nothing to do, ms", within(runs.quiet, "wallMs", 0.99)),
      recorded("the median stall by an explain, ms", half(runs.explaining, "wallMs")),
      recorded("most CPU of the serving thread at a stretch, ms", longest(runs.explaining, "cpuMs")),
    ],
    data: { explaining: quantiles(runs.explaining), quiet: quantiles(runs.quiet) },
    options: options.recorded({ rounds }),
  });
}

const SHARES = [0.5, 0.9, 0.95, 0.99, 0.995, 0.998, 1];

/** What these shares of a list do not exceed, ms. */
function quantiles(list) {
  return Object.fromEntries(
    ["wallMs", "cpuMs", "took"].map((key) => [
      key,
      Object.fromEntries(SHARES.map((share) => [share, within(list, key, share)])),
    ]),
  );
}

/** The value that `share` of the list does not exceed. */
function within(list, key, share) {
  const sorted = list.map((one) => one[key]).sort((a, b) => a - b);
  return sorted[Math.ceil(share * sorted.length) - 1];
}

function half(list, key) {
  return median(list.map((one) => one[key]));
}

function longest(list, key) {
  return Math.max(...list.map((one) => one[key]));
}
