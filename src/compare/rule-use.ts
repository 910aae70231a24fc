import type { Findings } from "./findings.ts";
import { isArray, isObject, type JsonValue, RepeatedMember } from "./json-value.ts";
import type { PathRules } from "./path-rules.ts";

/** A rule that leaves out more than this share of two answers is said. */
export const MUCH_HIDDEN = 0.5;

/** Which rules met a value, and how many of all single values each of those that ignore leaves out. */
class RuleUse {
  readonly met = new Set<number>();
  readonly hidden = new Map<number, number>();

  /** Counts single values: scalars and empty containers. `rules` undefined: no rule reaches here. */
  walk(value: JsonValue, rules: PathRules | undefined): number {
    const values = this.below(value, rules);
    if (rules !== undefined) {
      for (const rule of rules.here) this.met.add(rule);
      for (const rule of rules.ignoring) this.hidden.set(rule, (this.hidden.get(rule) ?? 0) + values);
    }
    return values;
  }

  private below(value: JsonValue, rules: PathRules | undefined): number {
    let values = 0;
    if (value instanceof RepeatedMember) {
      for (const each of value.values) values += this.walk(each, rules);
    } else if (isArray(value)) {
      const element = rules?.element;
      for (const each of value) values += this.walk(each, element);
    } else if (isObject(value)) {
      for (const [name, each] of value) values += this.walk(each, rules?.member(name));
    }
    return Math.max(1, values);
  }
}

/** Rules, and the name of each by its number. */
interface NamedRules {
  readonly rules: PathRules;
  readonly names: readonly string[];
}

/** Notes which rules met something in two bodies, and which left much of them out. One walk over each body. */
export function noteRuleUse(
  legacy: JsonValue,
  modern: JsonValue,
  { rules, names }: NamedRules,
  findings: Findings,
): void {
  const use = new RuleUse();
  const values = use.walk(legacy, rules) + use.walk(modern, rules);
  const named = (numbers: readonly number[]) => numbers.map((rule) => names[rule] as string);
  const hiding = [...use.hidden].filter(([, hidden]) => hidden > values * MUCH_HIDDEN).map(([rule]) => rule);
  findings.rules = { read: "json", met: named([...use.met].sort((a, b) => a - b)), hiding: named(hiding) };
}
