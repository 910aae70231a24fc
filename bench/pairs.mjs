// Doors held against each other in interleaved pairs: whatever slows the machine slows both of a pair.
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { medianInterval } from "./interval.mjs";
import { scratch } from "./peers.mjs";
import { fixed, medians, table, takeTurns } from "./report.mjs";

/** A certificate of its own with a key of ECDSA P-256. */
export function certificate() {
  const [cert, key] = ["bench.crt", "bench.key"].map((name) => join(scratch, name));
  const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  const subject = ["-subj", "/CN=localhost", "-days", "2"];
  execFileSync("openssl", ["req", "-x509", ...curve, ...subject, "-keyout", key, "-out", cert], {
    stdio: "ignore",
  });
  return { cert, key };
}

/**
 * Each of `measure` (a name to a function of door and seconds) for nginx and fig in turns; CPU a request. Gives the table, the data, and
 * by name the median of fig ÷ nginx over the pairs.
 */
export async function comparePairs(doors, measure, { rounds, seconds, warmup }, progress) {
  const rows = [];
  const data = {};
  const ratios = {};
  for (const [what, run] of Object.entries(measure)) {
    for (const door of doors.values()) await run(door, warmup);
    const runs = await takeTurns([...doors.keys()], rounds, async (name, round) => {
      const measured = await run(doors.get(name), seconds);
      progress(`round ${round} ${what} ${name}: ${fixed(measured.cpuMicrosPerRequest, 1)} µs`);
      return measured;
    });
    const pairs = runs
      .get("fig")
      .map((fig, at) => fig.cpuMicrosPerRequest / runs.get("nginx")[at].cpuMicrosPerRequest);
    const sorted = [...pairs].sort((a, b) => a - b);
    ratios[what] = sorted[sorted.length >> 1];
    const interval = medianInterval(pairs);
    data[what] = Object.fromEntries(runs);
    const [nginx, fig] = ["nginx", "fig"].map((name) => medians(runs.get(name)));
    rows.push([
      what,
      fixed(nginx.cpuMicrosPerRequest, 1),
      fixed(fig.cpuMicrosPerRequest, 1),
      fixed(ratios[what], 2),
      interval === undefined ? "" : `${fixed(interval.low, 2)} to ${fixed(interval.high, 2)}`,
      fixed(fig.failed),
    ]);
  }
  const head = ["", "nginx CPU µs", "fig CPU µs", "median of pairs", "95 % of the median", "failed"];
  return { section: table(head, rows), data, ratios };
}
