import type { GuardedQuantile } from "../guards.ts";
import {
  bucketFloor,
  bucketOf,
  HISTOGRAM_BUCKETS,
  mergeHistograms,
  quantileMs,
  type SparseHistogram,
  subtractHistogram,
} from "../histogram.ts";
import { countText, numberText } from "../wording.ts";
import { ALARM, RATIOS } from "./e-detector.ts";

const QUANTILES: Readonly<Record<GuardedQuantile, number>> = { p50: 0.5, p95: 0.95, p99: 0.99, p999: 0.999 };
/** A fresh look begins so often. Whenever modern became slow, a look goes on that began about then, however good the week was. */
const BEGIN_EVERY_MS = 30_000;
/** A look ends that lies between two of which the older is not this many times as old as the younger. */
const APART = 1.5;
/** A look is judged so often in its life: an old one does not change much within a second. */
const JUDGED_PER_AGE = 50;

interface Sides {
  readonly legacy: SparseHistogram;
  readonly modern: SparseHistogram;
}

/** What was counted when it began, and when it is judged next, ms. */
interface Look {
  readonly since: Sides;
  readonly begunAt: number;
  judgeAt: number;
}

interface Found {
  readonly value: number;
  readonly seen: string;
  readonly legacy: number;
  readonly modern: number;
}

/** Log of a mean of bets, on rates, that so many of `cases` are `hits`; against `limit`. One bet is on nothing, so that it never falls far. */
function rateBets(hits: number, cases: number, limit: number, rates: readonly number[]): number {
  const bets = rates.map(
    (rate) => hits * Math.log(rate / limit) + (cases - hits) * (Math.log1p(-rate) - Math.log1p(-limit)),
  );
  const top = Math.max(0, ...bets);
  const sum = bets.reduce((total, bet) => total + Math.exp(bet - top), 0) / rates.length;
  return top + Math.log((sum + Math.exp(-top)) / 2);
}

/** A larger tail cannot be as many times as large as bets on small ones ask for. */
const SMALL_TAIL = 0.1;
/** The first is for latencies that lie far apart: there little more than half of modern's are beyond the limit. */
const ODDS = [1.2, ...RATIOS];

/** Rates above and below a tail. Of half of all, times 1.5 is so far away that a bet on it loses where modern is twice as slow. */
function betsOn(tail: number): readonly [more: readonly number[], less: readonly number[]] {
  if (tail <= SMALL_TAIL)
    return [
      RATIOS.map((times) => tail * times).filter((rate) => rate < 1),
      RATIOS.map((times) => tail / times),
    ];
  const rateAt = (odds: number) => (tail * odds) / (1 - tail + tail * odds);
  return [ODDS.map(rateAt), ODDS.map((times) => rateAt(1 / times))];
}

function cumulative(histogram: SparseHistogram): Float64Array {
  const above = new Float64Array(HISTOGRAM_BUCKETS + 1);
  for (let i = 0; i + 1 < histogram.length; i += 2)
    above[histogram[i] as number] = histogram[i + 1] as number;
  for (let bucket = HISTOGRAM_BUCKETS - 1; bucket >= 0; bucket--)
    above[bucket] = (above[bucket] as number) + (above[bucket + 1] as number);
  return above;
}

/** The lowest bucket that lies wholly at or above a time. */
function bucketFrom(micros: number): number {
  const bucket = bucketOf(micros);
  return Math.min(HISTOGRAM_BUCKETS, bucketFloor(bucket) >= micros ? bucket : bucket + 1);
}

/**
 * The log of an e-process that modern's quantile is above `ratio` times legacy's (Howard and Ramdas 2022, with discrete bets). Wherever legacy's true quantile lies, one
 * of two bets wins: that legacy is not so slow, or that modern is slower still. What counts is the least over all places.
 */
export function slowerEvidence(
  legacy: SparseHistogram,
  modern: SparseHistogram,
  quantile: number,
  ratio: number,
): number {
  const ofLegacy = cumulative(legacy);
  const ofModern = cumulative(modern);
  const legacyCases = ofLegacy[0] as number;
  const modernCases = ofModern[0] as number;
  if (legacyCases === 0 || modernCases === 0) return 0;
  const tail = 1 - quantile;
  const [more, less] = betsOn(tail);
  const at = (bucket: number): number => {
    const slow = ofModern[bucketFrom(bucketFloor(bucket + 1) * ratio)] as number;
    const fast = ofLegacy[bucket] as number;
    return rateBets(slow, modernCases, tail, more) + rateBets(fast, legacyCases, tail, less);
  };
  // Where it mostly is least, first: nearly always that says there is no alarm.
  const likely = Math.min(HISTOGRAM_BUCKETS - 1, bucketOf((quantileMs(legacy, quantile) ?? 0) * 1000));
  let least = at(likely);
  for (let bucket = 0; bucket < HISTOGRAM_BUCKETS && least >= Math.log(ALARM); bucket++)
    least = Math.min(least, at(bucket));
  return least;
}

/**
 * Watches latencies of clients' answers by what is counted of them, absolute, each second. Each look is an e-process of its own: one in
 * ALARM of them gives a false alarm, at most, and two begin in a minute.
 */
export class LatencyWatch {
  private readonly limits: readonly (readonly [GuardedQuantile, number])[];
  /** What each part of those that serve has counted. */
  private readonly parts = new Map<number, Sides>();
  /** The oldest first: it has seen everything, and stays. */
  private looks: Look[] = [];

  constructor(limits: Readonly<Partial<Record<GuardedQuantile, number>>>) {
    this.limits = Object.entries(limits) as [GuardedQuantile, number][];
  }

  /** `part`: whose totals these are. `now`: ms on a clock that nobody sets. Gives what an alarm stands on. */
  counted(part: number, legacy: SparseHistogram, modern: SparseHistogram, now: number): Found | undefined {
    const { parts, looks } = this;
    parts.set(part, { legacy, modern });
    const all = [...parts.values()];
    const total: Sides = {
      legacy: mergeHistograms(all.map((one) => one.legacy)),
      modern: mergeHistograms(all.map((one) => one.modern)),
    };
    if (looks.length === 0) looks.push({ since: { legacy: [], modern: [] }, begunAt: now, judgeAt: now });
    for (const look of looks) {
      if (look.judgeAt > now) continue;
      look.judgeAt = now + (now - look.begunAt) / JUDGED_PER_AGE;
      const found = this.judge(total, look.since);
      if (found !== undefined) return found;
    }
    const newest = looks.at(-1) as Look;
    if (now - newest.begunAt >= BEGIN_EVERY_MS) {
      looks.push({ since: total, begunAt: now, judgeAt: now });
      this.looks = thinned(looks, now);
    }
    return undefined;
  }

  private judge(total: Sides, since: Sides): Found | undefined {
    const { limits } = this;
    const legacy = subtractHistogram(total.legacy, since.legacy);
    const modern = subtractHistogram(total.modern, since.modern);
    for (const [name, ratio] of limits) {
      const evidence = slowerEvidence(legacy, modern, QUANTILES[name], ratio) - Math.log(limits.length);
      if (evidence < Math.log(ALARM)) continue;
      const [slow, fast] = [modern, legacy].map((side) => quantileMs(side, QUANTILES[name]) ?? 0);
      const counts = { legacy: casesOf(legacy), modern: casesOf(modern) };
      const seen = `modern's ${name} is ${numberText(slow ?? 0, 1)} ms and legacy's ${numberText(fast ?? 0, 1)} ms, of ${countText(counts.modern)} and ${countText(counts.legacy)} answers: more than ${numberText(ratio, 2)} times as slow`;
      return { value: Math.min(1e300, Math.exp(evidence)), seen, ...counts };
    }
    return undefined;
  }
}

function casesOf(histogram: SparseHistogram): number {
  return histogram.reduce((sum, count, index) => (index % 2 === 1 ? sum + count : sum), 0);
}

/** Looks whose ages grow by a quarter to a half: some fifty for a week. */
function thinned(looks: readonly Look[], now: number): Look[] {
  const kept: Look[] = [];
  for (const [at, look] of looks.entries()) {
    const older = kept.at(-1);
    const younger = looks[at + 1];
    const between = older !== undefined && younger !== undefined && younger.begunAt < now;
    if (between && now - older.begunAt < APART * (now - younger.begunAt)) continue;
    kept.push(look);
  }
  return kept;
}
