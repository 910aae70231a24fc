import type { Side } from "../../domain/position.ts";
import type { WholeAnswer, WholeContent } from "../../domain/whole/sample.ts";
import type { CapturedAnswer, ComparisonJob, WholeAsk } from "../contract.ts";
import { wholeBody } from "./body.ts";
import { wholeFields } from "./fields.ts";

/** A request and what both sides answered, with nothing in it that may not be stored. */
export function wholeContent({ answers, options }: ComparisonJob, ask: WholeAsk): WholeContent {
  const answerOf = (answer: CapturedAnswer): WholeAnswer => {
    if (answer.kind === "failure") return { kind: "failure", code: answer.code };
    const body = wholeBody(answer, options, ask.maxBodyBytes);
    return { kind: "answer", status: answer.status, headers: wholeFields(answer.headers), body };
  };
  const { serving, shadow } = answers;
  const sides = {
    [serving.side]: answerOf(serving.answer),
    [shadow.side]: answerOf(shadow.answer),
  } as Record<Side, WholeAnswer>;
  return { headers: wholeFields(ask.headers, ask.secret), legacy: sides.legacy, modern: sides.modern };
}
