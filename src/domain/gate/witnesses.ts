import type { Stratum } from "../counter-shapes.ts";
import type { WindowCounts } from "../counters.ts";
import type { countedMethod } from "../message.ts";
import { countText } from "../wording.ts";

/** Comparisons that count against a limit on mismatches: a client's same request once a minute (docs/proof.md). */
export interface Counted {
  readonly comparisons: number;
  readonly mismatches: number;
}

type Method = ReturnType<typeof countedMethod>;

function sum(counts: Readonly<Partial<Record<string, number>>>): number {
  return Object.values(counts).reduce<number>((total, count) => total + (count ?? 0), 0);
}

function without(comparisons: number, mismatches: number, same: Counted): Counted {
  const left = Math.max(0, comparisons - same.comparisons);
  return { comparisons: left, mismatches: Math.min(left, Math.max(0, mismatches - same.mismatches)) };
}

/** Of a route. What an older fig counted has no same requests: all of it counts. */
export function witnessesOf({ comparisons: { match, mismatch }, sameRequests: same }: WindowCounts): Counted {
  const mismatches = sum(same.mismatch);
  return without(match + mismatch, mismatch, { comparisons: sum(same.match) + mismatches, mismatches });
}

export function witnessesOfMethod(counts: WindowCounts, method: Method): Counted {
  const { match, mismatch } = counts.sameRequests;
  const mismatches = mismatch[method] ?? 0;
  const same = { comparisons: (match[method] ?? 0) + mismatches, mismatches };
  return without(counts.comparedMethods[method] ?? 0, counts.mismatchedMethods[method] ?? 0, same);
}

export function witnessesOfStratum([compared, mismatched, , , same = [0, 0]]: Stratum): Counted {
  return without(compared, mismatched, { comparisons: same[0], mismatches: same[1] });
}

/** `of 1,000 comparisons 240 count: ...`; undefined: all do. */
export function countedText(compared: number, { comparisons }: Counted): string | undefined {
  const others = compared - comparisons;
  if (others <= 0) return undefined;
  const verb = comparisons === 1 ? "counts" : "count";
  const rest = others === 1 ? "the other was" : "the others were";
  return `of ${countText(compared)} comparisons ${countText(comparisons)} ${verb}: ${rest} the same request of the same client within a minute`;
}
