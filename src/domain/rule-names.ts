import type { CompareOptions, IgnoreRule, TextRule } from "./route.ts";

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
export function ignoreRule(entry: string | IgnoreRule): IgnoreRule {
  return typeof entry === "string" ? { path: entry } : entry;
}

const DAY_MS = 24 * 60 * 60 * 1000;

/** When a rule ends, ms since the epoch. */
export function untilMs({ until }: IgnoreRule): number {
  return until === undefined ? Number.POSITIVE_INFINITY : Date.parse(`${until}T00:00:00Z`) + DAY_MS;
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
