/** The two-sided 95 % quantile of the normal distribution. */
export const Z_95 = 1.96;

/**
 * The Wilson score interval of `hits` in `trials`, each 0..1; 0 to 1 when there were no trials. For estimates that nothing is decided by:
 * what gates, guards and charts stand on may be watched (proof/rate-bound.ts).
 * E. B. Wilson, Probable Inference, the Law of Succession, and Statistical Inference, 1927.
 */
export function wilsonInterval(hits: number, trials: number): readonly [low: number, high: number] {
  if (trials <= 0) return [0, 1];
  const rate = hits / trials;
  const square = Z_95 * Z_95;
  const centre = rate + square / (2 * trials);
  const margin = Z_95 * Math.sqrt((rate * (1 - rate)) / trials + square / (4 * trials * trials));
  const scale = 1 + square / trials;
  // Fractions do not come out even: none of many is exactly 0, all of them exactly 1.
  return [hits <= 0 ? 0 : (centre - margin) / scale, hits >= trials ? 1 : (centre + margin) / scale];
}
