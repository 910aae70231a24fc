// What fig counted, read from /metrics.

/** Sums of the series of `metric`, by the value of `label`. */
export function sumBy(text, metric, label) {
  const sums = {};
  for (const line of text.split("\n")) {
    const match = /^([a-z_]+)(?:\{(.*)\})? (\S+)$/.exec(line);
    if (match === null || match[1] !== metric) continue;
    const value = new RegExp(`(?:^|,)${label}="([^"]*)"`).exec(match[2] ?? "")?.[1] ?? "";
    sums[value] = (sums[value] ?? 0) + Number(match[3]);
  }
  return sums;
}

const total = (counts) => Object.values(counts).reduce((sum, one) => sum + one, 0);

export async function readMetrics(adminUrl) {
  const answer = await fetch(new URL("/metrics", adminUrl));
  if (!answer.ok) throw new Error(`/metrics answered ${answer.status}`);
  const text = await answer.text();
  const comparisons = sumBy(text, "fig_comparisons_total", "outcome");
  const notCompared = sumBy(text, "fig_not_compared_total", "reason");
  return {
    requests: total(sumBy(text, "fig_requests_total", "code")),
    shadows: sumBy(text, "fig_shadow_requests_total", "outcome"),
    comparisons,
    notCompared,
    /** Every request once: what was inconclusive is in notCompared by its reason. */
    outcomes: (comparisons.match ?? 0) + (comparisons.mismatch ?? 0) + total(notCompared),
  };
}

const minus = (after, before) =>
  Object.fromEntries(Object.keys(after).map((key) => [key, after[key] - (before[key] ?? 0)]));

/** What was counted between two readings. */
export function metricsBetween(before, after) {
  return {
    requests: after.requests - before.requests,
    shadows: minus(after.shadows, before.shadows),
    comparisons: minus(after.comparisons, before.comparisons),
    notCompared: minus(after.notCompared, before.notCompared),
  };
}

export const countsInWords = (counts) =>
  Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `${name} ${count}`)
    .join(", ") || "none";
