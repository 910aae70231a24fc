import { cleanTrialsMissing, lnRateEvidence, rateLower, rateUpper } from "../proof/rate-bound.ts";
import { eValueOf } from "../proof/sign-test.ts";
import { countOf, countText, numberText } from "../wording.ts";
import { type ConditionVerdict, type GateEvidence, verdict } from "./contract.ts";
import { compared, moreText, never, pace, timesNeeded, whyNoComparison } from "./reasons.ts";

interface Compared {
  readonly mismatches: number;
  readonly comparisons: number;
}

/** ln of the e-value against "the rate is at most `rate`". */
function lnTooMany({ mismatches, comparisons }: Compared, rate: number): number {
  return lnRateEvidence(comparisons - mismatches, comparisons, 1 - rate);
}

function shareOf({ mismatches, comparisons }: Compared): string {
  return `${countText(mismatches)} of ${countText(comparisons)}`;
}

/** What comes back with every request, and no waiting takes away. */
function comesBack(route: string, text: string): string {
  return `${text}: a difference that keeps coming, and waiting does not help: see what it is with \`fig diff ${route}\`, then put modern right or write a compare rule for it`;
}

/** Methods of which too many differ, though all together may not: a rare one is not drowned by a busy one. */
function worstMethod(
  { counts }: GateEvidence,
  rate: number,
  enough: number,
): readonly [method: string, found: Compared] | undefined {
  const methods = Object.entries(counts.comparedMethods).filter(([, comparisons]) => comparisons > 0);
  if (methods.length < 2) return undefined;
  const each = methods.map(([method, comparisons]) => {
    const mismatches =
      (counts.mismatchedMethods as Readonly<Record<string, number | undefined>>)[method] ?? 0;
    return [method, { comparisons, mismatches: Math.min(comparisons, mismatches) }] as const;
  });
  return each
    .filter(([, found]) => lnTooMany(found, rate) >= enough + Math.log(methods.length))
    .sort(([, one], [, other]) => lnTooMany(other, rate) - lnTooMany(one, rate))[0];
}

function missingText(evidence: GateEvidence, found: Compared, bound: number, alpha: number): string {
  const { mismatches, comparisons } = found;
  if (comparisons > 0 && (mismatches / comparisons) * 100 >= bound)
    return `${shareOf(found)} differ so far, not under ${numberText(bound)} %: waiting shows only whether that stays so; see what they are with \`fig diff ${evidence.route.id}\``;
  const more = cleanTrialsMissing(mismatches, comparisons, bound / 100, alpha);
  if (!Number.isFinite(more)) return never(`no number of comparisons brings a rate under ${bound} %`);
  const clean = `needs ${countOf(more, "more comparison")} without a mismatch (${shareOf(found)} so far)${pace(evidence, more)}`;
  if (mismatches === 0) return clean;
  const enough = -Math.log(alpha);
  const times = timesNeeded(
    (many) => lnRateEvidence(mismatches * many, comparisons * many, bound / 100) >= enough,
  );
  if (times === undefined)
    return `${clean}; if they go on as they do, no waiting: see what they are with \`fig diff ${evidence.route.id}\``;
  return `${clean}; if they go on as they do, ${moreText(evidence, times, comparisons, "comparison")}`;
}

/** Whether the rate of mismatches is proven to be under the bound, or above. Percent. */
export function maxMismatchRate(evidence: GateEvidence, bound: number, alpha: number): ConditionVerdict {
  const name = "maxMismatchRate";
  const found = { mismatches: evidence.counts.comparisons.mismatch, comparisons: compared(evidence.counts) };
  const { mismatches, comparisons } = found;
  const why = whyNoComparison(evidence);
  if (comparisons === 0) {
    const missing = why === undefined ? missingText(evidence, found, bound, alpha) : never(why);
    return verdict({ name, value: null, bound, state: "unknown", missing });
  }
  const [rate, enough] = [bound / 100, -Math.log(alpha)];
  const interval = {
    low: rateLower(mismatches, comparisons, alpha) * 100,
    high: rateUpper(mismatches, comparisons, alpha) * 100,
  };
  const base = { name, value: interval.high, bound, interval };
  const tooMany = lnTooMany(found, rate);
  if (tooMany >= enough) {
    const missing = comesBack(evidence.route.id, `${shareOf(found)} compared answers differ`);
    return verdict({ ...base, state: "fails", eValue: eValueOf(tooMany), missing });
  }
  const worst = worstMethod(evidence, rate, enough);
  if (worst !== undefined) {
    const [method, its] = worst;
    const missing = comesBack(evidence.route.id, `${shareOf(its)} compared answers to ${method} differ`);
    return verdict({ ...base, state: "fails", eValue: eValueOf(lnTooMany(its, rate)), missing });
  }
  const under = lnRateEvidence(mismatches, comparisons, rate);
  if (under >= enough) return verdict({ ...base, state: "holds", eValue: eValueOf(under) });
  const missing = why === undefined ? missingText(evidence, found, bound, alpha) : never(why);
  return verdict({ ...base, state: "unknown", eValue: eValueOf(under), missing });
}
