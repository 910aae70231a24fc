// What a second process that serves brings: fig with two workers beside one, and beside nginx with two, all on both cores.
import { CONNECTIONS, saturate } from "./load.mjs";
import { startFig, startNginxWorkers, startUpstream } from "./peers.mjs";
import { BOTH_CORES, rssMib } from "./processes.mjs";
import { fixed, medians, publish, recorded, table, takeTurns, verdict } from "./report.mjs";

const figWorkers = (upstream, count) =>
  startFig(upstream, {
    name: `fig, workers: ${count}`,
    settings: `workers: ${count}\n`,
    cores: BOTH_CORES,
  });

const PEERS = {
  "nginx, two workers": (upstream) => startNginxWorkers(upstream, 2),
  "nginx, one worker": (upstream) => startNginxWorkers(upstream, 1),
  "fig, workers: 2": (upstream) => figWorkers(upstream, 2),
  "fig, workers: 1": (upstream) => figWorkers(upstream, 1),
};

export async function workers(options) {
  const { rounds, seconds, warmup, only } = options.times({ rounds: 5, seconds: 8, warmup: 3 });
  const upstream = await startUpstream(BOTH_CORES);
  const names = Object.keys(PEERS).filter((name) => only === undefined || only.includes(name));
  const runs = await takeTurns(names, rounds, async (name, round) => {
    const peer = await PEERS[name](upstream);
    await saturate(peer.url, peer.pid, warmup, { cores: BOTH_CORES });
    const measured = await saturate(peer.url, peer.pid, seconds, { cores: BOTH_CORES });
    measured.rssMib = rssMib(peer.pid);
    await peer.stop();
    options.progress(
      `round ${round} ${name}: ${fixed(measured.requestsPerSecond)} requests/s, ${fixed(measured.cpuMicrosPerRequest, 1)} µs`,
    );
    return measured;
  });
  await upstream.stop();

  const rows = new Map([...runs].map(([name, list]) => [name, medians(list)]));
  const of = (name, key) => rows.get(name)?.[key] ?? Number.NaN;
  const cells = [...rows].map(([name, row]) => [
    name,
    fixed(row.requestsPerSecond),
    fixed(row.requestsPerSecond / of("nginx, two workers", "requestsPerSecond"), 2),
    fixed(row.cpuMicrosPerRequest, 1),
    fixed(row.p50 / 1000, 2),
    fixed(row.p99 / 1000, 2),
    fixed(row.rssMib),
    fixed(row.failed),
  ]);
  return publish({
    name: "workers",
    title: "Workers",
    intro: [
      `${CONNECTIONS} connections, GET, 330 bytes of JSON, ${rounds} interleaved rounds of ${seconds} s after ${warmup} s of warm-up, medians.`,
      "Proxy, wrk and the upstream share both cores, so that a second worker has what the load leaves. CPU and RSS are of all",
      "processes of the proxy; fig's are the supervisor and its workers.",
    ],
    sections: [
      table(
        [
          "proxy",
          "requests/s",
          "÷ nginx, two workers",
          "CPU µs/request",
          "p50 ms",
          "p99 ms",
          "RSS MiB",
          "failed",
        ],
        cells,
      ),
    ],
    verdicts: [
      verdict(
        "fig's requests/s with two workers ÷ nginx's with two",
        of("fig, workers: 2", "requestsPerSecond") / of("nginx, two workers", "requestsPerSecond"),
        "at least",
        0.85,
      ),
      verdict(
        "fig's CPU a request with two workers ÷ with one",
        of("fig, workers: 2", "cpuMicrosPerRequest") / of("fig, workers: 1", "cpuMicrosPerRequest"),
        "at most",
        1.05,
      ),
      // What the machine itself asks of a second process.
      recorded(
        "nginx's CPU a request with two workers ÷ with one",
        of("nginx, two workers", "cpuMicrosPerRequest") / of("nginx, one worker", "cpuMicrosPerRequest"),
      ),
      verdict("failed requests through fig, two workers", of("fig, workers: 2", "failed"), "at most", 0, 0),
    ].filter((one) => only === undefined || Number.isFinite(one.value)),
    data: Object.fromEntries([...runs]),
    options: options.recorded({ rounds, seconds, warmup }),
  });
}
