import { lnBeta, lnBetaTails } from "./special.ts";

/**
 * ln of the e-value against "of these events a share of at most `q` is of the first kind": `b` were, `c` were not. The
 * alternative is a uniform share above q. It may be looked at after every event: where the share is at most q, it reaches
 * ln(1/α) in a fraction α of all runs, however long they are.
 * M. Lindon, A. Malek, Anytime-Valid Inference for Multinomial Count Data, 2022 (arXiv 2011.03567), one-sided.
 */
export function lnSignEvidence(b: number, c: number, q = 0.5): number {
  if (q >= 1) return 0;
  // Events of no chance have happened.
  if (q <= 0) return b > 0 ? Number.POSITIVE_INFINITY : lnBeta(1, c + 1);
  return (
    lnBeta(b + 1, c + 1) +
    lnBetaTails(q, b + 1, c + 1).upper -
    Math.log1p(-q) -
    b * Math.log(q) -
    c * Math.log1p(-q)
  );
}

/** e^u, at most the largest number: evidence is written as JSON. */
export function eValueOf(lnEvidence: number): number {
  return Math.min(Number.MAX_VALUE, Math.exp(lnEvidence));
}
