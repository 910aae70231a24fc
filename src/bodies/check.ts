import type { ErrorObject } from "ajv";
import { headerLines } from "../domain/headers.ts";
import { indexOpenApi, type OpenApiContent, type OpenApiOperation } from "../domain/openapi/document.ts";
import type { CheckProblem } from "../domain/openapi/held-answer.ts";
import {
  formOf,
  isOne,
  queryPairs,
  type WrittenValue,
  writtenParameter,
} from "../domain/openapi/parameters.ts";
import { OpenApiPaths } from "../domain/openapi/paths.ts";
import { parseSent } from "../domain/sent-json.ts";
import type { BodyResult, CheckDocument, CheckFound, CheckJob } from "./contract.ts";
import { decoded } from "./decoded.ts";
import { hasTooManyParts } from "./parts.ts";
import { repeatsMember } from "./repeated-members.ts";
import { type Direction, Schemas } from "./schemas.ts";

interface Known {
  readonly value: unknown;
  readonly paths: OpenApiPaths;
  readonly schemas: Schemas;
}

/** Problems of one message that are told. */
const MAX_PROBLEMS = 10;
const UTF8 = /^charset\s*=\s*"?(?:utf-?8|us-ascii)"?$/;
const known = new Map<string, Known>();

/** A document that jobs name by its id from now on. */
export function learn({ id, text }: CheckDocument): void {
  const value: unknown = JSON.parse(text);
  const index = indexOpenApi(value);
  if (!("operations" in index)) throw new Error("the document was not checked");
  const schemas = new Schemas(value, index.version);
  known.set(id, { value, paths: new OpenApiPaths(index), schemas });
  schemas.prepare();
}

export function forget(id: string): void {
  known.delete(id);
}

export function check(job: CheckJob): BodyResult {
  const document = known.get(job.document.id);
  if (document === undefined) return { ok: false, why: "failed", message: "the document is not known" };
  const mark = job.target.indexOf("?");
  const path = mark < 0 ? job.target : job.target.slice(0, mark);
  const query = mark < 0 ? "" : job.target.slice(mark + 1);
  const found = document.paths.find(job.method, path);
  if (typeof found === "string") return { ok: true, found };
  const { operation, captures } = found;
  try {
    if (job.status === undefined)
      return { ok: true, found: checkRequest(document, operation, job, captures, query) };
    const result = checkAnswer(document, operation, job, job.status);
    return { ok: true, found: result, operation: `${operation.method} ${operation.path}` };
  } catch (error) {
    return {
      ok: false,
      why: "failed",
      message: `a schema of ${operation.method} ${operation.path} cannot be used: ${error instanceof Error ? error.message : String(error)}`,
    };
  }
}

function checkRequest(
  { value, schemas }: Known,
  operation: OpenApiOperation,
  job: CheckJob,
  captures: Readonly<Record<string, string>>,
  query: string,
): CheckFound {
  const problems: CheckProblem[] = [];
  const pairs = queryPairs(query);
  if (pairs === undefined) return [{ in: "query", at: "", message: "must be percent-encoded UTF-8" }];
  for (const parameter of operation.parameters) {
    const { name, in: place, required, schema, json } = parameter;
    const written = writtenParameter(
      parameter,
      formOf(value, schema),
      { captures, query, headers: job.headers },
      pairs,
    );
    if (written === undefined) {
      if (required) problems.push({ in: place, at: name, message: "is required" });
    } else if (Array.isArray(written) && isOne(value, parameter)) {
      problems.push({ in: place, at: name, message: "must be there once" });
    } else if (schema !== undefined) {
      const read = json ? parsed(written) : { value: written };
      const validate = schemas.validator(schema, "request", !json);
      if (read === undefined) problems.push({ in: place, at: name, message: "must be JSON" });
      else if (!validate(json ? read.value : { value: read.value }))
        problems.push({ in: place, at: name, message: wordsOf(validate.errors) });
    }
    if (problems.length >= MAX_PROBLEMS) return problems;
  }
  const body =
    operation.body === undefined
      ? []
      : checkBody(schemas, operation.body.content, operation.body.required, job, "request");
  return typeof body === "string" ? body : [...problems, ...body];
}

function checkAnswer(
  { schemas }: Known,
  { answers }: OpenApiOperation,
  job: CheckJob,
  status: number,
): CheckFound {
  const key = [String(status), `${String(status)[0]}XX`, "DEFAULT"].find((one) => answers.has(one));
  if (key === undefined) return [{ in: "status", at: String(status), message: "is not described" }];
  const content = answers.get(key);
  if (content === undefined) return [];
  const body = checkBody(schemas, content, false, job, "answer");
  return body === "media_type" ? [{ in: "header", at: "content-type", message: "is not described" }] : body;
}

function parsed(written: WrittenValue): { readonly value: unknown } | undefined {
  try {
    return { value: parseSent(String(written)) };
  } catch {
    return undefined;
  }
}

function checkBody(
  schemas: Schemas,
  content: OpenApiContent,
  required: boolean,
  { headers, body, maxBytes }: CheckJob,
  direction: Direction,
): "media_type" | readonly CheckProblem[] {
  if (body === undefined || body.length === 0)
    return required ? [{ in: "body", at: "", message: "is required" }] : [];
  const sent = headerLines(headers, "content-type");
  if (sent.length > 1) return [{ in: "header", at: "content-type", message: "must be there once" }];
  const [type = "", ...parameters] = (sent[0] ?? "").split(";").map((part) => part.trim().toLowerCase());
  // Readers take the first of a list, or the last.
  if (/[\s,]/.test(type)) return "media_type";
  const described = [type, `${type.slice(0, type.indexOf("/") + 1)}*`, "*/*"].find((one) => content.has(one));
  if (described === undefined) return "media_type";
  const schema = content.get(described);
  // Other bodies than JSON are checked by their media type alone.
  if (schema === undefined || !/^[^;]*[/+]json$/.test(type)) return [];
  // JSON is UTF-8 (RFC 8259 §8.1); a side that believes another charset would read another text.
  if (parameters.some((one) => one.startsWith("charset") && !UTF8.test(one)))
    return [{ in: "header", at: "content-type", message: "must have no other charset than UTF-8" }];
  const whole = decoded(body, headerLines(headers, "content-encoding").join(","), maxBytes);
  if (typeof whole === "string")
    return [{ in: "body", at: "", message: "must be coded as Content-Encoding says, and not too large" }];
  if (hasTooManyParts(whole)) return [{ in: "body", at: "", message: "must have fewer members" }];
  let text: string;
  let value: unknown;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(whole);
    value = parseSent(text);
  } catch {
    return [{ in: "body", at: "", message: "must be JSON" }];
  }
  if (repeatsMember(text)) return [{ in: "body", at: "", message: "must have each member once" }];
  const validate = schemas.validator(schema, direction, false);
  if (validate(value)) return [];
  return (validate.errors ?? []).slice(0, MAX_PROBLEMS).map((error) => ({
    in: "body",
    at: error.instancePath,
    message: wordsOf([error]),
    ...(direction === "answer" ? { rule: schemas.ruleOf(error) } : {}),
  }));
}

/** Ajv's words hold what the schema says, and no value of the message but names of members that should not be there. */
function wordsOf(errors: readonly ErrorObject[] | null | undefined): string {
  return errors?.[0]?.message ?? "is not as described";
}
