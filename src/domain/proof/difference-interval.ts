import type { Rate } from "./difference-test.ts";

/** The number of trials for which the interval is made narrowest: GrowthBook's default. */
const TUNED_FOR = 5000;

/** I. Waudby-Smith et al., Time-uniform central limit theory, 2024 (arXiv 2103.06476), eq. 9 as GrowthBook writes it. */
function tuning(alpha: number): number {
  const twice = -2 * Math.log(alpha);
  return Math.sqrt((twice + Math.log(twice + 1)) / TUNED_FOR);
}

/** Half the width of an interval over a mean of `trials` values of this variance, that holds at every look together. */
export function sequentialHalfWidth(variance: number, trials: number, alpha: number): number {
  const rho = tuning(alpha);
  const spread = trials * rho * rho + 1;
  return (Math.sqrt(variance) * Math.sqrt(2 * spread * Math.log(Math.sqrt(spread) / alpha))) / (trials * rho);
}

function variance({ hits, trials }: Rate): number {
  // A rate that has shown no hit, or nothing but hits, is not known to be without any: one more of each is assumed.
  const rate = hits === 0 || hits === trials ? (hits + 1) / (trials + 2) : hits / trials;
  return rate * (1 - rate);
}

/**
 * By how much the first rate is above the second (both 0..1), as an interval that may be looked at all the time. It is
 * asymptotic: with few hits on either side it is no more than a hint. Undefined: a side has no trial.
 */
export function differenceInterval(
  one: Rate,
  other: Rate,
  alpha: number,
): readonly [low: number, high: number] | undefined {
  if (one.trials <= 0 || other.trials <= 0) return undefined;
  const trials = one.trials + other.trials;
  const difference = one.hits / one.trials - other.hits / other.trials;
  const summed = trials * (variance(one) / one.trials + variance(other) / other.trials);
  const half = sequentialHalfWidth(summed, trials, alpha);
  return [difference - half, difference + half];
}
