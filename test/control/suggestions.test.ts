import { expect, test } from "vitest";
import type { MismatchReport, Noticed } from "../../src/control/contract.ts";
import { changedCompare, suggestionsFor } from "../../src/control/index.ts";
import { definitionOf } from "../support/exchange-world.ts";

const route = definitionOf();
const AT = "2026-11-30T00:00:00.000Z";
type Noise = NonNullable<Noticed["noise"]>;
const NOISE: Noise = { controls: 400, unusable: 0, uncontrolled: [], paths: [] };

const row = (path: string, more: Partial<MismatchReport> = {}): MismatchReport => ({
  route: "orders",
  path,
  kind: "value",
  count: 10,
  comparisons: 1000,
  firstSeen: AT,
  lastSeen: AT,
  samples: [],
  ...more,
});
const sample = (legacy: string, modern: string) => ({ legacy, modern, at: AT, requestId: "q" });
const control = (own: number, modern = 0) => ({
  control: { state: own > 0 ? ("noise" as const) : ("real" as const), evidence: 1, modern, legacy: 0, own },
});
const keysOf = (rows: readonly MismatchReport[], noise: Noise | undefined = NOISE) =>
  suggestionsFor(route, rows, noise).suggestions.map(({ path, key }) => [path, key]);

test("a difference that is modern's own gets no rule that hides values; one that legacy has itself does", () => {
  const samples = [sample("20", "21")];
  expect(keysOf([row("$.total", { samples, ...control(0, 8) }), row("$.ad", control(30, 3))])).toEqual([
    ["$.total", undefined],
    ["$.ad", "ignore"],
  ]);
});

test("order, nulls and numbers written by another program get the narrowest rule; unless legacy has them itself it is a choice, which is not written", () => {
  const asked = { ...route, compare: { ...route.compare, control: 2 } };
  const near = { samples: [sample("0.30000000000000004", "0.3")] };
  const none = { kind: "missing" as const, samples: [{ ...sample("null", ""), modern: undefined }] };
  const rows = (more: Partial<MismatchReport>) => [
    row("$.tags", { kind: "order", ...more }),
    row("$.note", { ...none, ...more }),
    row("$.sum", { ...near, ...more }),
  ];
  const said = (more: Partial<MismatchReport>, noise?: Noise) => {
    const { suggestions, changes } = suggestionsFor(asked, rows(more), noise);
    const written = changedCompare(changes).map(([key]) => key);
    return { said: suggestions.map(({ path, key, verdict }) => [path, key, verdict]), written };
  };
  const all = (verdict: string) => [
    ["$.tags", "arrays", verdict],
    ["$.note", "nulls", verdict],
    ["$.sum", "tolerance", verdict],
  ];
  const choices = { said: all("choice"), written: [] };
  expect(said({})).toEqual(choices);
  expect(said({}, NOISE)).toEqual(choices);
  expect(said(control(0, 200), NOISE)).toEqual(choices);
  expect(said(control(30), NOISE)).toEqual({ said: all("rule"), written: ["arrays", "nulls", "tolerance"] });
});

test("a choice that no control has met asks for a control too, and paths are counted once", () => {
  const rows = [row("$.tags", { kind: "order" }), row("$.id"), row("$.id", { kind: "type" })];
  const { suggestions, changes } = suggestionsFor(route, rows, undefined);
  expect(suggestions.at(-1)?.because).toContain("which of these 2 paths it repeats");
  expect(changedCompare(changes)).toEqual([["control", 5]]);
});

test("without a control nothing is hidden by a guess: what is worth having is a control, where legacy may be asked twice", () => {
  const rows = [row("$.at"), row("$.by", { kind: "error" })];
  const { suggestions, changes } = suggestionsFor(route, rows, undefined);
  expect(suggestions).toMatchObject([
    { path: "$.at", key: undefined, verdict: "unknown" },
    { path: "$.by", key: undefined, verdict: "modern" },
    { key: "control", verdict: "rule", yaml: "control: 5", because: expect.stringContaining("this path") },
  ]);
  expect(changedCompare(changes)).toEqual([["control", 5]]);
  const writes = { ...route, match: { ...route.match, methods: ["POST"] } };
  expect(suggestionsFor(writes, rows, undefined).changes).toEqual([]);
  const reads = { ...writes, shadow: { ...route.shadow, safe: true as const } };
  expect(suggestionsFor(reads, rows, undefined).changes).toHaveLength(1);
  const asked = { ...route, compare: { ...route.compare, control: 2 } };
  expect(suggestionsFor(asked, rows, undefined).changes).toEqual([]);
});

test("a difference that no control has met is not called modern's own", () => {
  const asked = { ...route, compare: { ...route.compare, control: 2 } };
  const rows = [row("$.at"), row("$.total", control(0, 3))];
  expect(suggestionsFor(asked, rows, NOISE).suggestions).toMatchObject([
    {
      path: "$.at",
      verdict: "unknown",
      because: expect.stringMatching(/any of the 400 comparisons with a control/),
    },
    { path: "$.total", verdict: "modern" },
  ]);
});

test("a nonce in a text gets a pattern of its attribute", () => {
  const body = row("body", {
    ...control(40),
    samples: [sample('"<script nonce=\\"a1\\">"', '"<script nonce=\\"b2\\">"')],
  });
  const { changes } = suggestionsFor(route, [body], NOISE);
  expect(changedCompare(changes)).toEqual([["text", [{ replace: 'nonce="[^"]*"', with: "" }]]]);
});

test("arrays that legacy reorders are said with their evidence, and what is added comes together", () => {
  const path = {
    state: "noise" as const,
    modern: 0,
    legacy: 0,
    own: 390,
    hidden: 9,
    formats: [],
    evidence: 1,
  };
  const noise = {
    ...NOISE,
    paths: [
      { ...path, path: "$.rows", array: "key id" },
      { ...path, path: "$.tags", array: "unordered" },
    ],
  };
  const { suggestions, changes } = suggestionsFor(
    route,
    [row("$.hits", { kind: "order", ...control(7) })],
    noise,
  );
  expect(suggestions.map(({ yaml }) => yaml)).toEqual([
    'arrays: { "$.rows": { key: "id" } }',
    'arrays: { "$.tags": "unordered" }',
    'arrays: { "$.hits": "unordered" }',
  ]);
  expect(suggestions[0]?.because).toBe("legacy gave it in another order in 390 of 400 controls");
  expect(changedCompare(changes)).toEqual([
    ["arrays", { "$.rows": { key: "id" }, "$.tags": "unordered", "$.hits": "unordered" }],
  ]);
});
