import { describe, expect, test } from "vitest";
import { verdictOf } from "../../src/compare/verdict.ts";
import type { CompareOptions } from "../../src/domain/route.ts";
import { answer, job, named } from "./jobs.ts";

function rows(
  type: string | [string, string],
  legacy: string,
  modern: string,
  options: Partial<CompareOptions> = {},
) {
  const [one, other] = typeof type === "string" ? [type, type] : type;
  const verdict = verdictOf(
    job(answer(legacy, one), answer(modern, other), { options: { headers: [], ...options } }),
  );
  if (verdict.outcome === "inconclusive") throw new Error(verdict.reason);
  return verdict.mismatches;
}

const found = (...given: Parameters<typeof rows>) => named(rows(...given));

describe("forms", () => {
  const form = "application/x-www-form-urlencoded";
  test("are their fields, in any order and spelling", () => {
    expect(found(form, "a=1&b=%41+c", "b=A%20c&a=1")).toEqual([]);
    expect(found(form, "a=1&b=2", "a=2")).toEqual(["value $.a", "missing $.b"]);
    expect(found(form, "a=1&a=2", "a=2&a=1")).toEqual(["value $.a"]);
    expect(found(form, "a=1&at=5", "a=1&at=6", { ignore: ["$.at"] })).toEqual([]);
    expect(found(form, "a=%zz", "a=%zy")).toEqual(["value $.a"]);
  });
});

describe("bodies of several parts", () => {
  const parts = (boundary: string, json: string, more = "") =>
    `--${boundary}\r\nContent-Type: application/json\r\n\r\n${json}\r\n--${boundary}\r\n\r\ntext${more}\r\n--${boundary}--\r\n`;
  const types: [string, string] = ["multipart/mixed; boundary=one", 'multipart/mixed; boundary="two"'];

  test("are their parts, whatever the boundary, and JSON in them is JSON", () => {
    expect(found(types, parts("one", '{"a":1,"b":2}'), parts("two", '{ "b": 2, "a": 1 }'))).toEqual([]);
    expect(found(types, parts("one", '{"a":1}'), parts("two", '{"a":2}'))).toEqual(["value $[*].content.a"]);
    expect(found(types, parts("one", "{}"), parts("two", "{}", "!"))).toEqual(["value $[*].content"]);
    expect(
      found(types, parts("one", '{"a":1}'), parts("two", '{"a":2}'), { ignore: ["$[*].content.a"] }),
    ).toEqual([]);
  });

  test("that are a form's fields stand under their names, and a credential is none to see", () => {
    const field = (name: string, content: string) =>
      `--one\r\nContent-Disposition: form-data; name=${name}\r\n\r\n${content}\r\n--one--\r\n`;
    const both: [string, string] = ["multipart/form-data; boundary=one", "multipart/form-data; boundary=one"];
    expect(found(both, field('"price"', "1"), field('"price"', "2"))).toEqual(["value $[*].price"]);
    expect(found(both, field("price", "1"), field('"price"', "1"))).toEqual([
      "value $[*].content-disposition",
    ]);
    const token = (value: string) => field('"paymentToken"', value);
    const [secret] = rows(both, token("f537a310568e"), token("x"));
    expect(secret).toMatchObject({
      path: "$[*].paymentToken",
      legacy: '"[redacted]"',
      modern: '"[redacted]"',
    });
  });

  test("that do not end are compared by their bytes", () => {
    expect(found(types, parts("one", "{}"), "--two\r\n\r\nx")).toEqual(["value body"]);
  });
});

describe("event streams that have ended", () => {
  const type = "text/event-stream";
  test("are their events, without what keeps a connection alive", () => {
    expect(
      found(type, ': hi\n\ndata: {"a":1,\ndata: "b":2}\n\n', 'data: {"b":2,"a":1}\r\n\r\n: ping\r\n\r\n'),
    ).toEqual([]);
    expect(found(type, 'event: x\ndata: {"a":1}\n\n', 'event: x\ndata: {"a":2}\n\n')).toEqual([
      "value $[*].data.a",
    ]);
    expect(found(type, "data: 1\n\ndata: 2\n\n", "data: 1\n\n")).toEqual(["length $"]);
  });

  test("differ where one broke off inside of an event", () => {
    expect(found(type, "data: 1\n\n", "data: 1\n")).toEqual(["extra $[*].unfinished"]);
  });
});

describe("batches of JSON-RPC", () => {
  const one = (id: number, result: number) => `{"jsonrpc":"2.0","id":${id},"result":${result}}`;
  const type = "application/json";
  test("are held against each other by their ids", () => {
    expect(found(type, `[${one(1, 5)},${one(2, 6)}]`, `[${one(2, 6)}, ${one(1, 5)}]`)).toEqual([]);
    expect(found(type, `[${one(1, 5)},${one(2, 6)}]`, `[${one(2, 7)}, ${one(1, 5)}]`)).toEqual([
      "value $[*].result",
    ]);
    expect(found(type, `[${one(1, 5)},${one(2, 6)}]`, `[${one(2, 6)}]`)).toEqual(["missing $[*]"]);
  });

  test("say nothing of a rule that nobody wrote", () => {
    const batch = `[${one(1, 5)}]`;
    const verdict = verdictOf(job(answer(batch, type), answer(`${batch} `, type)));
    expect(verdict.rules).toBeUndefined();
    const options = { ignore: ["$[*].at"] };
    expect(verdictOf(job(answer(batch, type), answer(`${batch} `, type), { options })).rules?.met).toEqual(
      [],
    );
  });

  test("go by the route's own rule where it has one", () => {
    const options = { arrays: { $: { mode: "unordered" } } } as const;
    expect(found(type, `[${one(1, 5)},${one(2, 6)}]`, `[${one(2, 6)}, ${one(1, 5)}]`, options)).toEqual([]);
  });
});
