import { SAFE_METHODS } from "../domain/message.ts";
import type { CompareOptions, RouteDefinition } from "../domain/route.ts";
import { countText, rateText } from "../domain/wording.ts";
import type { MismatchReport, Noticed } from "./contract.ts";
import { type CompareChange, changesFor, flowText, writtenValue } from "./ignore-advice.ts";

type Noise = NonNullable<Noticed["noise"]>;

/** A rule worth having, or a difference that none should hide. */
export interface Suggestion {
  readonly path: string;
  /** The key of `compare`; undefined: no rule is worth having here, `verdict` says why. */
  readonly key: CompareChange["key"] | undefined;
  /**
   * `rule`: it is worth having. `choice`: it is if this difference means nothing, since legacy is not known to have it itself. `modern`: modern
   * differs here, and is to be corrected. `unknown`: legacy was never asked twice where it came.
   */
  readonly verdict: "rule" | "choice" | "modern" | "unknown";
  /** What this alone adds, as a line of `compare`. */
  readonly yaml: string | undefined;
  readonly because: string;
}

/** Of their size: numbers that are nearer to each other are the same, written by two programs. */
const NEAR = 1e-6;
/** Of the comparisons, in which legacy is asked once more: enough to know what it does once in a while. Percent. */
const CONTROL = 5;
/** Keys whose rule hides no value. */
const NARROW: ReadonlySet<CompareChange["key"]> = new Set(["arrays", "nulls"]);

function areNear({ samples }: MismatchReport): boolean {
  return samples.every(({ legacy, modern }) => {
    const [a, b] = [Number(legacy), Number(modern)];
    return Math.abs(a - b) <= NEAR * Math.max(Math.abs(a), Math.abs(b));
  });
}

/** Why a mismatch is there, as far as controls say. */
function because(row: MismatchReport, controls: number): string {
  const { control, count, comparisons, kind } = row;
  const often = `${countText(count)} of ${countText(comparisons)} comparisons (${rateText(count, comparisons)})`;
  if (kind === "schema") return `breaks the OpenAPI document in ${often}`;
  if (controls === 0) return `differs in ${often}; it is not known whether legacy repeats it`;
  if (control === undefined)
    return `differs in ${often}; it did not come in any of the ${countText(controls)} comparisons with a control`;
  const { modern, own } = control;
  const said =
    own === 0 ? "legacy never differs from itself there" : `legacy differs from itself in ${countText(own)}`;
  return `differs in ${often}; in ${countText(controls)} controls ${said}, modern alone in ${countText(modern)}`;
}

/** Whether legacy has this difference itself. Without a control, or where legacy repeats itself, hiding would be guessing. */
function isLegacys({ control }: MismatchReport, controls: number): boolean {
  return controls > 0 && control !== undefined && control.state !== "real" && control.own > 0;
}

/**
 * The narrowest change worth making; undefined: it is modern's difference, which no rule should hide. Order, null members and
 * numbers that are all but equal are said in either case: whether they matter only people know.
 */
function worthwhile(compare: CompareOptions, row: MismatchReport, noisy: boolean): CompareChange | undefined {
  if (row.kind === "error") return undefined;
  const changes = changesFor(compare, row);
  const narrow = changes.find(({ key }) => NARROW.has(key) || (key === "tolerance" && areNear(row)));
  if (narrow !== undefined) return narrow;
  // Leaving one cookie out would leave out all.
  const tooBroad = row.path.startsWith("header.set-cookie[");
  return noisy && !tooBroad ? changes.find(({ key }) => key !== "tolerance") : undefined;
}

/** What arrays legacy reorders say: such a rule holds before a window's first control, and for methods without any. */
function fromNoise(
  compare: CompareOptions,
  { paths }: Noise,
): readonly (readonly [string, CompareOptions["arrays"][string], number])[] {
  return paths.flatMap(({ path, array, own }) => {
    if (array === undefined || compare.arrays[path] !== undefined) return [];
    const key = /^key (.*)$/s.exec(array)?.[1];
    return [
      [
        path,
        key === undefined ? { mode: "unordered" as const } : { mode: "key" as const, key },
        own,
      ] as const,
    ];
  });
}

/** Methods of which legacy may be asked twice. */
function canHaveControl({ match, shadow }: Suggesting): boolean {
  return (
    shadow.safe !== undefined ||
    match.methods === undefined ||
    match.methods.some((each) => SAFE_METHODS.has(each))
  );
}

type Suggesting = Pick<RouteDefinition, "compare" | "match" | "shadow">;

/** What remains worth a rule on a route, with its evidence; and the route's `compare` once it has them all, but for those that are a choice. */
export function suggestionsFor(
  route: Suggesting,
  rows: readonly MismatchReport[],
  noise: Noise | undefined,
): { readonly suggestions: readonly Suggestion[]; readonly changes: readonly CompareChange[] } {
  const suggestions: Suggestion[] = [];
  const changes: CompareChange[] = [];
  let { compare } = route;
  const controls = noise?.controls ?? 0;
  const yamlOf = (change: CompareChange | undefined) =>
    change && `${change.key}: ${flowText(added(compare, change))}`;
  const unmet = new Set<string>();
  const add = (path: string, change: CompareChange | undefined, why: string, known = true) => {
    const verdict = change !== undefined ? "rule" : known ? "modern" : "unknown";
    suggestions.push({ path, key: change?.key, verdict, yaml: yamlOf(change), because: why });
    if (change === undefined) return;
    compare = change.compare;
    changes.push(change);
  };
  for (const [path, rule, own] of noise === undefined ? [] : fromNoise(compare, noise)) {
    const change: CompareChange = {
      key: "arrays",
      compare: { ...compare, arrays: { ...compare.arrays, [path]: rule } },
    };
    add(
      path,
      change,
      `legacy gave it in another order in ${countText(own)} of ${countText(controls)} controls`,
    );
  }
  for (const row of rows) {
    // A side that fails is never noise.
    const known = row.kind === "error" || (controls > 0 && row.control !== undefined);
    const noisy = isLegacys(row, controls);
    const change = worthwhile(compare, row, noisy);
    const why = because(row, controls);
    if (!known) unmet.add(row.path);
    if (change === undefined || noisy) add(row.path, change, why, known);
    else
      suggestions.push({
        path: row.path,
        key: change.key,
        verdict: "choice",
        yaml: yamlOf(change),
        because: why,
      });
  }
  const unknown = unmet.size;
  if (unknown > 0 && compare.control === undefined && canHaveControl(route)) {
    const which =
      unknown === 1 ? "whether it repeats this path" : `which of these ${unknown} paths it repeats`;
    add(
      "",
      { key: "control", compare: { ...compare, control: CONTROL } },
      `legacy, asked once more for so many percent, says ${which}; evidence begins anew with it`,
    );
  }
  return { suggestions, changes: lastOfEach(changes, compare) };
}

/** The part of a key's value that a change adds. */
function added(before: CompareOptions, change: CompareChange): unknown {
  const value = writtenValue(change);
  const known = writtenValue({ key: change.key, compare: before });
  if (Array.isArray(value) && Array.isArray(known) && value.length > known.length)
    return value.filter((each) => !known.some((other) => JSON.stringify(other) === JSON.stringify(each)));
  if (typeof value !== "object" || value === null || Array.isArray(value) || typeof known !== "object")
    return value;
  const old = JSON.stringify;
  return Object.fromEntries(
    Object.entries(value).filter(
      ([name, each]) => old(each) !== old((known as Record<string, unknown>)?.[name]),
    ),
  );
}

/** Each key once, with all that is to stand under it. */
function lastOfEach(changes: readonly CompareChange[], compare: CompareOptions): readonly CompareChange[] {
  return [...new Set(changes.map(({ key }) => key))].map((key) => ({ key, compare }));
}

/** As a file is edited: key and value. */
export function changedCompare(
  changes: readonly CompareChange[],
): readonly (readonly [key: string, value: unknown])[] {
  return changes.map((change) => [change.key, writtenValue(change)] as const);
}
