import { readdirSync, readFileSync } from "node:fs";

const MIB = 1024 * 1024;
/** RSS counts as flat when its lows grow by no more than this after the warm-up, MiB a minute... */
export const MAX_SLOPE = 1;
/** A low is the least of so many minutes: between two collections of the old heap memory grows, and that is no leak. */
export const LOW_MINUTES = 2;
/** ... and its median in the last quarter is at most so many times that of the five minutes behind the warm-up. */
export const MAX_GROWTH = 1.1;
const MAX_FDS_GROWTH = 1.1;
/** So many more file descriptors are those of the clients of the moment. */
const FDS_SLACK = 20;

function numberIn(text, pattern) {
  return Number(pattern.exec(text)?.[1] ?? Number.NaN);
}

/** One sample of a door's process. */
export async function sample(door, minute) {
  const status = readFileSync(`/proc/${door.pid}/status`, "latin1");
  const metrics = await door.admin("GET", "/metrics");
  return {
    minute,
    rss: numberIn(status, /VmRSS:\s+(\d+)/) / 1024,
    fds: readdirSync(`/proc/${door.pid}/fd`).length,
    heap: numberIn(metrics, /^nodejs_heap_size_used_bytes (\S+)/m) / MIB,
    lag: numberIn(metrics, /^nodejs_eventloop_lag_p99_seconds (\S+)/m) * 1000,
  };
}

export function median(numbers) {
  return [...numbers].sort((a, b) => a - b)[numbers.length >> 1] ?? Number.NaN;
}

/** The median of all slopes between two points (Theil 1950, Sen 1968): peaks do not move it. */
export function slope(points) {
  const slopes = [];
  for (let a = 0; a < points.length; a++)
    for (let b = a + 1; b < points.length; b++)
      slopes.push((points[b].rss - points[a].rss) / (points[b].minute - points[a].minute));
  return median(slopes);
}

/** The least sample of each `minutes` minutes. */
export function lows(samples, minutes) {
  const least = new Map();
  for (const one of samples) {
    const window = Math.floor(one.minute / minutes);
    if (one.rss < (least.get(window)?.rss ?? Number.POSITIVE_INFINITY)) least.set(window, one);
  }
  return [...least.values()];
}

/** A door's verdict over what was measured after `warmUp` minutes, of `minutes`. */
export function judge(samples, warmUp, minutes) {
  const after = samples.filter(({ minute }) => minute >= warmUp);
  const early = after.filter(({ minute }) => minute < warmUp * 2);
  const late = after.filter(({ minute }) => minute >= minutes * 0.75);
  const middle = (list, key) => median(list.map((one) => one[key]));
  const rss = {
    early: middle(early, "rss"),
    late: middle(late, "rss"),
    max: Math.max(...samples.map((one) => one.rss)),
  };
  const fds = { early: middle(early, "fds"), late: middle(late, "fds") };
  const growing = slope(lows(after, LOW_MINUTES));
  return {
    slope: growing,
    rss,
    fds,
    heap: { early: middle(early, "heap"), late: middle(late, "heap") },
    lag: { median: middle(samples, "lag"), max: Math.max(...samples.map((one) => one.lag)) },
    flat: growing <= MAX_SLOPE && rss.late <= MAX_GROWTH * rss.early,
    fdsFlat: fds.late <= MAX_FDS_GROWTH * fds.early + FDS_SLACK,
  };
}
