// What one request costs on the proxy's core, saturated, fig against its peers.
import { CONNECTIONS, saturate } from "./load.mjs";
import { peers, startUpstream } from "./peers.mjs";
import { rssMib } from "./processes.mjs";
import { fixed, medians, publish, table, takeTurns, verdict } from "./report.mjs";

const README = "http-proxy (README)";
const KEEP_ALIVE = "http-proxy (keep-alive)";

export async function passThrough(options) {
  const { rounds, seconds, warmup, only } = options.times({ rounds: 5, seconds: 8, warmup: 3 });
  const upstream = await startUpstream();
  const names = Object.keys(peers).filter((name) => only === undefined || only.includes(name));
  const runs = await takeTurns(names, rounds, async (name, round) => {
    const peer = await peers[name](upstream);
    await saturate(peer.url, peer.pid, warmup);
    const measured = await saturate(peer.url, peer.pid, seconds);
    measured.rssMib = rssMib(peer.pid);
    await peer.stop();
    options.progress(
      `round ${round} ${name}: ${fixed(measured.cpuMicrosPerRequest, 1)} µs, ${fixed(measured.requestsPerSecond)} requests/s`,
    );
    return measured;
  });
  await upstream.stop();

  const rows = new Map([...runs].map(([name, list]) => [name, medians(list)]));
  const cost = (name) => rows.get(name)?.cpuMicrosPerRequest ?? Number.NaN;
  const figOver = (name) => cost("fig") / cost(name);
  const bound = (whose, name, most) =>
    verdict(`fig's CPU a request ÷ ${whose}`, figOver(name), "at most", most);
  const cells = [...rows].map(([name, row]) => [
    name,
    fixed(row.cpuMicrosPerRequest, 1),
    fixed(row.cpuMicrosPerRequest / cost("nginx"), 2),
    fixed(row.cpuMicrosPerRequest / cost(README), 2),
    fixed(row.cpuMicrosPerRequest / cost(KEEP_ALIVE), 2),
    fixed(row.requestsPerSecond),
    fixed(row.p50 / 1000, 2),
    fixed(row.p99 / 1000, 2),
    fixed(row.rssMib),
    fixed(row.failed),
  ]);
  return publish({
    name: "pass-through",
    title: "Pass-through",
    intro: [
      `${CONNECTIONS} connections, GET, 330 bytes of JSON, ${rounds} interleaved rounds of ${seconds} s after ${warmup} s of warm-up, medians.`,
      "The proxy (all its threads and processes) on one core, wrk and the upstream on the other. CPU is utime + stime of",
      "the proxy over the window, divided by the requests completed in it. nginx adds the headers that fig adds. http-proxy is",
      "there as its README starts it, with a new connection for every request, and with a keep-alive agent.",
    ],
    sections: [
      table(
        [
          "proxy",
          "CPU µs/request",
          "÷ nginx",
          `÷ ${README}`,
          `÷ ${KEEP_ALIVE}`,
          "requests/s",
          "p50 ms",
          "p99 ms",
          "RSS MiB",
          "failed",
        ],
        cells,
      ),
    ],
    // With --only, a bound whose peer was left out is not judged.
    verdicts: [
      bound("nginx's, the same headers added", "nginx", 1.25),
      bound("http-proxy's as its README starts it", README, 0.25),
      bound("http-proxy's with a keep-alive agent", KEEP_ALIVE, 0.25),
      bound("nginx's (the former bound)", "nginx", 2.5),
      bound("http-proxy's with a keep-alive agent (the former bound)", KEEP_ALIVE, 0.5),
      verdict("failed requests through fig", rows.get("fig")?.failed ?? Number.NaN, "at most", 0, 0),
    ].filter((one) => only === undefined || Number.isFinite(one.value)),
    data: Object.fromEntries([...runs]),
    options: options.recorded({ rounds, seconds, warmup }),
  });
}
