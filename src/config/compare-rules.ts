import type { ArrayRule, CompareOptions, RuleTerms } from "../domain/route.ts";
import { ruleName } from "../domain/rule-names.ts";
import { COMPARED_HEADERS, type RouteInput } from "./route-schema.ts";
import type { SamplesInput } from "./samples-schema.ts";

type Written = RouteInput["compare"];

/** `compare` as it is written, with the rules in the form that comparing reads, and what they say of themselves beside them. */
export function compareOptions(written: Written): CompareOptions {
  const terms: Record<string, RuleTerms> = {};
  const note = (name: string, { reason, until }: RuleTerms) => {
    if (reason !== undefined || until !== undefined) terms[name] = { reason, until };
  };
  const arrays: Record<string, ArrayRule> = {};
  for (const [path, rule] of Object.entries(written.arrays)) {
    const key = rule === "unordered" ? undefined : rule.key;
    arrays[path] = key === undefined ? { mode: "unordered" } : { mode: "key", key };
    if (rule !== "unordered") note(ruleName("arrays", path), rule);
  }
  const tolerance: Record<string, number> = {};
  for (const [path, rule] of Object.entries(written.tolerance)) {
    tolerance[path] = typeof rule === "number" ? rule : rule.by;
    if (typeof rule !== "number") note(ruleName("tolerance", path), rule);
  }
  const status = written.status?.map((rule) => {
    if (Array.isArray(rule)) return rule;
    note(ruleName("status", rule.equal.join(" = ")), rule);
    return rule.equal;
  });
  const { nulls } = written;
  if (typeof nulls === "object") note(ruleName("nulls", nulls.as), nulls);
  const named = written.headers.flatMap((entry) => (typeof entry === "string" ? entry : []));
  const ignored = written.headers.flatMap((entry) => (typeof entry === "string" ? [] : entry));
  for (const entry of ignored)
    terms[ruleName("headers", entry.ignore)] = { reason: entry.reason, until: entry.until };
  const compared = named.length === 0 && ignored.length > 0 ? COMPARED_HEADERS : named;
  const out = new Set(ignored.map(({ ignore }) => ignore));
  return {
    ...written,
    headers: [...new Set(compared)].filter((name) => !out.has(name)),
    arrays,
    tolerance,
    status,
    nulls: typeof nulls === "object" ? nulls.as : nulls,
    control: written.control === 0 ? undefined : written.control,
    ...samplesOf(written.samples),
    ...(Object.keys(terms).length === 0 ? {} : { terms }),
  };
}

/** What `compare.samples` says. Whole answers of nobody cost nothing. */
function samplesOf(samples: SamplesInput): Pick<CompareOptions, "samples" | "wholes"> {
  if (typeof samples === "number") return { samples };
  const { values, bodies, perRoute, perDifference, maxBody, keep } = samples;
  if (!bodies) return { samples: values };
  return { samples: values, wholes: { perRoute, perDifference, maxBodyBytes: maxBody, keptMs: keep } };
}

/** Without what changes nothing of a comparison: reasons, what is kept, and for how many comparisons there is a control; that there is one does. */
export function withoutReasons(compare: CompareOptions): CompareOptions {
  const terms = Object.entries(compare.terms ?? {}).flatMap(([name, { until }]) =>
    until === undefined && !name.startsWith("headers ") ? [] : [[name, { until }] as const],
  );
  const ignore = compare.ignore.map((entry) => {
    if (typeof entry === "string") return entry;
    const { path, until } = entry;
    return until === undefined ? path : { path, until };
  });
  return {
    ...compare,
    ignore,
    ...(compare.control === undefined ? {} : { control: 1 }),
    wholes: undefined,
    terms: terms.length === 0 ? undefined : Object.fromEntries(terms),
  };
}
