import { MAX_PATH_CHARS } from "../domain/json-path.ts";
import type { HeldAnswer, HeldAnswers } from "../domain/openapi/held-answer.ts";
import type { Verdict } from "./contract.ts";
import { MAX_MISMATCHES } from "./findings.ts";
import { textSample } from "./sample-text.ts";

interface Broken {
  /** Operation and place in the document; nothing of the answer but its status. */
  readonly place: string;
  readonly message: string;
}

function brokenBy(answer: HeldAnswer | undefined): Broken | undefined {
  const problem = answer?.problems.at(-1);
  if (answer === undefined || problem === undefined) return undefined;
  const { in: part, at, rule, message } = problem;
  const place = `${answer.operation} ${rule ?? (part === "body" ? part : `${part} ${at}`)}`;
  const cut = place.length <= MAX_PATH_CHARS ? place : `${place.slice(0, MAX_PATH_CHARS)}…`;
  return { place: cut, message };
}

/**
 * A verdict with what the document says of both answers. One of modern's that breaks it is a mismatch of kind `schema`, unless
 * legacy's breaks it at the same place. What came to no verdict stays without one.
 */
export function withDocument(verdict: Verdict, held: HeldAnswers): Verdict {
  if (verdict.outcome === "inconclusive") return verdict;
  const [legacy, modern] = [brokenBy(held.legacy), brokenBy(held.modern)];
  if (legacy === undefined && modern === undefined) return verdict;
  const alike = legacy?.place === modern?.place;
  const document = legacy && ([[alike ? "schema_alike" : "schema_legacy", legacy.place]] as const);
  const said: Verdict = { ...verdict, ...(document === undefined ? {} : { document }) };
  if (modern === undefined || alike) return said;
  const legacySays = legacy?.message ?? (held.legacy === undefined ? "not checked" : "as described");
  const difference = {
    path: modern.place,
    kind: "schema" as const,
    legacy: textSample(legacySays),
    modern: textSample(modern.message),
  };
  const statuses = {
    ...(held.legacy === undefined ? {} : { legacy: held.legacy.status }),
    ...(held.modern === undefined ? {} : { modern: held.modern.status }),
  };
  return {
    ...said,
    outcome: "mismatch",
    mismatches: [...verdict.mismatches.slice(0, MAX_MISMATCHES - 1), difference],
    statuses: verdict.statuses ?? statuses,
  };
}
