import { describe, expect, test } from "vitest";
import { withDocument } from "../../src/compare/document.ts";
import { notesOf } from "../../src/compare/notes.ts";
import { inconclusive, MATCH } from "../../src/compare/verdict.ts";
import type { CheckProblem, HeldAnswer } from "../../src/domain/openapi/held-answer.ts";

const PRICE: CheckProblem = { in: "body", at: "/price", message: "must be number", rule: "/a/price/type" };
const NAME: CheckProblem = { in: "body", at: "/name", message: "must be string", rule: "/a/name/type" };
const held = (...problems: readonly CheckProblem[]): HeldAnswer => ({
  operation: "GET /a",
  status: 200,
  problems,
});
const schema = (legacy: string) => ({
  path: "GET /a /a/price/type",
  kind: "schema",
  legacy: JSON.stringify(legacy),
  modern: '"must be number"',
});

describe("what modern's answer breaks is a mismatch", () => {
  test.each<[string, HeldAnswer | undefined, string]>([
    ["legacy's is as described", held(), "as described"],
    ["legacy's breaks it elsewhere", held(NAME), "must be string"],
    ["legacy's could not be checked", undefined, "not checked"],
  ])("%s", (_name, legacy, says) => {
    const verdict = withDocument(MATCH, { ...(legacy && { legacy }), modern: held(PRICE) });
    expect(verdict).toMatchObject({ outcome: "mismatch", mismatches: [schema(says)] });
    expect(verdict.statuses).toEqual({ modern: 200, ...(legacy && { legacy: 200 }) });
  });

  test("beside what else differs", () => {
    const other = { path: "$.a", kind: "value" as const, legacy: "1", modern: "2" };
    const differs = { outcome: "mismatch" as const, reason: undefined, mismatches: [other] };
    const { mismatches } = withDocument(differs, { legacy: held(), modern: held(PRICE) });
    expect(mismatches).toEqual([other, schema("as described")]);
    const many = { ...differs, mismatches: Array.from({ length: 100 }, () => other) };
    expect(withDocument(many, { modern: held(PRICE) }).mismatches).toHaveLength(100);
  });

  test("of alternatives the rule that has them is named", () => {
    const either: CheckProblem = {
      ...PRICE,
      rule: "/a/price/anyOf",
      message: "must match a schema in anyOf",
    };
    const { mismatches } = withDocument(MATCH, { modern: held(NAME, PRICE, either) });
    expect(mismatches[0]?.path).toBe("GET /a /a/price/anyOf");
  });

  test.each<[CheckProblem, string]>([
    [{ in: "status", at: "418", message: "is not described" }, "GET /a status 418"],
    [{ in: "header", at: "content-type", message: "is not described" }, "GET /a header content-type"],
    [{ in: "body", at: "", message: "must be JSON" }, "GET /a body"],
  ])("without a schema its part is named: %o", (problem, path) => {
    expect(withDocument(MATCH, { modern: held(problem) }).mismatches[0]?.path).toBe(path);
  });
});

test("what legacy breaks alike is no mismatch, and is said; so is what legacy alone breaks", () => {
  const alike = withDocument(MATCH, { legacy: held(PRICE), modern: held(PRICE) });
  expect(alike.outcome).toBe("match");
  expect(notesOf(alike)).toEqual([["schema_alike", "GET /a /a/price/type"]]);
  const alone = withDocument(MATCH, { legacy: held(PRICE), modern: held() });
  expect(alone.outcome).toBe("match");
  expect(notesOf(alone)).toEqual([["schema_legacy", "GET /a /a/price/type"]]);
});

test("what came to no verdict stays without one, and what is as described changes none", () => {
  const raced = inconclusive("raced");
  expect(withDocument(raced, { modern: held(PRICE) })).toBe(raced);
  expect(withDocument(MATCH, { legacy: held(), modern: held() })).toBe(MATCH);
  expect(withDocument(MATCH, {})).toBe(MATCH);
});
