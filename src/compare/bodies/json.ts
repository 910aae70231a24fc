import type { CompareOptions } from "../../domain/route.ts";
import type { Body, BodyComparator } from "../body.ts";
import { compareJson } from "../compare-json.ts";
import { type ParsedJson, parseJson } from "../json-parse.ts";
import { decodeText, isJson, MAX_TEXT_BYTES } from "../media-type.ts";
import { compilePathRules } from "../path-rules.ts";

function parsed(body: Body): ParsedJson {
  if (body.bytes.length > MAX_TEXT_BYTES) return { ok: false, why: "too_large" };
  const text = decodeText(body.bytes, body.media.charset);
  return text === undefined ? { ok: false, why: "malformed" } : parseJson(text);
}

/** Holds no content, since a body that does not parse cannot be redacted by path. */
function sample(body: Body, json: ParsedJson): string {
  return JSON.stringify(`${json.ok ? "JSON" : "not JSON"}, ${body.bytes.length} bytes`);
}

/**
 * JSON by structure, wherever either side says that it sends JSON. If only one body parses, the two differ in `type`. If
 * neither parses, or one is past a bound of the parser, they cannot be compared.
 */
export const jsonBodies = {
  name: "json",
  create(options: CompareOptions): BodyComparator {
    const rules = compilePathRules(options);
    return {
      compare(legacy, modern, findings) {
        if (!isJson(legacy.media) && !isJson(modern.media)) return "pass";
        const left = parsed(legacy);
        const right = parsed(modern);
        if (left.ok && right.ok) {
          compareJson(left.value, right.value, rules, findings);
          return "compared";
        }
        const reasons = [left, right].map((json) => (json.ok ? undefined : json.why));
        if (reasons.includes("too_large")) return "too_large";
        if (left.ok === right.ok || reasons.includes("too_deep")) return "undecodable";
        findings.add("body", "type", sample(legacy, left), sample(modern, right));
        return "compared";
      },
    };
  },
};
