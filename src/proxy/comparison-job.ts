import type { CapturedAnswer, ComparisonJob } from "../compare/contract.ts";
import { askedUrl } from "../routing/asked.ts";
import type { ShadowCall } from "./shadow-call.ts";

/** What is held against what, once the shadow is answered. */
export function comparisonJob(
  { tap, whole }: ShadowCall,
  shadowed: CapturedAnswer,
  options: ComparisonJob["options"],
): ComparisonJob {
  const { live, side, shadowSide, head } = tap.decision;
  const control = tap.control?.answer;
  return {
    method: head.method,
    url: askedUrl(tap.decision),
    answers: {
      serving: { side, answer: tap.servingAnswer() },
      shadow: { side: shadowSide, answer: shadowed },
      ...(control === undefined ? {} : { control: { side: "legacy" as const, answer: control } }),
    },
    unconditional: whole,
    options,
    maxBodyBytes: live.definition.shadow.maxBodyBytes,
  };
}
