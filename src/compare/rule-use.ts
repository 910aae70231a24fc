import type { RuleUse } from "./contract.ts";
import type { Findings } from "./findings.ts";
import { isArray, isObject, type JsonValue, RepeatedMember } from "./json-value.ts";
import type { PathRules } from "./path-rules.ts";

/** A rule that leaves out more than this share of two answers is said. */
export const MUCH_HIDDEN = 0.5;

/** Which rules met a value, and how many of all single values each of those that ignore leaves out. */
export class RuleCounts {
  /** By rule. */
  private readonly met: (true | undefined)[] = [];
  private readonly hidden: (number | undefined)[] = [];

  /** There are `values` single values at a place and below. */
  note(rules: PathRules, values: number): void {
    for (const rule of rules.here) this.met[rule] = true;
    for (const rule of rules.ignoring) this.hidden[rule] = (this.hidden[rule] ?? 0) + values;
  }

  /** Of two bodies that have `values` single values together. */
  use(values: number, names: readonly string[]): RuleUse {
    const met = names.filter((_, rule) => this.met[rule]);
    const hiding = names.filter((_, rule) => (this.hidden[rule] ?? 0) > values * MUCH_HIDDEN);
    return { read: "json", met, hiding };
  }

  /** Counts single values: scalars and empty containers. `rules` undefined: no rule reaches here. */
  walk(value: JsonValue, rules: PathRules | undefined): number {
    const values = this.below(value, rules);
    if (rules !== undefined) this.note(rules, values);
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
export interface NamedRules {
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
  const counts = new RuleCounts();
  const values = counts.walk(legacy, rules) + counts.walk(modern, rules);
  findings.rules = counts.use(values, names);
}
