import { GRPC_STATUS_FIELDS, isGrpc } from "../domain/grpc.ts";
import { indexOfHeader } from "../domain/headers.ts";
import type { InconclusiveReason, Mismatch } from "../domain/outcomes.ts";
import type { Side } from "../domain/position.ts";
import type { CompareOptions } from "../domain/route.ts";
import { BODY_COMPARATORS } from "./bodies/index.ts";
import { type Answer, type BodyComparator, compareBodies } from "./body.ts";
import { compareHeaders } from "./compare-headers.ts";
import type { ComparisonJob, NamedAnswers, Verdict } from "./contract.ts";
import { controlledVerdict } from "./controlled.ts";
import { Findings } from "./findings.ts";
import { PARTIAL_FIELDS, partialVerdict } from "./partial-answers.ts";

export const MATCH: Verdict = Object.freeze({ outcome: "match", reason: undefined, mismatches: [] });

export function inconclusive(reason: InconclusiveReason): Verdict {
  return { outcome: "inconclusive", reason, mismatches: [] };
}

function mismatch(mismatches: readonly Mismatch[], statuses: Verdict["statuses"]): Verdict {
  return { outcome: "mismatch", reason: undefined, mismatches, statuses };
}

const compiled = new WeakMap<CompareOptions, readonly BodyComparator[]>();

function comparatorsFor(options: CompareOptions): readonly BodyComparator[] {
  let comparators = compiled.get(options);
  if (comparators === undefined) {
    comparators = BODY_COMPARATORS.map((kind) => kind.create(options));
    compiled.set(options, comparators);
  }
  return comparators;
}

/** Whether an answer ends with its header section (RFC 9110 §6.4.1). */
function hasNoBody(method: string, status: number): boolean {
  return method === "HEAD" || status === 204 || status === 304 || (status >= 100 && status < 200);
}

const LOCATION = "location";
const FOLLOWED: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** Whether a client goes on to another place and shows nobody the body, a note for those that do not (RFC 9110 §15.4). */
function isRedirect({ status, headers }: Answer): boolean {
  return FOLLOWED.has(status) && indexOfHeader(headers, LOCATION) >= 0;
}

/** Whether two statuses are equal, or stand in one group of `compare.status`. */
function sameStatus({ status = [] }: CompareOptions, a: number, b: number): boolean {
  return a === b || status.some((group) => group.includes(a) && group.includes(b));
}

/** The one place where names become sides. A verdict depends on names; a mismatch tells legacy's value and modern's. */
function bySide<T>(answers: NamedAnswers, ofServing: T, ofShadow: T): Readonly<Record<Side, T>> {
  const { serving, shadow } = answers;
  return { [serving.side]: ofServing, [shadow.side]: ofShadow } as Record<Side, T>;
}

/** A shadow that was refused, broke or timed out: `error` at `status`, with the code in the status's place. */
function failedShadow(answers: NamedAnswers, servedStatus: number, code: string): Verdict {
  const { legacy, modern } = bySide(answers, String(servedStatus), JSON.stringify(code));
  const statuses = { [answers.serving.side]: servedStatus };
  return mismatch([{ path: "status", kind: "error", legacy, modern }], statuses);
}

function compareAnswers(
  job: ComparisonJob,
  { legacy, modern }: Readonly<Record<Side, Answer>>,
  findings: Findings,
): Verdict {
  const same = sameStatus(job.options, legacy.status, modern.status);
  if (!same) {
    findings.add("status", "value", String(legacy.status), String(modern.status));
  }
  // Equal parts of two wholes of different length differ in what they say they are parts of.
  const parts = legacy.status === 206 && modern.status === 206;
  const calls = isGrpc(legacy.headers) || isGrpc(modern.headers);
  const besides = [...(parts ? PARTIAL_FIELDS : []), ...(calls ? GRPC_STATUS_FIELDS : [])];
  const { headers } = job.options;
  const fields = besides.length === 0 ? headers : [...new Set([...headers, ...besides])];
  compareHeaders(legacy.headers, modern.headers, fields, findings, job.url);
  // A 200 and a 404 rightly have different bodies. Those differences would bury the one that matters. Where they are declared
  // equal there is no such one, and bodies that nobody looked at would be a match.
  const alike = same || Math.trunc(legacy.status / 100) === Math.trunc(modern.status / 100);
  const bodiless = hasNoBody(job.method, legacy.status) || hasNoBody(job.method, modern.status);
  // Where the place is compared, it is what a redirect says.
  const redirects = fields.includes(LOCATION) && isRedirect(legacy) && isRedirect(modern);
  const result =
    alike && !bodiless && !redirects
      ? compareBodies(legacy, modern, job.maxBodyBytes, comparatorsFor(job.options), findings)
      : "compared";
  const { rules } = findings;
  if (findings.size > 0) {
    const statuses = { legacy: legacy.status, modern: modern.status };
    return { ...mismatch(findings.list(), statuses), ...(rules === undefined ? {} : { rules }) };
  }
  if (result !== "compared") return inconclusive(result);
  return rules === undefined ? MATCH : { ...MATCH, rules };
}

/**
 * The verdict that follows from statuses and failures alone; undefined if there is none. The first rule that fits holds:
 * a failed serving answer is `serving_error`; a failed shadow is a mismatch of kind `error`; a serving 5xx is `serving_error`
 * unless both statuses are equal, or declared so. Where legacy's 5xx are accepted, modern's better answer is a match.
 */
export function verdictWithoutBodies({ answers, options }: ComparisonJob): Verdict | undefined {
  const serving = answers.serving.answer;
  const shadow = answers.shadow.answer;
  if (serving.kind === "failure") return inconclusive("serving_error");
  if (shadow.kind === "failure") return failedShadow(answers, serving.status, shadow.code);
  if (options.legacyErrors === "accept") {
    const { legacy, modern } = bySide(answers, serving.status, shadow.status);
    // Whatever modern answers is better, unless it fails as well: that is compared, as anything else.
    if (legacy >= 500 && modern < 500) return MATCH;
    if (legacy >= 500) return undefined;
  }
  if (serving.status >= 500 && !sameStatus(options, serving.status, shadow.status))
    return inconclusive("serving_error");
  return undefined;
}

/** Without a look at the control. */
function pairVerdict(job: ComparisonJob, findings = new Findings()): Verdict {
  const early = verdictWithoutBodies(job);
  if (early !== undefined) return early;
  const { serving, shadow } = job.answers;
  const sides = bySide(job.answers, serving.answer as Answer, shadow.answer as Answer);
  const partial = partialVerdict(job, (names, into) =>
    compareHeaders(sides.legacy.headers, sides.modern.headers, names, into, job.url),
  );
  return partial ?? compareAnswers(job, sides, findings);
}

/**
 * Holds a job's answers against each other: first `verdictWithoutBodies`, then status, headers and body. A difference is a
 * mismatch even if the rest could not be read. Throws FigError `invalid_path_pattern` for options no config check has seen.
 */
export function verdictOf(job: ComparisonJob): Verdict {
  const { control } = job.answers;
  return control === undefined ? pairVerdict(job) : controlledVerdict(job, control, pairVerdict);
}
