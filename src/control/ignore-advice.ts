import { differenceOf, withinTolerance } from "../compare/index.ts";
import { isCutPath, parsePattern } from "../domain/json-path.ts";
import type { MismatchKind } from "../domain/outcomes.ts";
import type { CompareOptions, RouteDefinition } from "../domain/route.ts";
import { ruleName } from "../domain/rule-names.ts";
import type { IgnoreAdvice } from "./board-contract.ts";

const HEADER = "header.";

/** A difference as advice looks at it. */
interface Differing {
  readonly path: string;
  readonly kind: MismatchKind;
  readonly samples: readonly { readonly legacy?: string | undefined; readonly modern?: string | undefined }[];
}

/** The line of `compare` that says `value` under `key`: in one line, so that it fits at any depth and beside the other keys. */
function line({ source }: RouteDefinition, key: IgnoreAdvice["key"], value: unknown): IgnoreAdvice {
  return { key, yaml: `${key}: ${flowText(value)}\n`, file: source.file, line: source.line };
}

/** JSON with a space behind `,` and `:`, which YAML reads too; names of plain letters go without quotes. */
export function flowText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(flowText).join(", ")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  const nameText = (name: string) => (/^[a-z]+$/i.test(name) ? name : JSON.stringify(name));
  return `{ ${members.map(([name, member]) => `${nameText(name)}: ${flowText(member)}`).join(", ")} }`;
}

/** A rule as a file has it: with what it says of itself, if it says anything. */
function written(compare: CompareOptions, name: string, plain: unknown, full: object): unknown {
  const terms = compare.terms?.[name];
  return terms === undefined ? plain : { ...full, ...terms };
}

function arraysOf(compare: CompareOptions): Record<string, unknown> {
  const rules = Object.entries(compare.arrays).map(([path, rule]) => {
    const full = rule.mode === "key" ? { key: rule.key } : { unordered: true };
    return [path, written(compare, ruleName("arrays", path), rule.mode === "key" ? full : "unordered", full)];
  });
  return Object.fromEntries(rules);
}

function tolerancesOf(compare: CompareOptions): Record<string, unknown> {
  const rules = Object.entries(compare.tolerance).map(([path, by]) => [
    path,
    written(compare, ruleName("tolerance", path), by, { by }),
  ]);
  return Object.fromEntries(rules);
}

const HEADERS = ruleName("headers", "");

function headersOf({ headers, terms = {} }: CompareOptions): readonly unknown[] {
  const left = Object.entries(terms).filter(([name]) => name.startsWith(HEADERS));
  return [...headers, ...left.map(([name, each]) => ({ ignore: name.slice(HEADERS.length), ...each }))];
}

/** Numbers of a sample, as JSON text; undefined: it has another value. */
function numberTexts({
  legacy,
  modern,
}: Differing["samples"][number]): readonly [string, string] | undefined {
  const isNumber = (text: string | undefined) => text !== undefined && Number.isFinite(Number(text));
  return isNumber(legacy) && isNumber(modern) ? [legacy as string, modern as string] : undefined;
}

function numbersOf(sample: Differing["samples"][number]): readonly [number, number] | undefined {
  const texts = numberTexts(sample);
  return texts && [Number(texts[0]), Number(texts[1])];
}

/** The least tolerance under which no sample would differ; undefined: not all are numbers, or it cannot be told. */
function toleranceFor(samples: Differing["samples"]): number | undefined {
  const pairs = samples.map(numberTexts);
  if (pairs.length === 0 || pairs.includes(undefined)) return undefined;
  const all = pairs as readonly (readonly [string, string])[];
  const tolerance = Math.max(...all.map(([a, b]) => differenceOf(a, b)));
  return all.every(([a, b]) => withinTolerance(a, b, tolerance)) ? tolerance : undefined;
}

function statusGroups(
  compare: CompareOptions,
  samples: Differing["samples"],
): readonly (readonly number[])[] | undefined {
  const pairs = samples.map(numbersOf);
  const sameClass = (pair: readonly [number, number] | undefined) =>
    pair !== undefined && Math.trunc(pair[0] / 100) === Math.trunc(pair[1] / 100);
  // Statuses of two classes are no two ways to say one thing.
  if (pairs.length === 0 || !pairs.every(sameClass)) return undefined;
  const groups = [...(compare.status ?? []), ...(pairs as readonly (readonly [number, number])[])];
  const unique = new Map(groups.map((group) => [[...group].sort((a, b) => a - b).join(), group]));
  return [...unique.values()];
}

/** An element that is null is not one that is not there: the rule is of members. */
function isNullBesideNothing({ path, kind, samples }: Differing): boolean {
  if ((kind !== "missing" && kind !== "extra") || path.endsWith("[*]")) return false;
  return samples.length > 0 && samples.every(({ legacy, modern }) => (legacy ?? modern) === "null");
}

/** One key of `compare`, and the whole of `compare` once a difference counts no more. */
export interface CompareChange {
  readonly key: IgnoreAdvice["key"] | "control";
  readonly compare: CompareOptions;
}

/** A change that makes one difference none. */
interface AdvisedChange extends CompareChange {
  readonly key: IgnoreAdvice["key"];
}

/** What a file says under a key. */
export function writtenValue({ key, compare }: CompareChange): unknown {
  switch (key) {
    case "arrays":
      return arraysOf(compare);
    case "tolerance":
      return tolerancesOf(compare);
    case "headers":
      return headersOf(compare);
    case "status":
      return compare.status?.map((equal) =>
        written(compare, ruleName("status", equal.join(" = ")), equal, { equal }),
      );
    case "nulls":
      return written(compare, ruleName("nulls", "absent"), compare.nulls, { as: compare.nulls });
    default:
      return compare[key];
  }
}

/** The name that a text ends with; undefined: it ends with none. */
function attributeName(text: string): string | undefined {
  let start = text.length;
  while (start > 0 && /[\w-]/.test(text.charAt(start - 1))) start--;
  return start === text.length || /[\d-]/.test(text.charAt(start)) ? undefined : text.slice(start);
}

/** `nonce="a1"` beside `nonce="b2"`: the name before a quoted value that differs; undefined: no such thing is seen. */
function attributePattern(samples: Differing["samples"]): string | undefined {
  const names = samples.map(({ legacy, modern }) => {
    if (!legacy?.startsWith('"') || !modern?.startsWith('"')) return undefined;
    let at = 0;
    while (at < legacy.length && legacy[at] === modern[at]) at++;
    // Inside a sample, which is JSON text, a quote has a backslash before it.
    const quote = legacy.lastIndexOf('"', at - 1);
    if (quote < 2 || legacy.slice(quote - 2, quote) !== "=\\") return undefined;
    return attributeName(legacy.slice(0, quote - 2));
  });
  const [name] = names;
  return name !== undefined && names.every((each) => each === name) ? `${name}="[^"]*"` : undefined;
}

/**
 * The changes of `compare` that make a difference none, with what the route has in them already: the one that hides the least
 * first, and ignoring last. Empty: a whole body, a status of another class, or a path that was cut cannot be left out.
 */
export function changesFor(compare: CompareOptions, differing: Differing): readonly AdvisedChange[] {
  const { path, kind, samples } = differing;
  // Modern's alone: no rule of `compare` speaks of what a document says.
  if (kind === "schema") return [];
  const change = (key: AdvisedChange["key"], more: Partial<CompareOptions>): AdvisedChange => ({
    key,
    compare: { ...compare, ...more },
  });
  if (path === "status") {
    const groups = kind === "value" ? statusGroups(compare, samples) : undefined;
    return groups === undefined ? [] : [change("status", { status: groups })];
  }
  if (path === "body") {
    const replace = kind === "value" ? attributePattern(samples) : undefined;
    return replace === undefined
      ? []
      : [change("text", { text: [...(compare.text ?? []), { replace, with: "" }] })];
  }
  if (path.startsWith(HEADER)) {
    // One cookie of `set-cookie` cannot be left out alone.
    const name = (path.slice(HEADER.length).split("[", 1)[0] as string).toLowerCase();
    return [change("headers", { headers: compare.headers.filter((each) => each !== name) })];
  }
  const steps = parsePattern(path);
  if ("problem" in steps || isCutPath(path)) return [];
  const changes: AdvisedChange[] = [];
  if (kind === "order")
    changes.push(change("arrays", { arrays: { ...compare.arrays, [path]: { mode: "unordered" } } }));
  if (isNullBesideNothing(differing)) changes.push(change("nulls", { nulls: "absent" }));
  const tolerance = kind === "value" ? toleranceFor(samples) : undefined;
  if (tolerance !== undefined) {
    const known = compare.tolerance[path] ?? 0;
    changes.push(
      change("tolerance", { tolerance: { ...compare.tolerance, [path]: Math.max(tolerance, known) } }),
    );
  }
  if (steps.length > 0) {
    const entries = new Map(
      compare.ignore.map((entry) => [typeof entry === "string" ? entry : entry.path, entry]),
    );
    changes.push(change("ignore", { ignore: [...entries.set(path, entries.get(path) ?? path).values()] }));
  }
  return changes;
}

/** The same as lines to be pasted into the route's file. */
export function ignoreAdvice(route: RouteDefinition, differing: Differing): readonly IgnoreAdvice[] {
  return changesFor(route.compare, differing).map((change) => line(route, change.key, writtenValue(change)));
}
