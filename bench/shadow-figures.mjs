// What the runs of the shadow bench add up to.
import { countsInWords } from "./fig-metrics.mjs";
import { fixed, median, medians, pairRatio, table } from "./report.mjs";

/** Medians of what is a number. */
export const numbers = (list) => medians(list.map(({ counted: _, ...rest }) => rest));

export const shedIn = (list) => list.map((run) => run.counted.shadows.shed ?? 0);

/** p99 of `step` over p99 of shadow 0. */
export const ratio = (runs, step) => pairRatio(runs, step, "shadow 0", (run) => run.p99);

/** What a healthy modern costs the serving thread over shadow 0, and how many shadows were shed meanwhile. */
export function shadowCost(runs) {
  const thread = (step) => numbers(runs.get(step)).threadMicrosPerRequest;
  return {
    ratio: thread("healthy modern") / thread("shadow 0"),
    shed: shedIn(runs.get("healthy modern")).reduce((sum, one) => sum + one, 0),
  };
}

export function saturatedTable(rows, saturated) {
  const head = [
    "proxy",
    "requests/s",
    "÷ shadow 0",
    "CPU µs/request",
    "serving thread µs/request",
    "p50 ms",
    "p99 ms",
    "RSS MiB",
    "timeouts",
    "shadows",
    "comparisons",
  ];
  return table(
    head,
    [...rows].map(([name, row]) => {
      const base = rows.get(`${name.split(", ")[0]}, shadow 0`);
      const counted = saturated.get(name)[Math.floor(saturated.get(name).length / 2)].counted;
      return [
        name,
        fixed(row.requestsPerSecond),
        fixed(row.requestsPerSecond / base.requestsPerSecond, 3),
        fixed(row.cpuMicrosPerRequest, 1),
        fixed(row.threadMicrosPerRequest, 1),
        fixed(row.p50 / 1000, 2),
        fixed(row.p99 / 1000, 2),
        fixed(row.rssMib),
        fixed(row.timeouts),
        counted === undefined ? "not counted" : countsInWords(counted.shadows),
        counted === undefined ? "-" : countsInWords(counted.comparisons),
      ];
    }),
  );
}

export function fixedTable(runs) {
  return table(
    [
      "fig",
      "requests/s",
      "p50 ms",
      "p99 ms",
      "p99 ÷ shadow 0 (median of pairs)",
      "CPU µs/request",
      "serving thread µs/request",
      "÷ shadow 0",
      "shed",
      "failed",
    ],
    [...runs].map(([step, list]) => {
      const row = numbers(list);
      return [
        step === "shadow 0 again" ? "shadow 0 again (two equal runs)" : step,
        fixed(row.requestsPerSecond),
        fixed(row.p50 / 1000, 3),
        fixed(row.p99 / 1000, 3),
        fixed(ratio(runs, step), 3),
        fixed(row.cpuMicrosPerRequest, 1),
        fixed(row.threadMicrosPerRequest, 1),
        fixed(row.threadMicrosPerRequest / numbers(runs.get("shadow 0")).threadMicrosPerRequest, 2),
        fixed(median(shedIn(list))),
        fixed(row.failed),
      ];
    }),
  );
}
