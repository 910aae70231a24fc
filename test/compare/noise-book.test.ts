import { describe, expect, test } from "vitest";
import type { ControlFinding, Verdict } from "../../src/compare/contract.ts";
import { createNoiseBook } from "../../src/compare/index.ts";
import { judgedPaths } from "../../src/domain/noise.ts";
import type { Mismatch } from "../../src/domain/outcomes.ts";
import { mergeMismatches } from "../../src/store/merge-mismatches.ts";
import { definitionOf, liveOf } from "../support/exchange-world.ts";

const { compare } = definitionOf();
const aRoute = () =>
  liveOf(definitionOf({ compare: { ...compare, control: 2 } }), { modern: 0, shadow: 100 });
const NOTHING: ControlFinding = { usable: true, own: [], modern: [], legacy: [], arrays: [] };

const differs = (path: string, legacy = "1", modern = "2"): Mismatch => ({
  path,
  kind: "value",
  legacy,
  modern,
});
const verdict = (mismatches: readonly Mismatch[], control?: Partial<ControlFinding>): Verdict => ({
  outcome: mismatches.length === 0 ? "match" : "mismatch",
  reason: undefined,
  mismatches,
  ...(control === undefined ? {} : { control: { ...NOTHING, ...control } }),
});
const UUID = '"6ba7b810-9dad-11d1-80b4-00c04fd430c8"';
const own = (path: string, value = "1") => ({ own: [[path, value, value] as const] });

function aBook() {
  const book = createNoiseBook({ now: () => Date.UTC(2026, 10, 30) });
  const live = aRoute();
  const judge = (given: Verdict, controlled = given.control !== undefined) =>
    book.judged(live, given, controlled);
  return { book, live, judge };
}

describe("a difference", () => {
  test("where legacy differs from itself in the same request is none, and is counted as hidden", () => {
    const { book, live, judge } = aBook();
    const said = judge(verdict([differs("$.at"), differs("$.total")], own("$.at")));
    expect(said).toMatchObject({ outcome: "mismatch", hidden: ["$.at"], mismatches: [{ path: "$.total" }] });
    expect(judge(verdict([differs("$.at")], own("$.at")))).toMatchObject({
      outcome: "match",
      mismatches: [],
    });
    const rows = book.rows(live.tally.key);
    expect(rows).toMatchObject([
      { kind: "controls", path: "compared", count: 2 },
      { kind: "control_path", path: "$.at", pairs: { own: 2, hidden: 2, formats: ["number"] } },
    ]);
  });

  test("without a control is none where earlier controls showed noise, and one where they did not", () => {
    const { judge } = aBook();
    expect(judge(verdict([differs("$.at")])).outcome).toBe("mismatch");
    for (let i = 0; i < 3; i++) judge(verdict([differs("$.at")], own("$.at")));
    expect(judge(verdict([differs("$.at")])).outcome).toBe("match");
    expect(judge(verdict([differs("$.total")])).outcome).toBe("mismatch");
    expect(judge(verdict([differs("$.at"), differs("$.total")])).mismatches).toHaveLength(1);
  });

  test("of another type or format than legacy's own values stays one", () => {
    const { judge } = aBook();
    for (let i = 0; i < 3; i++) judge(verdict([], own("$.id", UUID)));
    expect(judge(verdict([differs("$.id", UUID, "null")])).outcome).toBe("mismatch");
    expect(judge(verdict([differs("$.id", UUID, UUID)], own("$.id", UUID))).outcome).toBe("match");
  });

  test("of values as legacy's are is none again, once modern gives such values in place of others", () => {
    const { judge } = aBook();
    const right = differs("$.id", UUID, UUID);
    for (let i = 0; i < 20; i++) judge(verdict([right], own("$.id", UUID)));
    const broken = differs("$.id", UUID, "null");
    for (let i = 0; i < 40; i++) {
      expect(judge(verdict([broken], { ...own("$.id", UUID), modern: ["$.id"] })).outcome).toBe("mismatch");
      expect(judge(verdict([broken])).outcome).toBe("mismatch");
    }
    expect(judge(verdict([right], own("$.id", UUID))).outcome).toBe("match");
    expect(judge(verdict([right])).outcome).toBe("match");
  });

  test("of a value that is not shown stays one where no text is in the place of texts", () => {
    const { judge } = aBook();
    const hidden = (kind: string): Mismatch => ({
      ...differs("$.access_token", '"[redacted]"', '"[redacted]"'),
      forms: ["redacted text", kind],
    });
    const shown = [["$.access_token", "", "", ["redacted text", "redacted text"]]] as const;
    for (let i = 0; i < 3; i++) judge(verdict([], { own: shown }));
    expect(judge(verdict([hidden("redacted text")])).outcome).toBe("match");
    for (const kind of ["null", "empty text", "none"])
      expect([kind, judge(verdict([hidden(kind)])).outcome]).toEqual([kind, "mismatch"]);
  });

  test("that controls call modern's is one again, however noisy its path", () => {
    const { judge } = aBook();
    for (let i = 0; i < 3; i++) judge(verdict([], own("$.total")));
    for (let i = 0; i < 12; i++) judge(verdict([differs("$.total")], { modern: ["$.total"] }));
    expect(judge(verdict([differs("$.total")])).outcome).toBe("mismatch");
  });

  test("that comparisons without a control meet far more often than legacy differs is one", () => {
    const { judge } = aBook();
    for (let i = 0; i < 1000; i++) judge(verdict([], i < 2 ? own("$.total") : {}));
    const outcomes = Array.from({ length: 200 }, () => {
      judge(verdict([]), true);
      return judge(verdict([differs("$.total")])).outcome;
    });
    expect(outcomes[0]).toBe("match");
    expect(outcomes.slice(20)).toEqual(Array(180).fill("mismatch"));
  });

  test("of a side that failed is never noise", () => {
    const { judge } = aBook();
    for (let i = 0; i < 3; i++) judge(verdict([], own("status")));
    expect(judge(verdict([{ ...differs("status"), kind: "error" }])).outcome).toBe("mismatch");
  });
});

test("the time at which each side was asked is nobody's difference, whoever is slower", () => {
  const { book, live, judge } = aBook();
  const now = (ms: number) => JSON.stringify(new Date(Date.UTC(2026, 10, 30) - ms).toISOString());
  const clock = differs("$.servedAt", now(900), now(850));
  expect(judge(verdict([clock])).outcome).toBe("match");
  for (let i = 0; i < 20; i++)
    expect(judge(verdict([clock], { modern: ["$.servedAt"] })).outcome).toBe("match");
  expect(book.rows(live.tally.key)[1]).toMatchObject({
    path: "$.servedAt",
    pairs: { modern: 0, hidden: 21 },
  });
  const old = differs("$.createdAt", now(86_400_000), now(3_600_000));
  expect(judge(verdict([old])).outcome).toBe("mismatch");
});

test("a window is forgotten with its noise, and knows a bounded number of paths", () => {
  const { book, live, judge } = aBook();
  for (let i = 0; i < 1000; i++) judge(verdict([], own(`$.a${i}`)));
  expect(book.paths).toBe(300);
  book.drop(live.tally.key);
  expect([book.paths, book.rows(live.tally.key)]).toEqual([0, []]);
  for (let i = 0; i < 2; i++) judge(verdict([], own("$.b")));
  expect(judge(verdict([differs("$.b")])).outcome).toBe("match");
});

test("an array that legacy reorders is compared by what was found, until a rule of the route's says otherwise", () => {
  const { book, live, judge } = aBook();
  expect(book.optionsOf(live)).toBe(live.definition.compare);
  const rule = { mode: "key", key: "id", found: true } as const;
  judge(verdict([], { arrays: [["$.rows", rule]] }));
  const options = book.optionsOf(live);
  expect(options.arrays).toEqual({ "$.rows": rule });
  expect(book.optionsOf(live)).toBe(options);
});

test("what two front doors saw adds up, and is judged together", () => {
  const doors = [aBook(), aBook()];
  for (const { judge } of doors) {
    for (let i = 0; i < 6; i++) judge(verdict([differs("$.total")], { modern: ["$.total"], ...own("$.at") }));
    for (let i = 0; i < 6; i++)
      judge(
        verdict([], {
          own: [["$.ad", '"a"', '"b"']],
          legacy: i % 2 ? ["$.ad"] : [],
          modern: i % 2 ? [] : ["$.ad"],
        }),
      );
  }
  const rows = doors.map(({ book, live }) => book.rows(live.tally.key));
  const merged = mergeMismatches(rows);
  const states = (of: typeof merged) =>
    Object.fromEntries(judgedPaths(of).map(({ path, state }) => [path, state]));
  expect(states(merged)).toEqual({ "$.total": "real", "$.at": "unprovable", "$.ad": "noise" });
  expect(judgedPaths(merged)[0]).toMatchObject({ path: "$.total", modern: 12, legacy: 0 });
});
