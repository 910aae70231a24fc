import { FigError } from "../../domain/errors.ts";
import { withoutSpans } from "../../domain/redaction.ts";
import { type RuleOptions, textRuleName } from "../../domain/rule-names.ts";
import { credentialSpans, scrubbed } from "../../domain/scrub.ts";
import { compileTextPattern, type TextPattern } from "../../domain/text-pattern/index.ts";
import type { BodyComparator } from "../body.ts";
import type { RuleUse } from "../contract.ts";
import { HELD } from "../heap.ts";
import { decodeText, isText } from "../media-type.ts";
import { MUCH_HIDDEN } from "../rule-use.ts";
import { sampleOf } from "../sample-text.ts";

const CHARS_BEFORE = 60;
const CHARS_AFTER = 160;
/** A credential's name may stand this far before the excerpt and is still found. */
const SCRUB_CHARS_BEFORE = 1 << 20;

function firstDifference(a: string, b: string): number {
  const end = Math.min(a.length, b.length);
  let at = 0;
  while (at < end && a.charCodeAt(at) === b.charCodeAt(at)) at++;
  return at;
}

/** Scrubbing begins well before the excerpt, since the name that makes a value a credential may stand there. */
function excerpt(text: string, at: number): string {
  const start = Math.max(0, at - CHARS_BEFORE);
  const end = Math.min(text.length, at + CHARS_AFTER);
  const from = Math.max(0, start - SCRUB_CHARS_BEFORE);
  const context = text.slice(from, end + CHARS_AFTER);
  const shown = withoutSpans(context, credentialSpans(context), start - from, end - from);
  return sampleOf(JSON.stringify(`${start > 0 ? "…" : ""}${shown}${end < text.length ? "…" : ""}`));
}

export interface CompiledRule {
  readonly name: string;
  readonly pattern: TextPattern;
  readonly by: string;
}

export function compiledRules(options: RuleOptions): readonly CompiledRule[] {
  return (options.text ?? []).map((rule) => {
    const pattern = compileTextPattern(rule.replace);
    if (!("problem" in pattern)) return { name: textRuleName(rule), pattern, by: rule.with };
    throw new FigError("invalid_path_pattern", pattern.problem, { remedy: pattern.remedy });
  });
}

/** How many characters each rule took away; one that found nothing is not in it. */
export type Taken = Map<string, number>;

/** A text once the rules have replaced what they name; undefined: it became too long. */
export function edited(text: string, rules: readonly CompiledRule[], taken: Taken): string | undefined {
  let so = text;
  for (const { name, pattern, by } of rules) {
    const next = pattern.replaceAll(so, by, HELD.textBytes);
    if (next === undefined) return undefined;
    if (next.taken > 0) taken.set(name, (taken.get(name) ?? 0) + next.taken);
    so = next.text;
  }
  return so;
}

/** Characters count as the single values of JSON do. */
export function useOf(taken: Taken, chars: number): RuleUse {
  const hiding = [...taken].filter(([, count]) => count > chars * MUCH_HIDDEN).map(([name]) => name);
  return { read: "text", met: [...taken.keys()], hiding };
}

/**
 * JSON that came as text, or is only a part or not quite JSON: it begins so, perhaps behind what keeps scripts from reading it, or
 * names a member somewhere, as in a script or an event. Paths name nothing in it, so that what `redact` names cannot be taken out.
 */
export const MAY_HOLD_JSON = /^[^!-~]*(?:[{[]|\)\]\})|["']\s*:/;

/** Says nothing of the content. */
function sizeOnly(bytes: Uint8Array): string {
  return JSON.stringify(`text like JSON, ${bytes.length} bytes`);
}

/**
 * Text, XML and their kin, character by character, each in its own charset, once `compare.text` has replaced what it names. The
 * samples show where they first differ, or only sizes where the route redacts and a body may hold JSON. A body that is not in its charset, or is too long to be held as text, is left to bytes.
 */
export const textBodies = {
  name: "text",
  create(options: RuleOptions): BodyComparator {
    const rules = compiledRules(options);
    const redacts = options.redact.length > 0;
    return {
      compare(legacy, modern, findings) {
        if (!isText(legacy.media) || !isText(modern.media)) return "pass";
        if (Math.max(legacy.bytes.length, modern.bytes.length) > HELD.textBytes) return "pass";
        const a = decodeText(legacy.bytes, legacy.media.charset);
        const b = decodeText(modern.bytes, modern.media.charset);
        if (a === undefined || b === undefined) return "pass";
        const taken: Taken = new Map();
        const left = edited(a, rules, taken);
        const right = edited(b, rules, taken);
        if (left === undefined || right === undefined) return "too_large";
        if (rules.length > 0) findings.rules = useOf(taken, a.length + b.length);
        if (left === right) return "compared";
        if (redacts && (MAY_HOLD_JSON.test(a) || MAY_HOLD_JSON.test(b))) {
          findings.add("body", "value", sizeOnly(legacy.bytes), sizeOnly(modern.bytes));
          return "compared";
        }
        // A rule may take away the name that makes a value a credential, so credentials go first.
        const shown = (text: string, so: string) =>
          rules.length === 0 ? so : (edited(scrubbed(text), rules, new Map()) ?? "");
        const [one, other] = [shown(a, left), shown(b, right)];
        const at = firstDifference(one, other);
        findings.add("body", "value", excerpt(one, at), excerpt(other, at));
        return "compared";
      },
    };
  },
};
