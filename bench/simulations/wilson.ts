/** What gates went by before they could be watched: for the comparison in docs/proof.md. */

/** The two-sided 95 % quantile of the normal distribution. */
const Z_95 = 1.96;

/** Upper end of the Wilson score interval. E. B. Wilson, Probable Inference, the Law of Succession, and Statistical Inference, 1927. */
function wilsonUpper(hits: number, trials: number): number {
  if (trials <= 0 || hits >= trials) return 1;
  const rate = hits / trials;
  const square = Z_95 * Z_95;
  const centre = rate + square / (2 * trials);
  const margin = Z_95 * Math.sqrt((rate * (1 - rate)) / trials + square / (4 * trials * trials));
  return (centre + margin) / (1 + square / trials);
}

/** How many further trials without a hit bring the upper bound under `bound` (0..1); 0: it is; Infinity: never. */
export function cleanTrialsNeeded(hits: number, trials: number, bound: number): number {
  const under = (more: number) => wilsonUpper(hits, trials + more) < bound;
  if (under(0)) return 0;
  let most = 1;
  while (!under(most)) {
    most *= 2;
    if (most > 2 ** 50) return Number.POSITIVE_INFINITY;
  }
  let least = most / 2;
  while (most - least > 1) {
    const middle = Math.floor((least + most) / 2);
    if (under(middle)) most = middle;
    else least = middle;
  }
  return most;
}
