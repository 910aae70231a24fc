// What a large routing table costs: requests over 10,000 routes by Zipf's law against requests over 10 by the same law.
import { fileURLToPath } from "node:url";
import { CONNECTIONS, saturate } from "./load.mjs";
import { startFig, startUpstream } from "./peers.mjs";
import { rssMib } from "./processes.mjs";
import { fixed, medians, pairRatio, publish, table, takeTurns, verdict } from "./report.mjs";

export const script = fileURLToPath(new URL("./routes.lua", import.meta.url));

/** `count` routes, each splitting at 50 %, with these members more. */
export function routesYaml(count, more = "") {
  const lines = ["routes:"];
  for (let i = 0; i < count; i++) {
    const name = `resource-${String(i).padStart(5, "0")}`;
    lines.push(
      `  - { id: ${name}, match: { path: "/api/${name}/{id}" }, modern: modern, start: { modern: 50, shadow: 0 }${more} }`,
    );
  }
  return `${lines.join("\n")}\n`;
}

/** Of Zipf's law: the second busiest route has half the requests of the busiest, the tenth a tenth. */
const EXPONENT = "1";

export async function routing(options) {
  const { rounds, seconds, warmup } = options.times({ rounds: 25, seconds: 3, warmup: 5 });
  const upstream = await startUpstream();
  const sizes = [10, 10_000];
  const doors = new Map();
  for (const size of sizes) {
    const name = `fig, ${size} routes`;
    doors.set(size, await startFig(upstream, { name, routes: routesYaml(size) }));
  }
  const run = (size, length) => {
    const door = doors.get(size);
    return saturate(door.url, door.pid, length, { script, scriptArgs: [String(size), EXPONENT] });
  };
  for (const size of sizes) await run(size, warmup);
  const runs = await takeTurns(sizes, rounds, async (size, round) => {
    const measured = await run(size, seconds);
    measured.rssMib = rssMib(doors.get(size).pid);
    options.progress(
      `round ${round}, ${size} routes: ${fixed(measured.cpuMicrosPerRequest, 1)} µs a request`,
    );
    return measured;
  });
  for (const door of doors.values()) await door.stop();
  await upstream.stop();

  const [few, many] = sizes.map((size) => medians(runs.get(size)));
  const ratio = pairRatio(runs, 10_000, 10, (run) => run.cpuMicrosPerRequest);
  const cells = [few, many].map((row, index) => [
    String(sizes[index]),
    fixed(row.cpuMicrosPerRequest, 1),
    fixed(index === 0 ? 1 : ratio, 3),
    fixed(row.requestsPerSecond),
    fixed(row.p50 / 1000, 2),
    fixed(row.p99 / 1000, 2),
    fixed(row.rssMib),
    fixed(row.failed),
  ]);
  return publish({
    name: "routing",
    title: "Routing",
    intro: [
      `${CONNECTIONS} connections, requests by Zipf's law (exponent ${EXPONENT}) over a table of 10 and over a table of 10,000 routes`,
      `(\`/api/resource-N/{id}\`, each splitting at 50 %), ${rounds} interleaved pairs of ${seconds} s, medians. The ratio`,
      "is the median of the pairs' ratios.",
    ],
    sections: [
      table(
        [
          "routes",
          "CPU µs/request",
          "÷ 10 routes (median of pairs)",
          "requests/s",
          "p50 ms",
          "p99 ms",
          "RSS MiB",
          "failed",
        ],
        cells,
      ),
    ],
    verdicts: [
      verdict("CPU a request over 10,000 routes by Zipf's law ÷ over 10", ratio, "at most", 1.1, 3),
      verdict("failed requests", few.failed + many.failed, "at most", 0, 0),
    ],
    data: Object.fromEntries(runs),
    options: options.recorded({ rounds, seconds, warmup }),
  });
}
