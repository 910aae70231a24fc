import type { WindowCounts } from "../counters.ts";
import { mergeHistograms, quantileMs, type SparseHistogram } from "../histogram.ts";
import type { Side } from "../position.ts";
import { lnMeanEvidence } from "../proof/e-bh.ts";
import { QuantileTest } from "../proof/quantile-test.ts";
import { eValueOf } from "../proof/sign-test.ts";
import { countText, numberText } from "../wording.ts";
import { judgeLatency } from "./answers-parts.ts";
import { type ConditionVerdict, type GateEvidence, verdict } from "./contract.ts";
import { missingAnswers, moreText, timesNeeded, totalOf } from "./reasons.ts";

const QUANTILES = { p50: 0.5, p95: 0.95, p99: 0.99 } as const;
type QuantileName = keyof typeof QUANTILES;

/** A duration that was counted took some time: half a microsecond, so that a ratio stays a number. */
const LEAST_MS = 0.0005;

function histogramOf(counts: WindowCounts, side: Side): SparseHistogram {
  return mergeHistograms([counts[side].histogram, counts.shadow[side].histogram]);
}

/** `modern by 600 answers to shadows, legacy by 620 to clients`: a shadow's latency is not quite a client's. */
function judgedText(counts: WindowCounts): string {
  const of = (side: Side) => {
    const [clients, shadows] = [counts[side].requests, counts.shadow[side].requests];
    const parts = [
      ...(clients > 0 ? [`${countText(clients)} to clients`] : []),
      ...(shadows > 0 ? [`${countText(shadows)} to shadows, their wait for a place left out`] : []),
    ];
    return `${side} by its answers, ${parts.join(" and ")}`;
  };
  return `${of("modern")}; ${of("legacy")}`;
}

/** As many values again, spread as they are. */
function scaled(histogram: SparseHistogram, times: number): SparseHistogram {
  return histogram.map((each, at) => (at % 2 === 0 ? each : each * times));
}

/** Whether modern's quantile is proven to be at most `bound` times legacy's, or above. */
export function maxLatencyRatio(
  evidence: GateEvidence,
  quantileName: QuantileName,
  bound: number,
  alpha: number,
): ConditionVerdict {
  const name = `maxLatencyRatio.${quantileName}`;
  const absent = missingAnswers(evidence);
  if (absent !== undefined) return verdict({ name, value: null, bound, state: "unknown", missing: absent });
  const { counts } = evidence;
  const quantile = QUANTILES[quantileName];
  const histograms = { modern: histogramOf(counts, "modern"), legacy: histogramOf(counts, "legacy") };
  const test = new QuantileTest({ ...histograms, quantile });
  const [modern, legacy] = [histograms.modern, histograms.legacy].map((histogram) =>
    Math.max(LEAST_MS, quantileMs(histogram, quantile) ?? 0),
  ) as [number, number];
  const [low, high] = test.interval(alpha);
  const interval = { low, high: Number.isFinite(high) ? high : null };
  const parts = judgeLatency(evidence, quantile, bound, alpha);
  const beyond = parts.shown.length === 0 ? {} : { beyond: parts.shown };
  const base = { name, value: modern / legacy, bound, interval, judged: judgedText(counts), ...beyond };
  const enough = -Math.log(alpha);
  const within = test.lnWithin(bound);
  const slower = test.lnSlower(bound);
  // Of the route, and of the worst of its parts: half is bet on each.
  const broken = parts.worst === undefined ? slower : lnMeanEvidence([slower, parts.lnSome]);
  const text = `modern's ${quantileName} is ${numberText(modern)} ms, legacy's ${numberText(legacy)} ms`;
  const tooSlow = `${text}: modern needs to come down to ${numberText(legacy * bound)} ms`;
  if (broken >= enough) {
    const { worst } = parts;
    const missing =
      slower >= enough || worst === undefined
        ? tooSlow
        : `${worst.name} is too slow: ${worst.text}; waiting does not help`;
    return verdict({ ...base, state: "fails", eValue: eValueOf(broken), missing });
  }
  if (within >= enough) return verdict({ ...base, state: "holds", eValue: eValueOf(within) });
  const unknown = (missing: string) =>
    verdict({ ...base, state: "unknown", eValue: eValueOf(within), missing });
  if (modern > legacy * bound) return unknown(`${tooSlow}; waiting shows only whether that stays so`);
  const times = timesNeeded((many) => {
    const [ofModern, ofLegacy] = [scaled(histograms.modern, many), scaled(histograms.legacy, many)];
    return new QuantileTest({ modern: ofModern, legacy: ofLegacy, quantile }).lnWithin(bound) >= enough;
  });
  if (times === undefined)
    return unknown(`${text}: no waiting shows that it stays under, since it is too close to the bound`);
  const { answers } = totalOf(counts, "modern");
  return unknown(`${text}: ${moreText(evidence, times, answers, "answer by modern")}`);
}
