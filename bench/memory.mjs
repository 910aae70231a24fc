// Whether a million requests with shadow 100 leave more behind than the first 50,000 did.
import { countsInWords, readMetrics } from "./fig-metrics.mjs";
import { CONNECTIONS, exactly } from "./load.mjs";
import { startFig, startUpstream } from "./peers.mjs";
import { rssMib } from "./processes.mjs";
import { fixed, publish, table, verdict } from "./report.mjs";

const ROUTE = `routes:
  - id: orders.read
    match: { path: "/orders/{id}" }
    modern: modern
    start: { modern: 0, shadow: 100 }
`;

export async function memory(options) {
  const total = options.quick ? 100_000 : 1_000_000;
  const first = options.quick ? 10_000 : 50_000;
  const upstream = await startUpstream();
  const healthy = await startUpstream();
  const door = await startFig(upstream, { routes: ROUTE, modern: healthy });
  const readings = [{ requests: 0, rss: rssMib(door.pid) }];
  let failed = 0;
  let peak = 0;
  const sampler = setInterval(() => {
    peak = Math.max(peak, rssMib(door.pid));
  }, 250);
  try {
    for (let done = 0; done < total; ) {
      const count = done === 0 ? first : Math.min(total / 20, total - done);
      const run = await exactly(door.url, count);
      failed += run.failed;
      done += count;
      readings.push({ requests: done, rss: rssMib(door.pid), requestsPerSecond: run.requestsPerSecond });
      options.progress(`${done} requests: ${fixed(rssMib(door.pid))} MiB`);
    }
  } finally {
    clearInterval(sampler);
  }
  const counted = await readMetrics(door.adminUrl);
  await door.stop();
  await upstream.stop();
  await healthy.stop();

  const early = readings[1].rss;
  const late = readings.at(-1).rss;
  return publish({
    name: "memory",
    title: "Memory",
    intro: [
      `${total} requests over ${CONNECTIONS} connections as fast as they are answered, shadow 100 to a healthy modern.`,
      "RSS of the process, its threads included, right after each batch.",
      "",
      `Shadows: ${countsInWords(counted.shadows)}. Comparisons: ${countsInWords(counted.comparisons)}. Peak RSS ${fixed(peak)} MiB.`,
    ],
    sections: [
      table(
        ["requests so far", "RSS MiB", "÷ after the first batch", "requests/s"],
        readings.map((one) => [
          String(one.requests),
          fixed(one.rss),
          fixed(one.rss / early, 2),
          fixed(one.requestsPerSecond ?? Number.NaN),
        ]),
      ),
    ],
    verdicts: [
      verdict(`RSS after ${total} requests ÷ after ${first}`, late / early, "at most", 1.2),
      verdict("failed requests", failed, "at most", 0, 0),
    ],
    data: { readings, counted, peak },
    options: options.recorded({ total, first }),
  });
}
