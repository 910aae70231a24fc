// What deciding costs: 500 routes, each split by a header, with a sampled access log, against fig that only passes through.
import { CONNECTIONS, saturate } from "./load.mjs";
import { startFig, startUpstream } from "./peers.mjs";
import { fixed, medians, publish, table, takeTurns, verdict } from "./report.mjs";
import { routesYaml, script } from "./routing.mjs";

const ROUTES = 500;
const USERS = 5000;
/** The exponent of routes.lua. */
const UNIFORM = "0";
const SPLIT = `${ROUTES} routes split 50 by header, log 1 %`;
const PLAIN = "pass-through, the same requests";
const ONE_GET = "pass-through, one GET";

export async function split(options) {
  const { rounds, seconds, warmup } = options.times({ rounds: 5, seconds: 8, warmup: 4 });
  const upstream = await startUpstream();
  const plain = await startFig(upstream, { name: "fig, pass-through" });
  const splitting = await startFig(upstream, {
    name: "fig, split",
    routes: routesYaml(ROUTES, ", sticky: [header:x-user-id]"),
    // Logged to stdout, a pipe that the harness reads, as a container's is.
    settings: "accessLog: { sample: 1 }\n",
  });
  const spread = { script, scriptArgs: [String(ROUTES), UNIFORM, String(USERS)] };
  const setups = new Map([
    [ONE_GET, [plain, {}]],
    [PLAIN, [plain, spread]],
    [SPLIT, [splitting, spread]],
  ]);
  const run = (name, length) => {
    const [door, load] = setups.get(name);
    return saturate(door.url, door.pid, length, load);
  };
  for (const name of setups.keys()) await run(name, warmup);
  const runs = await takeTurns([...setups.keys()], rounds, async (name, round) => {
    const measured = await run(name, seconds);
    options.progress(`round ${round} ${name}: ${fixed(measured.cpuMicrosPerRequest, 1)} µs a request`);
    return measured;
  });
  for (const one of [plain, splitting, upstream]) await one.stop();

  const rows = new Map([...runs].map(([name, list]) => [name, medians(list)]));
  const over = (name, base) => rows.get(name).cpuMicrosPerRequest / rows.get(base).cpuMicrosPerRequest;
  return publish({
    name: "split",
    title: "Split",
    intro: [
      `${CONNECTIONS} connections, ${rounds} interleaved rounds of ${seconds} s, medians. Requests uniform over ${ROUTES} routes`,
      `(\`/api/resource-N/{id}\`), \`sticky: [header:x-user-id]\` with ${USERS} users, modern 50, both sides the same upstream; 1 % of the`,
      "requests logged to a pipe. Beside it fig without routes and without a log, given the same requests, and given one GET without",
      "a user, as in pass-through.",
    ],
    sections: [
      table(
        ["fig", "CPU µs/request", `÷ ${PLAIN}`, `÷ ${ONE_GET}`, "requests/s", "p50 ms", "p99 ms", "failed"],
        [...rows].map(([name, row]) => [
          name,
          fixed(row.cpuMicrosPerRequest, 1),
          fixed(over(name, PLAIN), 3),
          fixed(over(name, ONE_GET), 3),
          fixed(row.requestsPerSecond),
          fixed(row.p50 / 1000, 2),
          fixed(row.p99 / 1000, 2),
          fixed(row.failed),
        ]),
      ),
    ],
    verdicts: [
      verdict(`CPU a request, ${SPLIT} ÷ ${PLAIN}`, over(SPLIT, PLAIN), "at most", 1.15, 3),
      verdict(`CPU a request, ${SPLIT} ÷ ${ONE_GET}`, over(SPLIT, ONE_GET), "at most", 1.15, 3),
      verdict("failed requests", rows.get(SPLIT).failed + rows.get(PLAIN).failed, "at most", 0, 0),
    ],
    data: Object.fromEntries(runs),
    options: options.recorded({ rounds, seconds, warmup }),
  });
}
