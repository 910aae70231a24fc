import { describe, expect, test } from "vitest";
import { RulesInForce } from "../../src/compare/rules-in-force.ts";
import { ignoreAdvice } from "../../src/control/ignore-advice.ts";
import { endedRules, rulesInForce, ruleTerms } from "../../src/domain/rule-names.ts";
import { configOf, oneRoute } from "./folder.ts";

const COMPARE = `
    compare:
      headers: [{ ignore: vary, until: 2026-11-28, reason: nginx adds it }]
      ignore: [$.x, { path: $.at, until: 2026-11-28 }]
      arrays: { $.set: { unordered: true, until: 2026-11-28 }, $.rows: { key: id, reason: no order }, $.tags: unordered }
      tolerance: { $.a: 0.5, $.b: { by: 0.1, until: 2026-11-28, reason: rounding } }
      text: [{ replace: nonce, until: 2026-11-28 }, { replace: time }]
      status: [[404, 410], { equal: [200, 201], until: 2026-11-28 }]
      nulls: { as: absent, until: 2026-11-28, reason: old clients }
`;
const routeOf = async (compare: string) => {
  const [route] = (await configOf(oneRoute(compare))).routes;
  if (route === undefined) throw new Error("no route");
  return route;
};
const at = (day: string) => Date.parse(day);

describe("rules that say why they are there, and until when", () => {
  test("are in force to the end of their last day", async () => {
    const { compare } = await routeOf(COMPARE);
    expect(rulesInForce(compare, at("2026-11-28T23:59:59Z"))).toBe(compare);
    expect(compare).toMatchObject({
      headers: ["content-type", "location", "www-authenticate"],
      arrays: {
        "$.set": { mode: "unordered" },
        "$.rows": { mode: "key", key: "id" },
        "$.tags": { mode: "unordered" },
      },
      tolerance: { "$.a": 0.5, "$.b": 0.1 },
      status: [
        [404, 410],
        [200, 201],
      ],
      nulls: "absent",
    });
  });

  test("are in force again where a clock that went too far is set back", async () => {
    const { compare } = await routeOf(COMPARE);
    const rules = new RulesInForce();
    const [before, after] = [at("2026-11-28T12:00:00Z"), at("2027-11-29")];
    expect([before, after, before].map((now) => rules.of(compare, now) === compare)).toEqual([
      true,
      false,
      true,
    ]);
    expect(rules.of(compare, after + 1)).toBe(rules.of(compare, after));
  });

  test("are none the day after: a header is compared again, and so is everything else", async () => {
    const { compare } = await routeOf(COMPARE);
    const after = at("2026-11-29");
    expect([...endedRules(compare, after)].sort()).toEqual([
      "arrays $.set",
      "headers vary",
      "ignore $.at",
      "nulls absent",
      "status 200 = 201",
      "text nonce",
      "tolerance $.b",
    ]);
    const now = rulesInForce(compare, after);
    expect(now).toMatchObject({
      ignore: ["$.x"],
      tolerance: { "$.a": 0.5 },
      status: [[404, 410]],
      nulls: undefined,
    });
    expect([...now.headers].sort()).toEqual(["content-type", "location", "vary", "www-authenticate"]);
    expect(Object.keys(now.arrays)).toEqual(["$.rows", "$.tags"]);
    expect(now.text?.map(({ replace }) => replace)).toEqual(["time"]);
    expect(ruleTerms(compare).get("nulls absent")).toEqual({ reason: "old clients", until: "2026-11-28" });
  });

  test("open a new window by another day, and not by another reason", async () => {
    const { hash } = await routeOf(COMPARE);
    expect((await routeOf(COMPARE.replace("old clients", "older clients"))).hash).toBe(hash);
    expect(
      (await routeOf(COMPARE.replace("by: 0.1, until: 2026-11-28", "by: 0.1, until: 2026-11-29"))).hash,
    ).not.toBe(hash);
    // What says nothing of itself has the hash that it always had.
    const plain = "\n    compare: { tolerance: { $.a: 0.5 }, nulls: absent }\n";
    const full = "\n    compare: { tolerance: { $.a: { by: 0.5, reason: why } }, nulls: { as: absent } }\n";
    expect((await routeOf(full)).hash).toBe((await routeOf(plain)).hash);
  });

  test("keep what they say where a line is proposed that has them too", async () => {
    const route = await routeOf(COMPARE);
    const lineOf = (path: string, kind: "order" | "value", samples = [{ legacy: "1", modern: "2" }]) =>
      ignoreAdvice(route, { path, kind, samples }).map(({ yaml }) => yaml);
    expect(lineOf("$.more", "order")[0]).toContain(
      '"$.set": { unordered: true, until: "2026-11-28" }, "$.rows": { key: "id", reason: "no order" }, "$.tags": "unordered"',
    );
    expect(lineOf("$.c", "value")[0]).toContain(
      '"$.b": { by: 0.1, reason: "rounding", until: "2026-11-28" }',
    );
    expect(lineOf("status", "value", [{ legacy: "301", modern: "302" }])[0]).toContain(
      '{ equal: [200, 201], until: "2026-11-28" }, [301, 302]',
    );
    expect(lineOf("header.location", "value")[0]).toContain(
      '{ ignore: "vary", reason: "nginx adds it", until: "2026-11-28" }',
    );
  });
});
