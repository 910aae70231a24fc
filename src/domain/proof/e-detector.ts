/**
 * Detectors that may be asked after every event, for ever (e-detectors: Shin, Ramdas and Rinaldo, "E-detectors", 2022).
 *
 * A bet is an e-process that begins anew whenever it has lost its stake: M = max(M, 1) · factor, where a factor has mean 1 or less
 * while nothing is wrong. Several bets, each on another size of the fault, share a stake. The alarm is at a mean of `c`; until
 * a false one there are `c` events or more on average. Nothing is fixed beforehand, and a good week costs a later fault nothing.
 */

/** How many times as often something goes wrong, by bet. */
export const RATIOS = [1.5, 2, 3, 5, 10, 30] as const;

/** The alarm's threshold: a false alarm in a million events, at most, on average. */
export const ALARM = 1e6;

/** Beyond it a figure says nothing more, and it stays a number in JSON. */
const MOST = 1e300;

/** A mean of the bets' values, which are logarithms. Finite. */
function meanOf(bets: Float64Array): number {
  const top = bets.reduce((most, bet) => Math.max(most, bet), Number.NEGATIVE_INFINITY);
  const sum = bets.reduce((total, bet) => total + Math.exp(bet - top), 0);
  return Math.min(MOST, Math.exp(top + Math.log(sum / bets.length)));
}

class Bets {
  /** Logarithms. */
  private readonly values: Float64Array;

  constructor(count: number) {
    this.values = new Float64Array(count);
  }

  /** True: every bet has lost its stake, and begins anew with the next event. */
  get begun(): boolean {
    return this.values.some((value) => value > 0);
  }

  get value(): number {
    return meanOf(this.values);
  }

  times(logFactor: (bet: number) => number): void {
    const { values } = this;
    for (let i = 0; i < values.length; i++) values[i] = Math.max(values[i] as number, 0) + logFactor(i);
  }
}

/**
 * Whether modern has more than its share of the events (errors, refusals). Asked at each event: while both sides fail alike, an event is modern's
 * with the probability of modern's share of clients.
 */
export class ShareDetector {
  /** Since it last began anew. */
  modern = 0;
  legacy = 0;
  private readonly bets = new Bets(RATIOS.length);

  /** True: what was seen so far speaks for nothing. */
  get idle(): boolean {
    return !this.bets.begun;
  }

  /** The evidence, 0 and more. */
  get value(): number {
    return this.bets.value;
  }

  get alarmed(): boolean {
    return this.value >= ALARM;
  }

  /** An event of a side. `share`: of modern, when it came, more than 0 and less than 1; any other says nothing. */
  saw(modern: boolean, share: number): void {
    if (!(share > 0 && share < 1)) return;
    if (this.idle) {
      this.modern = 0;
      this.legacy = 0;
    }
    if (modern) this.modern++;
    else this.legacy++;
    this.bets.times((bet) => {
      const ratio = RATIOS[bet] as number;
      return (modern ? Math.log(ratio) : 0) - Math.log(1 - share + share * ratio);
    });
  }
}

/** Whether something happens more often than in `limit` of all cases (0 to 1). Asked at each case. */
export class RateDetector {
  /** Since it last began anew. */
  cases = 0;
  hits = 0;
  private readonly rates: readonly number[];
  private readonly limit: number;
  private readonly bets: Bets;

  constructor(limit: number) {
    this.limit = limit;
    this.rates = RATIOS.map((ratio) => limit * ratio).filter((rate) => rate < 1);
    if (this.rates.length === 0) this.rates = [(1 + limit) / 2];
    this.bets = new Bets(this.rates.length);
  }

  get value(): number {
    return this.bets.value;
  }

  get alarmed(): boolean {
    return this.value >= ALARM;
  }

  saw(hit: boolean): void {
    if (!this.bets.begun) {
      this.cases = 0;
      this.hits = 0;
    }
    this.cases++;
    if (hit) this.hits++;
    const { limit } = this;
    this.bets.times((bet) => {
      const rate = this.rates[bet] as number;
      return hit ? Math.log(rate / limit) : Math.log1p(-rate) - Math.log1p(-limit);
    });
  }
}
