import type { CompareOptions, IgnoreRule, RuleTerms, TextRule } from "./route.ts";

/** A rule of `compare` that stands for a part of a body. */
export interface RuleName {
  readonly key: "ignore" | "redact" | "arrays" | "tolerance" | "text";
  /** Its path pattern; of `text`, its pattern. */
  readonly path: string;
  /** As it is said and stored: `ignore $.items[*].etag`. */
  readonly name: string;
}

export type RuleOptions = Pick<CompareOptions, "ignore" | "redact" | "arrays" | "tolerance" | "text">;

/** An entry of `ignore`, however it is written. */
function ignoreRule(entry: string | IgnoreRule): IgnoreRule {
  return typeof entry === "string" ? { path: entry } : entry;
}

const DAY_MS = 24 * 60 * 60 * 1000;

/** When a rule ends, ms since the epoch. */
function untilMs({ until }: RuleTerms): number {
  return until === undefined ? Number.POSITIVE_INFINITY : Date.parse(`${until}T00:00:00Z`) + DAY_MS;
}

/** A rule's name, as it is said and stored. */
export function ruleName(key: RuleName["key"] | "status" | "nulls" | "headers", what: string): string {
  return `${key} ${what}`;
}

/** Every rule that says why it is there, or until when. */
function termsOf({
  ignore,
  text = [],
  terms = {},
}: CompareOptions): readonly (readonly [string, RuleTerms])[] {
  return [
    ...ignore.map((entry) => [ruleName("ignore", ignoreRule(entry).path), ignoreRule(entry)] as const),
    ...text.map((rule) => [textRuleName(rule), rule] as const),
    ...Object.entries(terms),
  ];
}

/** What each rule says of itself, by name. */
export function ruleTerms(options: CompareOptions): ReadonlyMap<string, RuleTerms> {
  return new Map(termsOf(options).map(([name, { reason, until }]) => [name, { reason, until }]));
}

/** Names of the rules whose last day is over. */
export function endedRules(options: CompareOptions, at: number): ReadonlySet<string> {
  return new Set(termsOf(options).flatMap(([name, terms]) => (at < untilMs(terms) ? [] : [name])));
}

/** When a rule ended last, and when the next one does, ms since the epoch: between them the same rules are in force. */
export function endsAround(options: CompareOptions, at: number): readonly [last: number, next: number] {
  const ends = termsOf(options).map(([, terms]) => untilMs(terms));
  return [Math.max(...ends.filter((end) => end <= at)), Math.min(...ends.filter((end) => end > at))];
}

const HEADERS = ruleName("headers", "");

/** The options without rules that have ended: a header that was left out is compared again. The same object if none has. */
export function rulesInForce(options: CompareOptions, at: number): CompareOptions {
  const ended = endedRules(options, at);
  if (ended.size === 0) return options;
  const holds = (key: Parameters<typeof ruleName>[0], what: string) => !ended.has(ruleName(key, what));
  const kept = <Value>(key: "arrays" | "tolerance", rules: Readonly<Record<string, Value>>) =>
    Object.fromEntries(Object.entries(rules).filter(([path]) => holds(key, path)));
  const again = [...ended]
    .filter((name) => name.startsWith(HEADERS))
    .map((name) => name.slice(HEADERS.length));
  return {
    ...options,
    ignore: options.ignore.filter((entry) => holds("ignore", ignoreRule(entry).path)),
    arrays: kept("arrays", options.arrays),
    tolerance: kept("tolerance", options.tolerance),
    text: options.text?.filter((rule) => !ended.has(textRuleName(rule))),
    status: options.status?.filter((group) => holds("status", group.join(" = "))),
    nulls: options.nulls !== undefined && holds("nulls", options.nulls) ? options.nulls : undefined,
    headers: [...new Set([...options.headers, ...again])],
  };
}

export function textRuleName({ replace }: TextRule): string {
  return `text ${replace}`;
}

/** The rules of a route, in one order. */
export function ruleNames(options: RuleOptions): readonly RuleName[] {
  const of = (key: RuleName["key"], paths: readonly string[]) =>
    paths.map((path) => ({ key, path, name: `${key} ${path}` }));
  return [
    ...of(
      "ignore",
      options.ignore.map((entry) => ignoreRule(entry).path),
    ),
    ...of("redact", options.redact),
    ...of("arrays", Object.keys(options.arrays)),
    ...of("tolerance", Object.keys(options.tolerance)),
    ...of(
      "text",
      (options.text ?? []).map(({ replace }) => replace),
    ),
  ];
}
