import { eValueOf } from "../proof/sign-test.ts";
import { lnBeta } from "../proof/special.ts";
import { countText, numberText, shareText } from "../wording.ts";
import { type ConditionVerdict, type GateEvidence, verdict } from "./contract.ts";

/** A skew is said when it is certain: it is a fault of the split's or of the key's, not of modern. */
const LN_ENOUGH = Math.log(1000);

/**
 * Whether the clients' keys came to the sides as the split asked for: one in a few keys is looked at, each once, so that a
 * client who asks often counts no more than others. Undefined: no key was seen on a split route.
 * M. Lindon, A. Malek, Anytime-Valid Inference for Multinomial Count Data, 2022 (arXiv 2011.03567).
 */
export function sampleRatio({ position, counts }: GateEvidence): ConditionVerdict | undefined {
  const { modern, legacy } = counts.splitKeys;
  const keys = modern + legacy;
  const asked = position.modern / 100;
  if (keys === 0 || asked <= 0 || asked >= 1) return undefined;
  const lnSkew = lnBeta(modern + 1, legacy + 1) - modern * Math.log(asked) - legacy * Math.log1p(-asked);
  const skewed = lnSkew >= LN_ENOUGH;
  const seen = (modern / keys) * 100;
  const missing = `${countText(modern)} of ${countText(keys)} keys looked at went to modern, ${numberText(seen, 1)} %, where ${shareText(position.modern)} was asked for: the sticky key does not spread clients evenly, or a front door stands elsewhere; waiting does not help`;
  return verdict({
    name: "sampleRatio",
    value: seen,
    bound: position.modern,
    state: skewed ? "fails" : "holds",
    ...(skewed ? { eValue: eValueOf(lnSkew) } : {}),
    missing,
  });
}
