import { FigError } from "../../domain/errors.ts";
import type { MismatchKind } from "../../domain/outcomes.ts";
import { type RuleOptions, textRuleName } from "../../domain/rule-names.ts";
import { scrubbed } from "../../domain/scrub.ts";
import { compileTextPattern, type TextPattern } from "../../domain/text-pattern/index.ts";
import type { BodyComparator } from "../body.ts";
import type { RuleUse } from "../contract.ts";
import type { Findings } from "../findings.ts";
import { HELD } from "../heap.ts";
import { decodeText, isText } from "../media-type.ts";
import { MUCH_HIDDEN } from "../rule-use.ts";
import { sampleOf } from "../sample-text.ts";
import { type Line, lineDifferences, lineNumbers } from "../text-lines.ts";
import { excerpt, firstDifference, MAY_HOLD_JSON, sizeOnly } from "../text-sample.ts";

interface CompiledRule {
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

/** Lines of one side by their numbers, and the first of them from `at`. A text that is shown otherwise has no such lines. */
function linesSample(lines: readonly Line[], text: string, shown: string, at = 0): string | undefined {
  const [first] = lines;
  if (first === undefined) return undefined;
  const label = lineNumbers(lines);
  if (text !== shown) return sampleOf(JSON.stringify(label));
  const { start, text: line } = first;
  return excerpt(text, start + at, start, start + line.length, `${label}: `);
}

/** Lines that were changed, taken away, put in, or moved: one row each. Texts of one line: where they first differ. */
function told(left: string, right: string, one: string, other: string, findings: Findings): void {
  const lines = lineDifferences(left, right);
  if (lines === undefined) {
    const at = firstDifference(one, other);
    findings.add("body", "value", excerpt(one, at), excerpt(other, at));
    return;
  }
  const row = (kind: MismatchKind, legacy: readonly Line[], modern: readonly Line[]) => {
    const [mine, its] = [legacy[0]?.text, modern[0]?.text];
    const at = mine === undefined || its === undefined ? 0 : firstDifference(mine, its);
    if (mine === undefined && its === undefined) return;
    findings.add("body", kind, linesSample(legacy, left, one, at), linesSample(modern, right, other, at));
  };
  const { changed, missing, extra, moved } = lines;
  row(
    "value",
    changed.map(([line]) => line),
    changed.map(([, line]) => line),
  );
  row("missing", missing, []);
  row("extra", [], extra);
  row(
    "order",
    moved.map(([line]) => line),
    moved.map(([, line]) => line),
  );
}

/**
 * Text, XML and their kin, by lines, each in its own charset, once `compare.text` has replaced what it names. The
 * samples name the lines and show where the first of them differ, or only sizes where the route redacts and a body may hold JSON. A body that is not in its charset, or is too long to be held as text, is left to bytes.
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
          findings.add("body", "value", sizeOnly(legacy.bytes.length), sizeOnly(modern.bytes.length));
          return "compared";
        }
        // A rule may take away the name that makes a value a credential, so credentials go first.
        const shown = (text: string, so: string) =>
          rules.length === 0 ? so : (edited(scrubbed(text), rules, new Map()) ?? "");
        told(left, right, shown(a, left), shown(b, right), findings);
        return "compared";
      },
    };
  },
};
