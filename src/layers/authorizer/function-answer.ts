import type { Invoked } from "../../aws/contract.ts";
import { type PolicyDocument, PolicyProblem, readPolicy } from "../../domain/iam/policy-document.ts";
import type { Identity } from "../../domain/identity.ts";
import { parseSent } from "../../domain/sent-json.ts";
import { AnswerProblem, contextFields } from "./grant.ts";
import type { Outcome } from "./outcome.ts";

/** A longer answer is a failure. */
export const MAX_FUNCTION_ANSWER_BYTES = 256 * 1024;

/** What a policy takes in memory, by the bytes it was written in: its patterns are kept by the character. */
const HELD_PER_BYTE = 12;

type Json = Readonly<Record<string, unknown>>;

function objectOf(value: unknown, what: string): Json {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new AnswerProblem(`${what} is not an object`);
  return value as Json;
}

/** Both of API Gateway's answers: a policy document, and of payload 2.0 `isAuthorized`. Throws AnswerProblem or PolicyProblem. */
function allowsOf(answer: Json, payload: "1.0" | "2.0"): boolean | PolicyDocument {
  const { isAuthorized, policyDocument } = answer;
  if (payload === "2.0" && isAuthorized !== undefined && policyDocument === undefined) {
    if (typeof isAuthorized !== "boolean") throw new AnswerProblem("isAuthorized is neither true nor false");
    return isAuthorized;
  }
  if (payload === "2.0" && isAuthorized !== undefined)
    throw new AnswerProblem("it has isAuthorized and policyDocument");
  if (typeof answer.principalId !== "string" || answer.principalId === "")
    throw new AnswerProblem("principalId is not a text");
  return readPolicy(policyDocument);
}

function contextOf(answer: Json, payload: "1.0" | "2.0"): Json | undefined {
  const { context } = answer;
  if (context === undefined || context === null) return undefined;
  const values = objectOf(context, "its context");
  for (const value of Object.values(values)) {
    const plain = ["string", "number", "boolean"].includes(typeof value);
    if (!plain && payload === "1.0")
      throw new AnswerProblem("its context has something else than plain values");
  }
  return Object.freeze({ ...values });
}

function answered(
  body: Uint8Array,
  payload: "1.0" | "2.0",
  apiKey: (value: string) => Identity["apiKey"],
): Outcome {
  const answer = objectOf(parseSent(Buffer.from(body).toString("utf8")), "its answer");
  const allows = allowsOf(answer, payload);
  const context = contextOf(answer, payload);
  const { principalId, usageIdentifierKey } = answer;
  const subject = typeof principalId === "string" && principalId !== "" ? principalId : undefined;
  const fields = contextFields({ ...context, ...(subject === undefined ? {} : { principalId: subject }) });
  return {
    kind: "judged",
    allows,
    grant: {
      ...{ subject, context, fields },
      apiKey: typeof usageIdentifierKey === "string" ? apiKey(usageIdentifierKey) : undefined,
    },
    bytes: body.length * HELD_PER_BYTE,
  };
}

/** What a function's answer means (API Gateway's rules for Lambda authorizers). Whatever is not one of its answers is a failure. */
export function functionOutcome(
  invoked: Invoked,
  payload: "1.0" | "2.0",
  apiKey: (value: string) => Identity["apiKey"],
): Outcome {
  const failed = (detail: string): Outcome => ({ kind: "refused", code: "authorizer_failed", detail });
  if (invoked.kind === "threw") {
    if (invoked.errorMessage === "Unauthorized") return { kind: "refused", code: "authorizer_unauthorized" };
    return failed(`the function failed: ${/^[\w.]{1,100}$/.exec(invoked.errorType)?.[0] ?? "an error"}`);
  }
  if (invoked.kind === "failed") {
    const { why, detail } = invoked;
    if (why === "too_large") return failed(`the function's ${detail}`);
    return { kind: "refused", code: "authorizer_unavailable", detail };
  }
  try {
    return answered(invoked.payload, payload, apiKey);
  } catch (error) {
    if (error instanceof AnswerProblem || error instanceof PolicyProblem)
      return failed(`the function's answer cannot be used: ${error.message}`);
    // No JSON, or deeper than can be read.
    return failed("the function's answer is not JSON");
  }
}
