// What one request costs on the proxy's core, saturated, fig against its peers.
import { CONNECTIONS, saturate } from "./load.mjs";
import { peers, startUpstream } from "./peers.mjs";
import { rssMib } from "./processes.mjs";
import { fixed, medians, publish, table, verdict } from "./report.mjs";

export async function passThrough(options) {
  const { rounds, seconds, warmup, only } = options.times({ rounds: 5, seconds: 8, warmup: 3 });
  const upstream = await startUpstream();
  const names = Object.keys(peers).filter((name) => only === undefined || only.includes(name));
  const runs = new Map(names.map((name) => [name, []]));
  for (let round = 1; round <= rounds; round++) {
    for (const name of names) {
      const peer = await peers[name](upstream);
      await saturate(peer.url, peer.pid, warmup);
      const measured = await saturate(peer.url, peer.pid, seconds);
      measured.rssMib = rssMib(peer.pid);
      await peer.stop();
      runs.get(name).push(measured);
      options.progress(
        `round ${round} ${name}: ${fixed(measured.cpuMicrosPerRequest, 1)} µs, ${fixed(measured.requestsPerSecond)} requests/s`,
      );
    }
  }
  await upstream.stop();

  const rows = new Map([...runs].map(([name, list]) => [name, medians(list)]));
  const cost = (name) => rows.get(name)?.cpuMicrosPerRequest ?? Number.NaN;
  const cells = [...rows].map(([name, row]) => [
    name,
    fixed(row.cpuMicrosPerRequest, 1),
    fixed(row.cpuMicrosPerRequest / cost("nginx"), 2),
    fixed(row.cpuMicrosPerRequest / cost("http-proxy"), 2),
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
      "the proxy over the window, divided by the requests completed in it.",
    ],
    sections: [
      table(
        [
          "proxy",
          "CPU µs/request",
          "÷ nginx",
          "÷ http-proxy",
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
      verdict("fig's CPU a request ÷ nginx's", cost("fig") / cost("nginx"), "at most", 2.5),
      verdict("fig's CPU a request ÷ http-proxy's", cost("fig") / cost("http-proxy"), "at most", 0.5),
      verdict("failed requests through fig", rows.get("fig")?.failed ?? Number.NaN, "at most", 0, 0),
    ].filter((one) => only === undefined || Number.isFinite(one.value)),
    data: Object.fromEntries([...runs]),
    options: options.recorded({ rounds, seconds, warmup }),
  });
}
