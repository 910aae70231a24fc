import type { Side } from "../position.ts";
import {
  differenceBounds,
  lnDifferenceAbove,
  lnDifferenceBelow,
  type TwoRates,
} from "../proof/difference-test.ts";
import { lnMeanEvidence } from "../proof/e-bh.ts";
import { eValueOf } from "../proof/sign-test.ts";
import { countOf, countText, numberText } from "../wording.ts";
import { judgeErrors } from "./answers-parts.ts";
import { moreOfCode } from "./client-errors.ts";
import { type ConditionVerdict, type GateEvidence, verdict } from "./contract.ts";
import { missingAnswers, moreText, never, shadowsAll, timesNeeded, totalOf } from "./reasons.ts";

/** Of clients' answers: then pairs are nearly all there is. */
const MOSTLY_PAIRED = 0.9;

/**
 * Errors of modern (one) and legacy (other): of answers of its own, or of pairs in which it alone failed. Both of a pair
 * often fail for one cause: where both sides are asked, what matters is who failed alone.
 */
function failuresOf(evidence: GateEvidence): TwoRates {
  const { counts, position } = evidence;
  const [modern, legacy] = [totalOf(counts, "modern"), totalOf(counts, "legacy")];
  const { modern: b, legacy: c } = counts.failedAlone;
  // A fig that did not count pairs left errors that no pair explains.
  const explained = b + legacy.errors >= modern.errors;
  if (position.modern === 0 && counts.modern.requests === 0 && explained) {
    const trials = modern.answers;
    return { one: { hits: b, trials }, other: { hits: Math.min(c, trials), trials }, paired: true };
  }
  const pairs = counts.shadow.modern.requests + counts.shadow.legacy.requests;
  const asked = counts.modern.requests + counts.legacy.requests;
  if (shadowsAll(evidence) && pairs >= asked * MOSTLY_PAIRED) {
    // Of pairs, both sides have as many errors that they share. More of modern's are of answers that broke, and have no pair.
    const unpaired = Math.max(0, modern.errors - b - (legacy.errors - c));
    const hits = Math.min(pairs, b + unpaired);
    return { one: { hits, trials: pairs }, other: { hits: Math.min(c, pairs), trials: pairs }, paired: true };
  }
  // A client that tries again is one witness: what a key got after a side had failed it says nothing new.
  const first = (side: Side, { answers, errors }: typeof modern) => {
    const { answers: again = 0, errors: repeated = 0 } = counts.repeats[side];
    return { hits: Math.max(0, errors - repeated), trials: Math.max(1, answers - again) };
  };
  return { one: first("modern", modern), other: first("legacy", legacy), paired: false };
}

function countsText({ counts }: GateEvidence, { one, other, paired }: TwoRates): string {
  if (paired)
    return `of ${countText(one.trials)} pairs, modern alone failed ${countText(one.hits)}, legacy alone ${countText(other.hits)}`;
  const share = ({ hits, trials }: TwoRates["one"]) => `${countText(hits)} of ${countText(trials)}`;
  const { legacy, modern } = counts.repeats;
  const again = (legacy.errors ?? 0) + (modern.errors ?? 0);
  const left =
    again === 0 ? "" : `, without ${countOf(again, "error")} of sticky keys that had failed there before`;
  return `modern failed ${share(one)}, legacy ${share(other)}${left}`;
}

function scaled({ one, other, paired }: TwoRates, times: number): TwoRates {
  const more = ({ hits, trials }: TwoRates["one"]) => ({ hits: hits * times, trials: trials * times });
  return { one: more(one), other: more(other), paired };
}

function missingText(evidence: GateEvidence, rates: TwoRates, bound: number, enough: number): string {
  const counts = countsText(evidence, rates);
  const { one, other } = rates;
  const points = (one.hits / one.trials - other.hits / other.trials) * 100;
  if (points > bound)
    return `${numberText(points - bound)} points too many so far: ${counts}; waiting shows only whether that stays so`;
  const times = timesNeeded((many) => lnDifferenceBelow(scaled(rates, many), bound / 100) >= enough);
  if (times !== undefined)
    return `${moreText(evidence, times, one.trials, rates.paired ? "pair" : "answer by modern")}: ${counts}`;
  if (bound === 0 && one.hits + other.hits === 0)
    return never("no number of answers shows that there is no increase at all: allow some, 0.5 points say");
  return `no waiting shows it, since the difference is too close to the bound: ${counts}`;
}

/** Whether it is proven that modern fails no more than `bound` points oftener than legacy, or more than that. */
export function maxErrorRateIncrease(evidence: GateEvidence, bound: number, alpha: number): ConditionVerdict {
  const name = "maxErrorRateIncrease";
  const absent = missingAnswers(evidence);
  if (absent !== undefined) return verdict({ name, value: null, bound, state: "unknown", missing: absent });
  const rates = failuresOf(evidence);
  const { one, other } = rates;
  const value = (one.hits / one.trials - other.hits / other.trials) * 100;
  const [low, high] = differenceBounds(rates, alpha);
  const parts = judgeErrors(evidence, bound / 100, alpha);
  const beyond = parts.shown.length === 0 ? {} : { beyond: parts.shown };
  const base = { name, value, bound, interval: { low: low * 100, high: high * 100 }, ...beyond };
  const enough = -Math.log(alpha);
  const more = lnDifferenceAbove(rates, bound / 100);
  // Of the route, and of the worst of its parts: half is bet on each.
  const broken = parts.worst === undefined ? more : lnMeanEvidence([more, parts.lnSome]);
  if (broken >= enough) {
    const { worst } = parts;
    const missing =
      more >= enough || worst === undefined
        ? `modern fails more: ${countsText(evidence, rates)}; waiting does not help`
        : `modern fails more at ${worst.name}: ${worst.text}; waiting does not help`;
    return verdict({ ...base, state: "fails", eValue: eValueOf(broken), missing });
  }
  const refused = moreOfCode(evidence, bound / 100);
  if (refused !== undefined && refused.lnEvidence >= enough) {
    const missing = `${refused.text}; waiting does not help`;
    return verdict({ ...base, state: "fails", eValue: eValueOf(refused.lnEvidence), missing });
  }
  const under = lnDifferenceBelow(rates, bound / 100);
  if (under >= enough) return verdict({ ...base, state: "holds", eValue: eValueOf(under) });
  const missing = missingText(evidence, rates, bound, enough);
  return verdict({ ...base, state: "unknown", eValue: eValueOf(under), missing });
}
