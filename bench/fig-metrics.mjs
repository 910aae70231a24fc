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

export async function readMetrics(adminUrl) {
  const answer = await fetch(new URL("/metrics", adminUrl));
  if (!answer.ok) throw new Error(`/metrics answered ${answer.status}`);
  const text = await answer.text();
  return {
    requests: Object.values(sumBy(text, "fig_requests_total", "code")).reduce((sum, one) => sum + one, 0),
    shadows: sumBy(text, "fig_shadow_requests_total", "outcome"),
    comparisons: sumBy(text, "fig_comparisons_total", "outcome"),
    notCompared: sumBy(text, "fig_not_compared_total", "reason"),
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
