import jsonata from "jsonata";
import type { BodyResult, TransformJob } from "./contract.ts";
import { decoded } from "./decoded.ts";
import { copiedExact, parseExact } from "./exact-json.ts";
import { hasTooManyParts } from "./parts.ts";

type Expression = ReturnType<typeof jsonata>;

/** Of one text each: as many as the files have. */
const compiled = new Map<string, Expression>();
const MAX_COMPILED = 10_000;
const FAULTS = {
  not_json: "the body is not coded as it says",
  too_large: "the body is too large, decoded, or has too many members",
} as const;
function expressionOf(text: string): Expression {
  const known = compiled.get(text);
  if (known !== undefined) return known;
  if (compiled.size >= MAX_COMPILED) compiled.clear();
  const expression = jsonata(text);
  // What `|...|...|` changes is a copy by the function of this name.
  expression.registerFunction("clone", copiedExact, "<(oa)-:o>");
  compiled.set(text, expression);
  return expression;
}

/** The body that the expression makes of this one. */
export async function transform(job: TransformJob): Promise<BodyResult> {
  const { expression, body, coding, bound, maxBytes, text } = job;
  let input: unknown;
  if (body !== undefined) {
    const whole = decoded(body, coding, maxBytes);
    if (typeof whole === "string") return { ok: false, why: whole, message: FAULTS[whole] };
    if (hasTooManyParts(whole)) return { ok: false, why: "too_large", message: FAULTS.too_large };
    try {
      input = parseExact(new TextDecoder("utf-8", { fatal: true }).decode(whole));
    } catch {
      return { ok: false, why: "not_json", message: "the body is not JSON" };
    }
  }
  try {
    const result: unknown = await expressionOf(expression).evaluate(input, bound);
    if (result === undefined) return { ok: false, why: "failed", message: "the expression gives nothing" };
    const written = text && typeof result === "string" ? result : JSON.stringify(result);
    if (written === undefined) return { ok: false, why: "failed", message: "the expression gives no JSON" };
    const bytes = new TextEncoder().encode(written);
    return bytes.length > maxBytes
      ? { ok: false, why: "failed", message: `the expression gives more than ${maxBytes} bytes` }
      : { ok: true, body: bytes };
  } catch (error) {
    return { ok: false, why: "failed", message: `the expression fails: ${wordsOf(error)}` };
  }
}

/** JSONata's code and place: its messages repeat values of the body. */
function wordsOf(error: unknown): string {
  const { code, position } = (error ?? {}) as { code?: unknown; position?: unknown };
  return typeof code === "string" ? `${code} at character ${String(position)}` : "an error of its own";
}
