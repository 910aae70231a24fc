import { lnBeta, lnBetaTails, lnSum } from "./special.ts";

/** A beta prior over chances that is its own mirror, with ln B and ln of its lower tail in closed form. */
interface Prior {
  readonly shape: number;
  readonly lnBeta: number;
  readonly lnBelow: (rate: number) => number;
}

/** Beta(1/2, 1/2). */
const JEFFREYS: Prior = {
  shape: 0.5,
  lnBeta: Math.log(Math.PI),
  lnBelow: (rate) => Math.log((2 / Math.PI) * Math.asin(Math.sqrt(rate))),
};

/** Beta(1, 1). */
export const UNIFORM: Prior = { shape: 1, lnBeta: 0, lnBelow: Math.log };

/**
 * ln of the e-value against "each of these trials hits with a chance of at least `rate`", by a beta prior over the chances
 * below it. Netflix's and confseq's one-sided beta-binomial mixture (arXiv 1810.08240, 2205.14762).
 */
export function lnBelow(hits: number, trials: number, rate: number, prior = JEFFREYS): number {
  const misses = trials - hits;
  const [a, b] = [prior.shape + hits, prior.shape + misses];
  if (rate <= 0) return 0;
  if (rate >= 1) return misses > 0 ? Number.POSITIVE_INFINITY : lnBeta(a, b) - prior.lnBeta;
  return (
    lnBeta(a, b) +
    lnBetaTails(rate, a, b).lower -
    prior.lnBeta -
    prior.lnBelow(rate) -
    hits * Math.log(rate) -
    misses * Math.log1p(-rate)
  );
}

/** The same against "with a chance of at most `rate`". */
export function lnAbove(hits: number, trials: number, rate: number, prior = JEFFREYS): number {
  return lnBelow(trials - hits, trials, 1 - rate, prior);
}

/**
 * ln of the e-value E against "the rate of hits is at least `rate`": half is bet on no hit ever, half on the mixture. It may
 * be looked at after every trial.
 */
export function lnRateEvidence(hits: number, trials: number, rate: number): number {
  const mixture = lnBelow(hits, trials, rate) - Math.LN2;
  if (hits > 0) return mixture;
  const clean = rate >= 1 && trials > 0 ? Number.POSITIVE_INFINITY : -trials * Math.log1p(-rate) || 0;
  return lnSum(mixture, clean - Math.LN2);
}

/** What is left between the ends is below what anybody reads. */
const MOST_STEPS = 60;
const CLOSE = 1e-12;

/** Where a rising function crosses 0 between two ends, from above. M. Dowell, P. Jarratt, A modified regula falsi method (Illinois), 1971. */
function crossing(rising: (at: number) => number, from: number, to: number): number {
  let [low, high] = [from, to];
  let [under, over] = [rising(low), rising(high)];
  let lastWas = 0;
  for (let i = 0; i < MOST_STEPS && high - low > CLOSE * high; i++) {
    const line = (low * over - high * under) / (over - under);
    const middle = line > low && line < high ? line : (low + high) / 2;
    const value = rising(middle);
    const side = value < 0 ? -1 : 1;
    if (side < 0) [low, under] = [middle, value];
    else [high, over] = [middle, value];
    // An end that stays twice would hold the line back.
    if (side === lastWas && side < 0) over /= 2;
    else if (side === lastWas) under /= 2;
    lastWas = side;
  }
  return high;
}

/** U: the least rate (0..1) that the evidence rules out at `alpha`, and every rate above; 1 while there is none. */
export function rateUpper(hits: number, trials: number, alpha: number): number {
  if (trials <= 0 || hits >= trials) return 1;
  const beyond = (rate: number) => lnRateEvidence(hits, trials, rate) + Math.log(alpha);
  let step = 1 / trials;
  let low = hits / trials;
  let high = Math.min(1, low + step);
  while (high < 1 && beyond(high) < 0) {
    step *= 2;
    low = high;
    high = Math.min(1, high + step);
  }
  return crossing(beyond, low, high);
}

/** The greatest rate that the evidence rules out, and every rate below; 0 while there is none. */
export function rateLower(hits: number, trials: number, alpha: number): number {
  return 1 - rateUpper(trials - hits, trials, alpha);
}

/** What people are shown of a rate where no gate names a confidence of its own. */
const USUAL_ALPHA = 0.05;

/** Both ends (0..1), as a gate of 95 % with this condition alone has them: each may be looked at all the time. 0 to 1 without trials. */
export function rateInterval(hits: number, trials: number): readonly [low: number, high: number] {
  return [rateLower(hits, trials, USUAL_ALPHA), rateUpper(hits, trials, USUAL_ALPHA)];
}

/** More than anybody waits for. */
const MOST_TRIALS = 2 ** 50;

/** How many further trials without a hit rule out a rate of `rate` (0..1); 0: it is; Infinity: never. */
export function cleanTrialsMissing(hits: number, trials: number, rate: number, alpha: number): number {
  const enough = -Math.log(alpha);
  const ruledOut = (more: number) => lnRateEvidence(hits, trials + more, rate) >= enough;
  if (rate <= 0) return Number.POSITIVE_INFINITY;
  if (ruledOut(0)) return 0;
  let most = 1;
  while (!ruledOut(most)) {
    most *= 2;
    if (most > MOST_TRIALS) return Number.POSITIVE_INFINITY;
  }
  let least = most / 2;
  while (most - least > 1) {
    const middle = Math.floor((least + most) / 2);
    if (ruledOut(middle)) most = middle;
    else least = middle;
  }
  return most;
}
