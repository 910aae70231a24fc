import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { CapturedAnswer } from "../../src/compare/contract.ts";
import { verdictOf } from "../../src/compare/verdict.ts";
import { answer, type JobChanges, job, named } from "./jobs.ts";

const jsonOf = (value: unknown) => answer(JSON.stringify(value));

/** The verdict on legacy's two answers and modern's. */
function controlled(
  first: CapturedAnswer,
  second: CapturedAnswer,
  modern: CapturedAnswer,
  changes: JobChanges = {},
) {
  const given = job(first, modern, changes);
  return verdictOf({
    ...given,
    answers: { ...given.answers, control: { side: "legacy", answer: second } },
  });
}

describe("a comparison with a control", () => {
  test("counts each path by which of the three differs", () => {
    const verdict = controlled(
      jsonOf({ a: 1, b: 1, c: 1, d: 1, e: 1 }),
      jsonOf({ a: 1, b: 1, c: 2, d: 2, e: 2 }),
      jsonOf({ a: 1, b: 2, c: 1, d: 3, e: 2 }),
    );
    expect(named(verdict.mismatches)).toEqual(["value $.b", "value $.d", "value $.e"]);
    expect(verdict.control).toEqual({
      usable: true,
      own: ["$.c", "$.d", "$.e"].map((path) => [path, "1", "2"]),
      modern: ["$.b"],
      legacy: ["$.c"],
      arrays: [],
    });
  });

  test("where all three differ, a format that is modern's alone tells it apart", () => {
    const [one, two] = ["6ba7b810-9dad-11d1-80b4-00c04fd430c8", "6ba7b811-9dad-11d1-80b4-00c04fd430c8"];
    const modern = { control: { modern: ["$.id"], legacy: [] } };
    expect(controlled(jsonOf({ id: one }), jsonOf({ id: two }), jsonOf({ id: null }))).toMatchObject(modern);
    const legacy = { control: { modern: [], legacy: ["$.id"] } };
    const third = one.replace("810", "812");
    expect(controlled(jsonOf({ id: one }), jsonOf({ id: 7 }), jsonOf({ id: third }))).toMatchObject(legacy);
  });

  test("of values that are not shown, too: what stands there is a text, or it is none", () => {
    for (const [id, rules] of [
      ["access_token", {}],
      ["mail", { redact: ["$.mail"] }],
    ] as const) {
      const of = (value: unknown) => jsonOf({ [id]: value });
      const judged = (modern: unknown) =>
        controlled(of("one-1"), of("two-2"), of(modern), { options: rules }).control;
      for (const modern of [null, "", 7, ["three-3"], undefined])
        expect([id, modern, judged(modern)]).toMatchObject([id, modern, { modern: [`$.${id}`], legacy: [] }]);
      expect([id, judged("three-3")]).toMatchObject([id, { modern: [], legacy: [] }]);
      const said = JSON.stringify(controlled(of("one-1"), of("two-2"), of("three-3"), { options: rules }));
      expect(said).not.toMatch(/one-1|two-2|three-3/);
    }
  });

  test("three equal answers are a plain match", () => {
    const verdict = controlled(jsonOf({ a: 1 }), jsonOf({ a: 1 }), jsonOf({ a: 1 }));
    expect(verdict).toEqual({ outcome: "match", reason: undefined, mismatches: [] });
  });

  test("an array that legacy reorders is matched by its key, and what differs in an element is said there", () => {
    const row = (id: number, at: number, price = id * 10) => ({ id, at, price });
    const verdict = controlled(
      jsonOf({ rows: [row(1, 1), row(2, 1), row(3, 1)] }),
      jsonOf({ rows: [row(3, 2), row(1, 2), row(2, 2)] }),
      jsonOf({ rows: [row(2, 3), row(3, 3, 99), row(1, 3)] }),
    );
    expect(verdict.control?.arrays).toEqual([["$.rows", { mode: "key", key: "id", found: true }]]);
    expect(verdict.control).toMatchObject({ modern: ["$.rows[*].price"], legacy: [] });
    expect(verdict.control?.own.map(([path]) => path).sort()).toEqual(["$.rows", "$.rows[*].at"]);
  });

  test("an array of scalars in another order is unordered; an order that only modern has stays a difference", () => {
    const verdict = controlled(jsonOf(["a", "b", "c"]), jsonOf(["c", "a", "b"]), jsonOf(["b", "a", "c"]));
    expect(verdict.control?.arrays).toEqual([["$", { mode: "unordered", found: true }]]);
    expect(named(verdict.mismatches)).toEqual(["order $"]);
    const only = controlled(jsonOf(["a", "b"]), jsonOf(["a", "b"]), jsonOf(["b", "a"]));
    expect(only.control).toMatchObject({ own: [], modern: ["$"], arrays: [] });
  });

  test("a control that failed is a status of its own; one that cannot be read says nothing", () => {
    const failed: CapturedAnswer = { kind: "failure", code: "timeout" };
    expect(controlled(jsonOf(1), failed, jsonOf(1)).control).toMatchObject({ legacy: ["status"] });
    const large = answer("", "application/json", { tooLarge: true });
    expect(controlled(jsonOf(1), large, jsonOf(2))).toMatchObject({
      outcome: "mismatch",
      control: { usable: false, modern: [] },
    });
  });

  test("stands in for what was served where that answered the client's conditions", () => {
    const none = answer("", "", { status: 304 });
    const changes = { unconditional: true } as const;
    expect(controlled(none, jsonOf({ a: 1 }), jsonOf({ a: 1 }), changes).outcome).toBe("match");
    expect(named(controlled(none, jsonOf({ a: 1 }), jsonOf({ a: 2 }), changes).mismatches)).toEqual([
      "value $.a",
    ]);
  });

  test("where modern serves, legacy's are the shadow's and the control's", () => {
    const verdict = controlled(jsonOf({ a: 1 }), jsonOf({ a: 1 }), jsonOf({ a: 2 }), { serving: "modern" });
    expect(verdict.control).toMatchObject({ own: [], modern: ["$.a"], legacy: [] });
    expect(verdict.mismatches).toMatchObject([{ path: "$.a", legacy: "1", modern: "2" }]);
  });

  test("legacy's second answer and modern's in each other's place mirror the pairs", () => {
    const value = fc.record({
      a: fc.constantFrom(1, 2, "x"),
      b: fc.constantFrom(1, 2),
      c: fc.constantFrom(null, 1),
    });
    fc.assert(
      fc.property(value, value, value, (first, second, modern) => {
        const there = controlled(jsonOf(first), jsonOf(second), jsonOf(modern)).control;
        const back = controlled(jsonOf(first), jsonOf(modern), jsonOf(second)).control;
        expect([...(back?.modern ?? [])].sort()).toEqual([...(there?.legacy ?? [])].sort());
        expect([...(back?.legacy ?? [])].sort()).toEqual([...(there?.modern ?? [])].sort());
      }),
    );
  });
});
