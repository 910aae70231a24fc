import type { MismatchSample } from "./outcomes.ts";

const timeOf = ({ at }: MismatchSample) => Date.parse(at);
const sameValues = (a: MismatchSample, b: MismatchSample) => a.legacy === b.legacy && a.modern === b.modern;

/** The sample between two others that is missed least: values that another sample has too, then the shortest gap. */
function leastMissed(samples: readonly MismatchSample[]): number {
  let best = 0;
  let bestRank = Number.POSITIVE_INFINITY;
  for (let i = 0; i < samples.length - 1; i++) {
    const sample = samples[i] as MismatchSample;
    const before = samples[i - 1];
    const after = samples[i + 1] as MismatchSample;
    const gap = before === undefined ? Number.MAX_SAFE_INTEGER / 4 : timeOf(after) - timeOf(before);
    const alone = !samples.some((other) => other !== sample && sameValues(other, sample));
    const rank = gap + (alone ? Number.MAX_SAFE_INTEGER / 2 : 0);
    if (rank < bestRank) [best, bestRank] = [i, rank];
  }
  return best;
}

/**
 * At most `most` samples, oldest first, spread over the time from the first to the newest, and over different values. The newest
 * is always among them.
 */
export function spreadSamples(samples: readonly MismatchSample[], most: number): MismatchSample[] {
  if (most <= 0) return [];
  const kept = samples.toSorted((a, b) => timeOf(a) - timeOf(b));
  while (kept.length > most) kept.splice(leastMissed(kept), 1);
  return kept;
}
