/**
 * Which of many hypotheses to reject so that of those rejected at most a share `alpha` is rejected falsely, however they
 * depend on each other: the k with the largest e-values, for the largest k whose k-th is at least K / (k alpha).
 * R. Wang, A. Ramdas, False Discovery Rate Control with E-values, 2022 (arXiv 2009.02824).
 * @param lnEvidence ln of each hypothesis's e-value.
 * @returns their indexes, the strongest first.
 */
export function eBenjaminiHochberg(lnEvidence: readonly number[], alpha: number): readonly number[] {
  const order = lnEvidence
    .map((_, index) => index)
    // Two of any size are as strong as each other.
    .sort((one, other) => (lnEvidence[other] as number) - (lnEvidence[one] as number) || 0);
  const all = Math.log(lnEvidence.length / alpha);
  const rejected = order.findLastIndex(
    (index, at) => (lnEvidence[index] as number) >= all - Math.log(at + 1),
  );
  return order.slice(0, rejected + 1);
}

/** ln of the mean of e-values: evidence against all of the hypotheses together. */
export function lnMeanEvidence(lnEvidence: readonly number[]): number {
  if (lnEvidence.length === 0) return 0;
  const most = Math.max(...lnEvidence);
  if (!Number.isFinite(most)) return most;
  const sum = lnEvidence.reduce((total, each) => total + Math.exp(each - most), 0);
  return most + Math.log(sum / lnEvidence.length);
}
