import { lnMeanEvidence } from "../proof/e-bh.ts";
import { cleanTrialsMissing, lnRateEvidence, rateLower, rateUpper } from "../proof/rate-bound.ts";
import { eValueOf } from "../proof/sign-test.ts";
import { countOf, countText, numberText } from "../wording.ts";
import { type ConditionVerdict, type GateEvidence, verdict } from "./contract.ts";
import { judgeParts, lnSomeTooMany, lnTooMany, partsOf } from "./parts.ts";
import { compared, moreText, never, pace, timesNeeded, whyNoComparison } from "./reasons.ts";
import { type Counted, countedText, witnessesOf } from "./witnesses.ts";

function shareOf({ mismatches, comparisons }: Counted): string {
  return `${countText(mismatches)} of ${countText(comparisons)}`;
}

/** What comes back with every request, and no waiting takes away. */
function comesBack({ route, differs }: GateEvidence, text: string, part?: string): string {
  const most = differs?.(part);
  const named = most === undefined ? "" : `, most often ${most}`;
  return `${text}${named}: a difference that keeps coming, and waiting does not help: see what it is with \`fig diff ${route.id}\`, then put modern right or write a compare rule for it`;
}

/** Why it takes more than the route's own rate does. */
function partsShare(ofRoute: number, more: number): string {
  if (more <= ofRoute) return "";
  return `; ${countText(ofRoute)} for the route's rate, the others for that of each method and path template`;
}

/** `ofParts`: comparisons that its methods and path templates need, if no more of them are mismatches. */
function missingText(
  evidence: GateEvidence,
  found: Counted,
  bound: number,
  alpha: number,
  ofParts: number,
): string {
  const { mismatches, comparisons } = found;
  if (comparisons > 0 && (mismatches / comparisons) * 100 >= bound)
    return `${shareOf(found)} differ so far, not under ${numberText(bound)} %: waiting shows only whether that stays so; see what they are with \`fig diff ${evidence.route.id}\``;
  const ofRoute = cleanTrialsMissing(mismatches, comparisons, bound / 100, alpha);
  const more = Number.isFinite(ofParts) ? Math.max(ofRoute, ofParts) : ofRoute;
  if (!Number.isFinite(more)) return never(`no number of comparisons brings a rate under ${bound} %`);
  const clean = `needs ${countOf(more, "more comparison")} without a mismatch (${shareOf(found)} so far${partsShare(ofRoute, more)})${pace(evidence, more, comparisons)}`;
  if (mismatches === 0) return clean;
  const enough = -Math.log(alpha);
  const times = timesNeeded(
    (many) => lnRateEvidence(mismatches * many, comparisons * many, bound / 100) >= enough,
  );
  if (times === undefined)
    return `${clean}; if they go on as they do, no waiting: see what they are with \`fig diff ${evidence.route.id}\``;
  return `${clean}; if they go on as they do, ${moreText(evidence, times, comparisons, "comparison")}`;
}

/** The route's rate is low enough; that of a part may not be. */
function partsText({ route }: GateEvidence, missing: string): string {
  return missing.includes("differ")
    ? `the route's rate is proven, not yet that of each method and path template: ${missing}; see what they are with \`fig diff ${route.id}\``
    : `the route's rate is proven, but it ${missing}`;
}

/** Whether the rate of mismatches is proven to be under the bound, or above. Percent. By the comparisons that count (witnesses). */
export function maxMismatchRate(evidence: GateEvidence, bound: number, alpha: number): ConditionVerdict {
  const name = "maxMismatchRate";
  const found = witnessesOf(evidence.counts);
  const { mismatches, comparisons } = found;
  const why = whyNoComparison(evidence);
  if (comparisons === 0) {
    const { more } = judgeParts(evidence, [], bound / 100, alpha);
    const missing = why === undefined ? missingText(evidence, found, bound, alpha, more) : never(why);
    return verdict({ name, value: null, bound, state: "unknown", missing });
  }
  const [rate, enough] = [bound / 100, -Math.log(alpha)];
  const interval = {
    low: rateLower(mismatches, comparisons, alpha) * 100,
    high: rateUpper(mismatches, comparisons, alpha) * 100,
  };
  const judged = countedText(compared(evidence.counts), found);
  const base = {
    ...{ name, value: interval.high, bound, interval },
    ...(judged === undefined ? {} : { judged, counted: found }),
  };
  const parts = partsOf(evidence);
  const tooMany = lnTooMany(found, rate);
  // Of the route, and of the worst of its parts: half is bet on each.
  const broken = parts.length === 0 ? tooMany : lnMeanEvidence([tooMany, lnSomeTooMany(parts, rate)]);
  const ofParts = judgeParts(evidence, parts, rate, alpha);
  const shown = ofParts.shown.length === 0 ? {} : { parts: ofParts.shown };
  if (broken >= enough) {
    const part = tooMany >= enough ? undefined : ofParts.worst;
    const missing =
      part === undefined
        ? comesBack(evidence, `${shareOf(found)} compared answers differ`)
        : comesBack(evidence, `${shareOf(part)} compared answers to ${part.name} differ`, part.name);
    return verdict({ ...base, state: "fails", eValue: eValueOf(broken), missing, ...shown });
  }
  const under = lnRateEvidence(mismatches, comparisons, rate);
  const eValue = eValueOf(Math.min(under, ofParts.lnLeast));
  if (under >= enough && ofParts.missing === undefined)
    return verdict({ ...base, state: "holds", eValue, ...shown });
  const missing =
    why !== undefined
      ? never(why)
      : under >= enough
        ? partsText(evidence, ofParts.missing ?? "")
        : missingText(evidence, found, bound, alpha, ofParts.more);
  return verdict({ ...base, state: "unknown", eValue, missing, ...shown });
}
