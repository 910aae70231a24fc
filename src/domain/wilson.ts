/** The two-sided 95 % quantile of the normal distribution. */
export const Z_95 = 1.96;

/**
 * The Wilson score interval of `hits` in `trials`, each 0..1; 0 to 1 when there were no trials.
 * E. B. Wilson, Probable Inference, the Law of Succession, and Statistical Inference, 1927.
 */
export function wilsonInterval(hits: number, trials: number, z = Z_95): readonly [low: number, high: number] {
  if (trials <= 0) return [0, 1];
  const rate = hits / trials;
  const square = z * z;
  const centre = rate + square / (2 * trials);
  const margin = z * Math.sqrt((rate * (1 - rate)) / trials + square / (4 * trials * trials));
  const scale = 1 + square / trials;
  // Fractions do not come out even: none of many is exactly 0, all of them exactly 1.
  return [hits <= 0 ? 0 : (centre - margin) / scale, hits >= trials ? 1 : (centre + margin) / scale];
}

/** Its upper end: what a gate holds against its bound. */
export function wilsonUpper(hits: number, trials: number, z = Z_95): number {
  return wilsonInterval(hits, trials, z)[1];
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
