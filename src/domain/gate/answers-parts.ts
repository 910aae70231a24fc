import type { StratumSide } from "../counter-shapes.ts";
import { mostFirst } from "../most-first.ts";
import { lnDifferenceAbove } from "../proof/difference-test.ts";
import { lnMeanEvidence } from "../proof/e-bh.ts";
import { QuantileTest } from "../proof/quantile-test.ts";
import { STRATUM_BUCKET, stratumQuantileMs } from "../strata/answers.ts";
import { countText, numberText } from "../wording.ts";
import type { AnswersVerdict, GateEvidence } from "./contract.ts";
import { MOST_PARTS } from "./parts.ts";

/** Of fewer answers of either side nothing is said to be proven worse: they may all be one client's. */
const LEAST_ANSWERS = 5;
const MOST_SHOWN = 20;

interface AnswersPart {
  readonly name: string;
  readonly legacy: StratumSide;
  readonly modern: StratumSide;
}

interface JudgedAnswers {
  /** ln of the evidence that one of the parts, which one is not said, is beyond the bound. */
  readonly lnSome: number;
  /** The worst of them; undefined: there are none. */
  readonly worst: (AnswersVerdict & { readonly lnWorse: number }) | undefined;
  /** Those proven to be beyond the bound, the worst first. */
  readonly shown: readonly AnswersVerdict[];
}

const NONE: JudgedAnswers = { lnSome: Number.NEGATIVE_INFINITY, worst: undefined, shown: [] };

function partsOf({ counts }: GateEvidence): readonly AnswersPart[] {
  const parts = Object.entries(counts.strata).flatMap(([name, [, , , answers]]) => {
    if (answers === undefined) return [];
    const { legacy, modern } = answers;
    return Math.min(legacy[0], modern[0]) < LEAST_ANSWERS ? [] : [{ name, legacy, modern }];
  });
  // One part is the route itself.
  return parts.length < 2 ? [] : parts;
}

function judged(
  parts: readonly AnswersPart[],
  alpha: number,
  lnWorseOf: (part: AnswersPart) => number,
  textOf: (part: AnswersPart) => string,
): JudgedAnswers {
  if (parts.length === 0) return NONE;
  const all = parts
    .map((part) => ({ part, lnWorse: lnWorseOf(part) }))
    .sort(
      mostFirst(
        ({ lnWorse }) => lnWorse,
        ({ part }) => part.name,
      ),
    );
  const told = ({ part, lnWorse }: (typeof all)[number]) => ({
    name: part.name,
    lnWorse,
    text: textOf(part),
  });
  const enough = Math.log((2 * MOST_PARTS) / alpha);
  const shown = all.filter(({ lnWorse }) => lnWorse >= enough).slice(0, MOST_SHOWN);
  const [worst] = all;
  return {
    lnSome: lnMeanEvidence(all.map(({ lnWorse }) => lnWorse)) + Math.log(parts.length / MOST_PARTS),
    worst: worst && told(worst),
    shown: shown.map((each) => ({ name: each.part.name, text: textOf(each.part) })),
  };
}

/** Holds a bound on the increase of errors (0..1) against each method's path templates and operations. */
export function judgeErrors(evidence: GateEvidence, increase: number, alpha: number): JudgedAnswers {
  const rate = ([trials, hits]: StratumSide) => ({ hits, trials });
  const share = ([answers, errors]: StratumSide) => `${countText(errors)} of ${countText(answers)}`;
  return judged(
    partsOf(evidence),
    alpha,
    // Some are of pairs and some are not: the mean of two e-values is one, whatever they have to do with each other.
    ({ modern, legacy }) =>
      lnDifferenceAbove({ one: rate(modern), other: rate(legacy), paired: true }, increase),
    ({ modern, legacy }) => `modern failed ${share(modern)}, legacy ${share(legacy)}`,
  );
}

/** The same of a bound on modern's latency over legacy's, at a quantile. */
export function judgeLatency(
  evidence: GateEvidence,
  quantile: number,
  ratio: number,
  alpha: number,
): JudgedAnswers {
  const ms = ([, , histogram]: StratumSide) => numberText(stratumQuantileMs(histogram, quantile) ?? 0);
  return judged(
    partsOf(evidence),
    alpha,
    ({ modern, legacy }) =>
      new QuantileTest({ modern: modern[2], legacy: legacy[2], quantile, width: STRATUM_BUCKET }).lnSlower(
        ratio,
      ),
    ({ modern, legacy }) =>
      `modern's p${numberText(quantile * 100)} is about ${ms(modern)} ms, legacy's ${ms(legacy)} ms`,
  );
}
