import type { WindowCounts } from "../counters.ts";
import { COUNTED_METHODS } from "../message.ts";
import { lnMeanEvidence } from "../proof/e-bh.ts";
import { cleanTrialsMissing, lnRateEvidence } from "../proof/rate-bound.ts";
import { isOfOthers } from "../strata/others.ts";
import { isOfOperation } from "../strata/seen.ts";
import { countOf, countText } from "../wording.ts";
import type { GateEvidence, GateState, PartVerdict } from "./contract.ts";
import { type Counted, witnessesOfMethod, witnessesOfStratum } from "./witnesses.ts";

/** Of the limit on the route's mismatches, what one method or path template may use up where its own rate is not known to keep to it. */
const PART_OF_LIMIT = 0.4;
/** So many parts share what may be said falsely of any. More are never told apart (counter-shapes). */
export const MOST_PARTS = 1_000;
/** Of fewer comparisons nothing is said to be proven wrong: they may all be one client's. */
const LEAST_TO_FAIL = 5;
/** Parts of a verdict: an entry of the ledger keeps it. */
const MOST_SHOWN = 20;
const MOST_NAMED = 3;

/** A method, or a method's path template, of which something was compared. */
interface Part extends Counted {
  readonly name: string;
  /** Comparisons of the route that count and were told apart in this way. */
  readonly of: number;
}

/** Whether requests of several path templates, or for several operations, can come: the front door finds them itself. */
function takesManyTemplates({ route, counts }: Pick<GateEvidence, "route" | "counts">): boolean {
  return route.match.path.endsWith("+}") || Object.keys(counts.strata).some(isOfOperation);
}

function partsAmong(found: readonly Omit<Part, "of">[]): readonly Part[] {
  const some = found.filter(({ comparisons }) => comparisons > 0);
  const of = some.reduce((sum, { comparisons }) => sum + comparisons, 0);
  return some.map((each) => ({ ...each, of }));
}

function methodParts(counts: WindowCounts): readonly Part[] {
  const found = partsAmong(
    COUNTED_METHODS.map((method) => ({ name: method, ...witnessesOfMethod(counts, method) })),
  );
  return found.length < 2 ? [] : found;
}

function strataParts({ strata }: WindowCounts): readonly Part[] {
  return partsAmong(
    Object.entries(strata).map(([name, stratum]) => ({ name, ...witnessesOfStratum(stratum) })),
  );
}

/** What a route's comparisons fall into; empty where they are all of one kind. */
export function partsOf(evidence: GateEvidence): readonly Part[] {
  const methods = methodParts(evidence.counts);
  if (!takesManyTemplates(evidence)) return methods;
  return [...methods, ...strataParts(evidence.counts)];
}

/**
 * ln of the e-value against "so many of the route's comparisons are mismatches of this part that they use up PART_OF_LIMIT of the limit, and
 * its own rate is at the limit or above": half is bet on each being false. The first knows of a part that never came, too. Of templates that
 * are not told apart it stands alone: their own rate is a mean, in which those that are right hide one that is wrong.
 */
function lnSmallEnough({ name, comparisons, mismatches, of }: Part, rate: number): number {
  const ofAll = lnRateEvidence(mismatches, of, rate * PART_OF_LIMIT);
  const ofOwn = isOfOthers(name) ? Number.NEGATIVE_INFINITY : lnRateEvidence(mismatches, comparisons, rate);
  return lnMeanEvidence([ofAll, ofOwn]);
}

/** ln of the e-value against "the rate is at most `rate`". */
export function lnTooMany({ comparisons, mismatches }: Counted, rate: number): number {
  return lnRateEvidence(comparisons - mismatches, comparisons, 1 - rate);
}

/** The same of the worst of all parts, each of which has an equal share. */
export function lnSomeTooMany(parts: readonly Part[], rate: number): number {
  const found = parts.filter(({ comparisons }) => comparisons >= LEAST_TO_FAIL);
  if (found.length === 0) return Number.NEGATIVE_INFINITY;
  const sum = lnMeanEvidence(found.map((part) => lnTooMany(part, rate)));
  return sum + Math.log(found.length / MOST_PARTS);
}

interface JudgedParts {
  /** ln of the least evidence that any part, seen or not, is small enough or right; Infinity: there are none. */
  readonly lnLeast: number;
  /** Those that hold last. */
  readonly shown: readonly PartVerdict[];
  readonly worst: Part | undefined;
  /** What is missing; undefined: nothing. */
  readonly missing: string | undefined;
  /** Comparisons until nothing is, if no more of them are mismatches; Infinity: no number does. */
  readonly more: number;
}

const NEVER_SEEN = { name: "", comparisons: 0, mismatches: 0 };

interface Judged extends Part {
  readonly lnSmall: number;
  readonly tooMany: number;
  readonly state: GateState;
}

function judgedPart(part: Part, rate: number, enough: number): Judged {
  const [lnSmall, tooMany] = [lnSmallEnough(part, rate), lnTooMany(part, rate)];
  const fails = part.comparisons >= LEAST_TO_FAIL && tooMany >= enough + Math.log(2 * MOST_PARTS);
  return { ...part, lnSmall, tooMany, state: fails ? "fails" : lnSmall >= enough ? "holds" : "unknown" };
}

/** Says what is missing of parts; the same of many of them is worked out once. */
class Missing {
  private readonly rate: number;
  private readonly alpha: number;
  private readonly known = new Map<string, number>();

  constructor(rate: number, alpha: number) {
    this.rate = rate;
    this.alpha = alpha;
  }

  /** Comparisons of the route until it would hold, if no more of them are mismatches of the part. */
  clean({ mismatches, of }: Pick<Part, "mismatches" | "of">): number {
    const key = `${mismatches} ${of}`;
    const { rate, alpha, known } = this;
    // The other half of the bet is not counted on.
    const more =
      known.get(key) ?? cleanTrialsMissing(mismatches, of, rate * PART_OF_LIMIT, alpha / (2 - alpha));
    known.set(key, more);
    return more;
  }

  text(part: Part): string {
    const { mismatches, comparisons } = part;
    const more = this.clean(part);
    const needs = Number.isFinite(more)
      ? `needs ${countOf(more, "more comparison")} of the route${mismatches > 0 ? " without another" : ""}`
      : "no number of comparisons shows it";
    return mismatches === 0
      ? needs
      : `${countText(mismatches)} of ${countText(comparisons)} differ: ${needs}`;
  }

  /** Of one that was not wrong so far, or did not come. */
  unseenText(of: number): string {
    const share = Number((this.rate * PART_OF_LIMIT * 100).toPrecision(3));
    const more = countOf(this.clean({ mismatches: 0, of }), "more comparison");
    return `needs ${more} until a method or path template of ${share} % of them could not be wrong unnoticed`;
  }
}

const ORDER: readonly GateState[] = ["fails", "unknown", "holds"];

/** Holds the limit (`rate`, 0..1) against each part of a route's comparisons (docs/proof.md). */
export function judgeParts(
  evidence: GateEvidence,
  parts: readonly Part[],
  rate: number,
  alpha: number,
): JudgedParts {
  const enough = -Math.log(alpha);
  const of = strataParts(evidence.counts)[0]?.of ?? 0;
  const many = takesManyTemplates(evidence);
  const unseen = many ? lnSmallEnough({ ...NEVER_SEEN, of }, rate) : Number.POSITIVE_INFINITY;
  const judged = parts
    .map((part) => judgedPart(part, rate, enough))
    .sort(
      (a, b) =>
        ORDER.indexOf(a.state) - ORDER.indexOf(b.state) ||
        Number(b.mismatches > 0) - Number(a.mismatches > 0) ||
        b.tooMany - a.tooMany ||
        b.comparisons - a.comparisons ||
        (a.name < b.name ? -1 : 1),
    );
  const missing = new Missing(rate, alpha);
  const shown = judged.slice(0, MOST_SHOWN).map((part) => ({
    ...{ name: part.name, comparisons: part.comparisons, mismatches: part.mismatches, state: part.state },
    ...(part.state === "unknown" ? { missing: missing.text(part) } : {}),
  }));
  const lnLeast = judged.reduce((least, { lnSmall }) => Math.min(least, lnSmall), unseen);
  const enoughOfAll = lnLeast >= enough;
  return {
    lnLeast,
    shown,
    worst: judged[0],
    missing: enoughOfAll ? undefined : textOf(judged, of, missing),
    more: enoughOfAll ? 0 : moreOf(judged, of, missing),
  };
}

/** As textOf says it, of the one that needs most. */
function moreOf(judged: readonly Judged[], of: number, missing: Missing): number {
  const open = judged.filter(({ state }) => state === "unknown");
  const differing = open.filter(({ mismatches }) => mismatches > 0);
  const unseen = missing.clean({ mismatches: 0, of: open[0]?.of ?? of });
  return differing.reduce((most, part) => Math.max(most, missing.clean(part)), unseen);
}

function textOf(judged: readonly Judged[], of: number, missing: Missing): string {
  const open = judged.filter(({ state }) => state === "unknown");
  const differing = open.filter(({ mismatches }) => mismatches > 0).slice(0, MOST_NAMED);
  if (differing.length > 0) return differing.map((part) => `${part.name}: ${missing.text(part)}`).join("; ");
  return missing.unseenText(open[0]?.of ?? of);
}
