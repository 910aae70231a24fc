import { lnRateEvidence } from "./rate-bound.ts";
import { lnSum } from "./special.ts";

/** What was counted of one side: hits of trials. */
interface Rate {
  readonly hits: number;
  readonly trials: number;
}

export interface TwoRates {
  readonly one: Rate;
  readonly other: Rate;
  /** They are of the same trials, and so depend on each other. */
  readonly paired: boolean;
}

/** ln of the e-values against "the rate is at least `rate`", and "at most". */
const lnUnder = ({ hits, trials }: Rate, rate: number) => lnRateEvidence(hits, trials, rate);
const lnOver = ({ hits, trials }: Rate, rate: number) => lnRateEvidence(trials - hits, trials, 1 - rate);

/** Of independent trials evidence multiplies, half of each kept back; of the same trials it is averaged. */
function together(one: number, other: number, paired: boolean): number {
  if (paired) return lnSum(one, other) - Math.LN2;
  return lnSum(one, 0) + lnSum(other, 0) - 2 * Math.LN2;
}

const GOLDEN = (Math.sqrt(5) - 1) / 2;
const STEPS = 14;

/** The least of a function with one valley, between `low` and `high`. */
function leastBetween(low: number, high: number, f: (x: number) => number): number {
  let [a, b] = [low, high];
  let [c, d] = [b - GOLDEN * (b - a), a + GOLDEN * (b - a)];
  let [atC, atD] = [f(c), f(d)];
  let least = Math.min(f(low), f(high), atC, atD);
  for (let i = 0; i < STEPS; i++) {
    if (atC < atD) {
      [b, d, atD] = [d, c, atC];
      c = b - GOLDEN * (b - a);
      atC = f(c);
    } else {
      [a, c, atC] = [c, d, atD];
      d = a + GOLDEN * (b - a);
      atD = f(d);
    }
    least = Math.min(least, atC, atD);
  }
  return least;
}

/**
 * ln of the e-value against "the first rate is at most `difference` above the second": whatever the second is, the first
 * is too high or the second lower than that. It may be looked at after every trial. Rates and their difference are 0..1.
 */
export function lnDifferenceAbove({ one, other, paired }: TwoRates, difference: number): number {
  if (one.trials <= 0 || other.trials <= 0) return 0;
  const at = (rate: number) => together(lnOver(one, rate + difference), lnUnder(other, rate), paired);
  // Both rates are between 0 and 1.
  const within = (rate: number) => Math.min(1, 1 - difference, Math.max(0, -difference, rate));
  const [seen, otherSeen] = [one.hits / one.trials - difference, other.hits / other.trials];
  // Then the second rate itself, as it was seen, explains both.
  if (seen <= otherSeen) return Math.min(0, at(within(otherSeen)));
  return leastBetween(within(otherSeen), within(seen), at);
}

/** The same against "the first rate is at least `difference` above the second". */
export function lnDifferenceBelow({ one, other, paired }: TwoRates, difference: number): number {
  return lnDifferenceAbove({ one: other, other: one, paired }, -difference);
}

/** Of the distance to where the difference is ruled out. */
const HALVINGS = 7;

/** A bound is looked for outward from what was seen, in steps that double. */
function boundFrom(seen: number, step: number, ruledOut: (difference: number) => boolean): number {
  const end = Math.sign(step);
  let open = seen;
  let out = seen + step;
  while (Math.abs(out) < 1 && !ruledOut(out)) {
    open = out;
    out += 2 * (out - seen);
  }
  if (Math.abs(out) >= 1) {
    if (!ruledOut(end)) return end;
    out = end;
  }
  for (let i = 0; i < HALVINGS; i++) {
    const middle = (open + out) / 2;
    if (ruledOut(middle)) out = middle;
    else open = middle;
  }
  return out;
}

/** Between what the difference lies, as far as the evidence tells at `alpha` to either side; -1..1. */
export function differenceBounds(rates: TwoRates, alpha: number): readonly [low: number, high: number] {
  const enough = -Math.log(alpha);
  const { one, other } = rates;
  const seen = one.hits / one.trials - other.hits / other.trials;
  const error = ({ hits, trials }: Rate) => (hits + 1) / (trials + 2) ** 2;
  const step = 2 * Math.sqrt(error(one) + error(other));
  return [
    boundFrom(seen, -step, (difference) => lnDifferenceAbove(rates, difference) >= enough),
    boundFrom(seen, step, (difference) => lnDifferenceBelow(rates, difference) >= enough),
  ];
}
