import type { ControlPairs, EvidenceRow } from "./outcomes.ts";
import { eBenjaminiHochberg, lnMeanEvidence } from "./proof/e-bh.ts";
import { eValueOf, lnSignEvidence } from "./proof/sign-test.ts";
import { fitsFormats, knownFormats } from "./value-format.ts";

/** How often a path called modern's may be none, of all that are called so. */
const ALPHA = 0.05;
const LN_SURE = Math.log(1 / ALPHA);
/** From so many on, and if not one in twenty tells the two sides apart, legacy never repeats it. */
const UNPROVABLE_OWN = 8;
const UNPROVABLE_SHARE = 0.05;
/** Formats kept of one path; where there are more, any text will do. */
const MAX_FORMATS = 8;

export const NO_PAIRS: ControlPairs = Object.freeze({ modern: 0, legacy: 0, own: 0, hidden: 0, formats: [] });

/** Of two front doors, or two lists of one. */
export function addedPairs(a: ControlPairs, b: ControlPairs): ControlPairs {
  const array = a.array ?? b.array;
  return {
    modern: a.modern + b.modern,
    legacy: a.legacy + b.legacy,
    own: a.own + b.own,
    hidden: a.hidden + b.hidden,
    formats: knownFormats([...a.formats, ...b.formats], MAX_FORMATS),
    ...(array === undefined ? {} : { array }),
  };
}

/** Whether a value of modern's is of a kind that legacy's own are where they differ. */
export function fitsPath({ formats }: Pick<ControlPairs, "formats">, format: string): boolean {
  return fitsFormats(format, knownFormats(formats, MAX_FORMATS));
}

/** What comparisons without a control saw at a path beside those with one, since there are any without. */
interface Uncontrolled {
  /** Differences of modern's in so many comparisons without a control. */
  readonly differing: number;
  readonly without: number;
  /** Differences of legacy's own in so many with one. */
  readonly own: number;
  readonly controls: number;
}

/**
 * Whether a difference at this path is taken for legacy's own noise where its request has no control: legacy differed from itself
 * there, neither the pairs nor the comparisons without a control say that modern differs more often than that. The paired sign
 * test (docs/decisions/0046-noise.md); the other is the same test on a split.
 */
export function isNoise({ modern, legacy, own }: ControlPairs, seen: Uncontrolled): boolean {
  if (own === 0 || lnSignEvidence(modern, legacy) >= LN_SURE) return false;
  const { differing, without, controls } = seen;
  if (without === 0 || controls === 0) return true;
  return lnSignEvidence(differing, seen.own, without / (without + controls)) < LN_SURE;
}

/**
 * `real`: modern differs from legacy more often than legacy from itself. `unprovable`: legacy never repeats it, so that formats
 * are compared in place of values. `noise`: legacy differs from itself there, and modern no more often. `open`: too little is known.
 */
type PathState = "real" | "unprovable" | "noise" | "open";

/** One path that controls spoke of. */
interface JudgedPath extends ControlPairs {
  readonly path: string;
  readonly state: PathState;
  /** The e-value of the paired sign test: how many times likelier these pairs are if the sides differ. */
  readonly evidence: number;
}

function stateOf({ modern, legacy, own }: ControlPairs): PathState {
  if (own >= UNPROVABLE_OWN && modern + legacy <= own * UNPROVABLE_SHARE) return "unprovable";
  return own > 0 ? "noise" : "open";
}

/**
 * ln of the evidence that modern is the odd one of the three more often than chance: the mean of two e-values. One holds modern
 * against legacy's second answer, asked at the same time. The other holds it against both of legacy's; the first was given
 * earlier, which can only make that the odd one more often.
 */
function lnEvidence({ modern, legacy, own }: ControlPairs): number {
  return lnMeanEvidence([
    lnSignEvidence(modern, legacy),
    lnSignEvidence(modern, Math.max(own, legacy), 1 / 3),
  ]);
}

/** Judges all paths of a window together (e-BH): of those called `real`, at most one in twenty is not. Those of most evidence first. */
export function judgedPaths(rows: readonly EvidenceRow[]): readonly JudgedPath[] {
  const paths = rows.flatMap(({ path, pairs }) => (pairs === undefined ? [] : [{ path, ...pairs }]));
  // Pairs that tell nothing apart say nothing, whoever is right: the test is of those that do.
  const told = paths.filter(({ modern, legacy }) => modern + legacy > 0);
  const evidence = told.map(lnEvidence);
  const real = new Set(eBenjaminiHochberg(evidence, ALPHA).map((index) => told[index]));
  return paths
    .map((each) => ({
      ...each,
      state: real.has(each) ? ("real" as const) : stateOf(each),
      evidence: eValueOf(lnEvidence(each)),
    }))
    .sort((a, b) => b.evidence - a.evidence || b.own - a.own || (a.path < b.path ? -1 : 1));
}

/** Comparisons with a control that could be used. */
export function controlsIn(rows: readonly EvidenceRow[]): number {
  return rows.find(({ kind, path }) => kind === "controls" && path === "compared")?.count ?? 0;
}
