// What a hit of the cache costs, beside passing the request through, and beside nginx's proxy_cache.
import { medianInterval } from "./interval.mjs";
import { CONNECTIONS, saturate } from "./load.mjs";
import { startCachingNginx, startFig, startUpstream } from "./peers.mjs";
import { fixed, medians, publish, table, takeTurns, verdict } from "./report.mjs";

const HIT = "fig, hit";
const PASS = "fig, pass-through";
const NGINX = "nginx proxy_cache, hit";

const route = (policies) => `routes:
  - id: orders.read
    match: { path: "/orders/{id}" }
    modern: modern
${policies}`;

export async function cache(options) {
  const { rounds, seconds, warmup } = options.times({ rounds: 15, seconds: 4, warmup: 3 });
  const upstream = await startUpstream();
  const doors = new Map([
    [NGINX, await startCachingNginx(upstream)],
    [HIT, await startFig(upstream, { name: HIT, routes: route("    policies: { cache: { ttl: 1h } }\n") })],
    [PASS, await startFig(upstream, { name: PASS, routes: route("") })],
  ]);
  for (const door of doors.values()) await saturate(door.url, door.pid, warmup);
  for (const name of [NGINX, HIT]) {
    const said = (await fetch(doors.get(name).url)).headers.get("cache-status") ?? "";
    if (!/hit/i.test(said)) throw new Error(`${name} says ${JSON.stringify(said)}`);
  }
  const runs = await takeTurns([...doors.keys()], rounds, async (name, round) => {
    const { url, pid } = doors.get(name);
    const measured = await saturate(url, pid, seconds);
    options.progress(`round ${round} ${name}: ${fixed(measured.cpuMicrosPerRequest, 1)} µs`);
    return measured;
  });
  for (const door of doors.values()) await door.stop();
  await upstream.stop();
  const pairs = (other) =>
    runs.get(HIT).map((hit, at) => hit.cpuMicrosPerRequest / runs.get(other)[at].cpuMicrosPerRequest);
  const ratio = (other) => pairs(other).sort((a, b) => a - b)[rounds >> 1];
  const spread = (other) => {
    const interval = medianInterval(pairs(other));
    return interval === undefined ? "" : `${fixed(interval.low, 2)} to ${fixed(interval.high, 2)}`;
  };
  const rows = [...runs].map(([name, list]) => {
    const row = medians(list);
    return [
      name,
      fixed(row.cpuMicrosPerRequest, 1),
      name === HIT ? "" : fixed(ratio(name), 2),
      name === HIT ? "" : spread(name),
      fixed(row.requestsPerSecond),
      fixed(row.p50 / 1000, 2),
      fixed(row.p99 / 1000, 2),
      fixed(row.failed),
    ];
  });
  return publish({
    name: "cache",
    title: "Cache",
    intro: [
      `${CONNECTIONS} connections, GET of one path, 330 bytes of JSON, ${rounds} interleaved rounds of ${seconds} s. The proxy on one core, wrk and the upstream`,
      "on the other. CPU is utime + stime of the proxy. The ratio is fig's hit ÷ the row, median of the pairs.",
    ],
    sections: [
      table(
        ["", "CPU µs/request", "hit ÷ it", "95 % of the median", "requests/s", "p50 ms", "p99 ms", "failed"],
        rows,
      ),
    ],
    verdicts: [
      verdict("CPU of a hit ÷ passing through", ratio(PASS), "at most", 0.7),
      verdict("CPU of a hit ÷ nginx's proxy_cache", ratio(NGINX), "at most", 1.3),
      verdict("failed requests", medians(runs.get(HIT)).failed, "at most", 0, 0),
    ],
    data: Object.fromEntries(runs),
    options: options.recorded({ rounds, seconds, warmup }),
  });
}
