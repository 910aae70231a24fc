import type { Coverage } from "../coverage.ts";
import type { GateEvidence, MethodSeen } from "./contract.ts";

/** What was compared of each method that is shadowed; undefined: there are not several. */
export function methodsSeen(
  { counts }: GateEvidence,
  { shadowed }: Coverage,
): readonly MethodSeen[] | undefined {
  if (shadowed.length < 2) return undefined;
  const mismatched = counts.mismatchedMethods as Readonly<Record<string, number | undefined>>;
  return shadowed.map((each) => ({ ...each, mismatches: mismatched[each.method] ?? 0 }));
}
