import type { CompareOptions } from "../../domain/route.ts";
import { ruleNames } from "../../domain/rule-names.ts";
import { credentialSpans } from "../../domain/scrub.ts";
import type { Body, BodyComparator } from "../body.ts";
import { compareJson } from "../compare-json.ts";
import { Findings } from "../findings.ts";
import { HELD } from "../heap.ts";
import { markupRootPlace } from "../json-place.ts";
import type { JsonValue } from "../json-value.ts";
import { decodeText } from "../media-type.ts";
import { compilePathRules, type PathRules } from "../path-rules.ts";
import { RuleCounts } from "../rule-use.ts";
import { REDACTED_SAMPLE } from "../sample-text.ts";
import { MAY_HOLD_JSON } from "../text-sample.ts";
import type { ParsedMarkup } from "./markup-tree.ts";
import { compiledRules, edited, type Taken, useOf } from "./text.ts";

/** A kind of markup. Its parser never throws. */
interface MarkupKind {
  readonly name: string;
  readonly parse: (text: string) => ParsedMarkup;
}

const HAS_TAG = /<[a-z_!?]/i;
/** So much of a credential is enough to know it by. */
const KNOWN_BY_CHARS = 6;
const MAX_CREDENTIALS = 1_000;

/** Beginnings of what reads like a credential in the two texts; undefined: there are too many. */
function credentialsOf(texts: readonly string[]): readonly string[] | undefined {
  const begins = new Set<string>();
  for (const text of texts)
    for (const [from, to] of credentialSpans(text))
      begins.add(text.slice(from, Math.min(to, from + KNOWN_BY_CHARS)));
  return begins.size > MAX_CREDENTIALS ? undefined : [...begins].filter((begin) => begin.trim() !== "");
}

/** A sample says nothing if it holds what its page shows to be a credential, or may hold JSON in which `redact` would name members. */
function shownSample(
  sample: string | undefined,
  credentials: readonly string[] | undefined,
  redacts: boolean,
) {
  if (sample === undefined) return undefined;
  if (credentials === undefined || credentials.some((begin) => sample.includes(begin)))
    return REDACTED_SAMPLE;
  return redacts && MAY_HOLD_JSON.test(sample.replaceAll('\\"', '"').slice(1)) ? REDACTED_SAMPLE : sample;
}

/** Compares two bodies of one kind of markup, once `compare.text` has replaced what it names. */
export function markupComparer(options: CompareOptions, kind: MarkupKind): BodyComparator["compare"] {
  const texts = compiledRules(options);
  const rules = compilePathRules(options, true);
  const names = ruleNames(options).map(({ name }) => name);
  const redacts = options.redact.length > 0;
  const read = (body: Body, taken: Taken) => {
    const text = body.bytes.length > HELD.textBytes ? undefined : decodeText(body.bytes, body.media.charset);
    return text === undefined ? undefined : { text, so: edited(text, texts, taken) };
  };
  return (legacy, modern, findings) => {
    const taken: Taken = new Map();
    const [a, b] = [read(legacy, taken), read(modern, taken)];
    if (a === undefined || b === undefined) return "pass";
    // A text without any tag is no markup, whatever it is called.
    if (!HAS_TAG.test(a.text) || !HAS_TAG.test(b.text)) return "pass";
    if (a.so === undefined || b.so === undefined) return "too_large";
    const left = kind.parse(a.so);
    if (!left.ok && left.why === "too_large") return "too_large";
    const right = kind.parse(b.so);
    if (!left.ok || !right.ok) {
      const reasons = [left, right].map((parsed) => (parsed.ok ? undefined : parsed.why));
      if (reasons.includes("too_large")) return "too_large";
      if (reasons.includes("too_deep")) return "undecodable";
      if (left.ok === right.ok) return "pass";
      const sample = ({ ok }: ParsedMarkup, { bytes }: Body) =>
        JSON.stringify(`${ok ? "" : "not "}${kind.name}, ${bytes.length} bytes`);
      findings.add("body", "type", sample(left, legacy), sample(right, modern));
      return "compared";
    }
    if (texts.length > 0 || rules !== undefined) {
      const use = useOf(taken, a.text.length + b.text.length);
      const met = ruleUse(left.value, right.value, rules, names);
      findings.rules = {
        read: "text",
        met: [...met.met, ...use.met],
        hiding: [...met.hiding, ...use.hiding],
      };
    }
    const found = new Findings();
    compareJson(left.value, right.value, rules, found, undefined, markupRootPlace(rules, redacts));
    if (found.size === 0) return "compared";
    const credentials = credentialsOf([a.text, b.text]);
    for (const { path, kind: how, legacy: one, modern: other } of found.all()) {
      const [shown, beside] = [one, other].map((sample) => shownSample(sample, credentials, redacts));
      findings.add(path, how, shown, beside);
    }
    findings.causes.take(found.causes, (sample) => shownSample(sample, credentials, redacts));
    return "compared";
  };
}

function ruleUse(
  legacy: JsonValue,
  modern: JsonValue,
  rules: PathRules | undefined,
  names: readonly string[],
): { readonly met: readonly string[]; readonly hiding: readonly string[] } {
  if (rules === undefined) return { met: [], hiding: [] };
  const counts = new RuleCounts();
  return counts.use(counts.walk(legacy, rules) + counts.walk(modern, rules), names);
}
