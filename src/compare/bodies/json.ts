import type { CompareOptions } from "../../domain/route.ts";
import { ruleNames } from "../../domain/rule-names.ts";
import type { Body, BodyComparator } from "../body.ts";
import { compareJson } from "../compare-json.ts";
import type { Findings } from "../findings.ts";
import { HELD } from "../heap.ts";
import { JsonInStep } from "../json-in-step.ts";
import { type ParsedJson, parseJson, parseJsonLines } from "../json-parse.ts";
import { isArray, type JsonValue } from "../json-value.ts";
import { decodeText, isJson, isJsonLines, isText } from "../media-type.ts";
import { compilePathRules } from "../path-rules.ts";
import { noteRuleUse } from "../rule-use.ts";

type Parse = (text: string) => ParsedJson;

function parsed(body: Body, parse: Parse): ParsedJson {
  if (body.bytes.length > HELD.textBytes) return { ok: false, why: "too_large" };
  const text = decodeText(body.bytes, body.media.charset);
  return text === undefined ? { ok: false, why: "malformed" } : parse(text);
}

/** Holds no content, since a body that does not parse cannot be redacted by path. */
function sample(body: Body, json: ParsedJson): string {
  return JSON.stringify(`${json.ok ? "JSON" : "not JSON"}, ${body.bytes.length} bytes`);
}

const isDeclared = ({ media }: Body) => isJson(media) || isJsonLines(media);

/** JSON that does not say that it is JSON begins so, perhaps behind a BOM or a record separator; other texts rarely do. */
const LOOKS_LIKE_JSON = /^[^!-~]*[{[]/;
const LOOKED_AT_BYTES = 256;

function mayBeJson({ media, bytes }: Body): boolean {
  if (media.essence !== "" && !isText(media)) return false;
  return LOOKS_LIKE_JSON.test(Buffer.from(bytes.subarray(0, LOOKED_AT_BYTES)).toString("latin1"));
}

/** One JSON text each, in UTF-8. */
function canStep(...bodies: readonly Body[]): boolean {
  return bodies.every(
    ({ media }) => !isJsonLines(media) && (media.charset === undefined || media.charset === "utf-8"),
  );
}

/**
 * JSON by structure, wherever either side says that it sends JSON. If only one body parses, the two differ in `type`. If
 * neither parses, or one is past a bound of the parser, they cannot be compared. JSON lines are an array of their values.
 * Where neither side says so, two texts that both are JSON (or JSON lines) all the same are compared as such.
 */
export const jsonBodies = {
  name: "json",
  create(options: CompareOptions): BodyComparator {
    const rules = compilePathRules(options);
    const names = ruleNames(options).map(({ name }) => name);
    const inStep = new JsonInStep(rules === undefined ? undefined : { rules, names }, options.nulls);
    const compare = (legacy: JsonValue, modern: JsonValue, findings: Findings) => {
      if (rules !== undefined) noteRuleUse(legacy, modern, { rules, names }, findings);
      compareJson(legacy, modern, rules, findings, options.nulls);
      return "compared" as const;
    };
    const undeclared = (legacy: Body, modern: Body, findings: Findings) => {
      if (!mayBeJson(legacy) || !mayBeJson(modern)) return "pass";
      if (canStep(legacy, modern) && inStep.compare(legacy.bytes, modern.bytes, findings)) return "compared";
      const left = parsed(legacy, parseJsonLines);
      const right = parsed(modern, parseJsonLines);
      if (!left.ok || !right.ok) return "pass";
      const values = [left.value, right.value].map((lines) =>
        isArray(lines) && lines.length === 1 ? lines[0] : undefined,
      );
      const [one, other] = values;
      if (one !== undefined && other !== undefined) return compare(one, other, findings);
      return compare(left.value, right.value, findings);
    };
    return {
      compare(legacy, modern, findings) {
        if (!isDeclared(legacy) && !isDeclared(modern)) return undeclared(legacy, modern, findings);
        if (canStep(legacy, modern) && inStep.compare(legacy.bytes, modern.bytes, findings))
          return "compared";
        const parse = isJsonLines(legacy.media) || isJsonLines(modern.media) ? parseJsonLines : parseJson;
        const left = parsed(legacy, isJson(legacy.media) ? parseJson : parse);
        const right = parsed(modern, isJson(modern.media) ? parseJson : parse);
        if (left.ok && right.ok) return compare(left.value, right.value, findings);
        const reasons = [left, right].map((json) => (json.ok ? undefined : json.why));
        if (reasons.includes("too_large")) return "too_large";
        if (left.ok === right.ok || reasons.includes("too_deep")) return "undecodable";
        findings.add("body", "type", sample(legacy, left), sample(modern, right));
        return "compared";
      },
    };
  },
};
