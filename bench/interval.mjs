// A median's confidence interval without an assumption about the distribution: between two order statistics, by the binomial
// distribution of how many values lie below the median (Conover, Practical Nonparametric Statistics, 3.2).

/** P(X <= k) of X binomial with n draws of one half. */
function binomialBelow(n, k) {
  let [term, sum] = [0.5 ** n, 0];
  for (let i = 0; i <= k; i++) {
    sum += term;
    term = (term * (n - i)) / (i + 1);
  }
  return sum;
}

/**
 * The narrowest symmetric interval that covers the median with at least `level`: its ends, and what it does cover. Undefined
 * when there are too few values (fewer than 6 at 0.95).
 */
export function medianInterval(values, level = 0.95) {
  const sorted = [...values].sort((a, b) => a - b);
  const n = sorted.length;
  let outside = -1;
  while (2 * binomialBelow(n, outside + 1) <= 1 - level) outside++;
  if (outside < 0) return undefined;
  return {
    low: sorted[outside],
    high: sorted[n - 1 - outside],
    coverage: 1 - 2 * binomialBelow(n, outside),
  };
}
