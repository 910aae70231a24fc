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
import { type NamedRules, noteRuleUse } from "../rule-use.ts";

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

export function mayBeJson({ media, bytes }: Body): boolean {
  if (media.essence !== "" && !isText(media)) return false;
  return LOOKS_LIKE_JSON.test(Buffer.from(bytes.subarray(0, LOOKED_AT_BYTES)).toString("latin1"));
}

const OPEN_OBJECT = 0x7b;
const BATCH_ROOT = "$";
/** A batch of JSON-RPC 2.0: its answers come in any order, and are known by their ids. */
const LOOKS_LIKE_BATCH = /^\s*\[\s*\{[^{}[\]]*"jsonrpc"\s*:\s*"2\.0"/;

function isBatch({ bytes }: Body): boolean {
  if (bytes[0] === OPEN_OBJECT) return false;
  return LOOKS_LIKE_BATCH.test(Buffer.from(bytes.subarray(0, LOOKED_AT_BYTES)).toString("latin1"));
}

/** A route's rules for JSON, and those of what the bodies are. */
class JsonEngine {
  private readonly rules: NamedRules | undefined;
  /** Whether the route itself has rules. */
  private readonly says: boolean;
  private readonly own: ReadonlySet<string>;
  private readonly nulls: CompareOptions["nulls"];
  private readonly step: JsonInStep;

  constructor(options: CompareOptions, arrays: CompareOptions["arrays"] = {}) {
    const all = { ...options, arrays: { ...options.arrays, ...arrays } };
    const rules = compilePathRules(all);
    const namesOf = (of: CompareOptions) => ruleNames(of).map(({ name }) => name);
    this.rules = rules && { rules, names: namesOf(all) };
    this.says = compilePathRules(options) !== undefined;
    this.own = new Set(namesOf(options));
    this.nulls = options.nulls;
    this.step = new JsonInStep(this.rules, options.nulls);
  }

  /** How arrays stand is asked of whole values. */
  inStep(legacy: Uint8Array, modern: Uint8Array, findings: Findings): boolean {
    if (findings.seeking) return false;
    const told = this.step.compare(legacy, modern, findings);
    this.noteOwn(findings);
    return told;
  }

  compare(legacy: JsonValue, modern: JsonValue, findings: Findings): "compared" {
    if (this.rules !== undefined) noteRuleUse(legacy, modern, this.rules, findings);
    compareJson(legacy, modern, this.rules?.rules, findings, this.nulls);
    this.noteOwn(findings);
    return "compared";
  }

  /** Only rules that somebody wrote are said. */
  private noteOwn(findings: Findings): void {
    const { rules } = findings;
    if (rules === undefined) return;
    findings.rules = this.says
      ? { ...rules, met: rules.met.filter((name) => this.own.has(name)) }
      : undefined;
  }
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
    const plain = new JsonEngine(options);
    let batch: JsonEngine | undefined;
    const engineFor = (legacy: Body, modern: Body) => {
      if (BATCH_ROOT in options.arrays || !isBatch(legacy) || !isBatch(modern)) return plain;
      batch ??= new JsonEngine(options, { [BATCH_ROOT]: { mode: "key", key: "id" } });
      return batch;
    };
    const undeclared = (legacy: Body, modern: Body, findings: Findings) => {
      if (!mayBeJson(legacy) || !mayBeJson(modern)) return "pass";
      const engine = engineFor(legacy, modern);
      if (canStep(legacy, modern) && engine.inStep(legacy.bytes, modern.bytes, findings)) return "compared";
      const left = parsed(legacy, parseJsonLines);
      const right = parsed(modern, parseJsonLines);
      if (!left.ok || !right.ok) return "pass";
      const values = [left.value, right.value].map((lines) =>
        isArray(lines) && lines.length === 1 ? lines[0] : undefined,
      );
      const [one, other] = values;
      if (one !== undefined && other !== undefined) return engine.compare(one, other, findings);
      return engine.compare(left.value, right.value, findings);
    };
    return {
      compare(legacy, modern, findings) {
        if (!isDeclared(legacy) && !isDeclared(modern)) return undeclared(legacy, modern, findings);
        const engine = engineFor(legacy, modern);
        if (canStep(legacy, modern) && engine.inStep(legacy.bytes, modern.bytes, findings)) return "compared";
        const parse = isJsonLines(legacy.media) || isJsonLines(modern.media) ? parseJsonLines : parseJson;
        const left = parsed(legacy, isJson(legacy.media) ? parseJson : parse);
        const right = parsed(modern, isJson(modern.media) ? parseJson : parse);
        if (left.ok && right.ok) return engine.compare(left.value, right.value, findings);
        const reasons = [left, right].map((json) => (json.ok ? undefined : json.why));
        if (reasons.includes("too_large")) return "too_large";
        if (left.ok === right.ok || reasons.includes("too_deep")) return "undecodable";
        findings.add("body", "type", sample(legacy, left), sample(modern, right));
        return "compared";
      },
    };
  },
};
