import { gzipSync } from "node:zlib";
import { beforeAll, describe, expect, test } from "vitest";
import { check, learn } from "../../src/bodies/check.ts";
import type { CheckFound } from "../../src/bodies/contract.ts";
import { repeatsMember } from "../../src/bodies/repeated-members.ts";

const DOCUMENT = {
  openapi: "3.1.0",
  paths: {
    "/files/{a}/{b}": { post: { responses: {} } },
    "/pages": {
      post: {
        requestBody: { content: { "application/json": { schema: { type: "string", format: "url" } } } },
        responses: {},
      },
    },
    "/sets": {
      post: {
        requestBody: { content: { "application/json": { schema: { type: "array", uniqueItems: true } } } },
        responses: {},
      },
    },
    "/users": {
      post: {
        requestBody: {
          content: {
            "application/json": { schema: { type: "object", properties: { role: { enum: ["user"] } } } },
          },
        },
        responses: {},
      },
    },
    "/orders": {
      post: {
        parameters: [
          { name: "word", in: "query", schema: { pattern: "^[a-z]+$" } },
          { name: "list", in: "query", schema: { type: "array", items: { type: "string" } } },
          { name: "either", in: "query", schema: { anyOf: [{ type: "array" }, { type: "string" }] } },
          { name: "json", in: "query", content: { "application/json": { schema: { type: "array" } } } },
          {
            name: "where",
            in: "query",
            style: "deepObject",
            schema: { type: "object", properties: { paid: { type: "boolean" } } },
          },
          { name: "page", in: "cookie", schema: { type: "integer" } },
        ],
        requestBody: {
          content: {
            "application/json": { schema: { $ref: "#/components/schemas/Nested" } },
            "application/*": {},
          },
        },
        responses: {},
      },
    },
  },
  components: {
    schemas: {
      Nested: {
        anyOf: [{ type: "array", items: { $ref: "#/components/schemas/Nested" } }, { type: "object" }],
      },
    },
  },
};
const JSON_TYPE = ["content-type", "application/json"];

beforeAll(() => learn({ id: "d", text: JSON.stringify(DOCUMENT) }));

function found(
  target: string,
  headers: readonly string[] = [],
  body?: string | Uint8Array,
): CheckFound | string {
  const result = check({
    kind: "check",
    document: { id: "d", text: "" },
    ...{ method: "POST", target, headers, status: undefined, maxBytes: 1024 * 1024 },
    body: typeof body === "string" ? Buffer.from(body) : body,
  });
  return result.ok ? (result.found ?? "nothing") : result.why;
}

describe("what a side may read in another way than it was checked is refused", () => {
  test.each<[string, string, readonly string[], (string | Uint8Array)?]>([
    ["a value sent twice", "/orders?word=../../&word=a", []],
    ["a value sent twice that is JSON", "/orders?json=%5B1&json=2%5D", []],
    ["a member of a query sent twice", "/orders?where%5Bpaid%5D=x&where%5Bpaid%5D=true", []],
    ["a cookie sent twice", "/orders", ["cookie", "page=2; page=x"]],
    ["a cookie sent twice, in two lines", "/orders", ["cookie", "page=2", "cookie", "page=x"]],
    ["two media types", "/orders", [...JSON_TYPE, "content-type", "application/xml"], "{}"],
    [
      "two codings",
      "/orders",
      [...JSON_TYPE, "content-encoding", "gzip", "content-encoding", "identity"],
      "{}",
    ],
    [
      "a charset that is not JSON's",
      "/orders",
      ["content-type", "application/json; charset=utf-7"],
      '"+ACI-"',
    ],
    ["another one, in quotes", "/orders", ["content-type", 'application/json;charset="UTF-16LE"'], "{}"],
    ["members of one name", "/orders", JSON_TYPE, '{"a":[{"role":"user","r\\u006fle":"admin"}]}'],
    ["more members than can be looked at", "/orders", JSON_TYPE, `[${"[],".repeat(110_000)}[]]`],
    ["bytes that are no text", "/orders", JSON_TYPE, new Uint8Array([0x22, 0xff, 0x22])],
    ["a text in UTF-16", "/orders", JSON_TYPE, Buffer.from("\ufeff{}", "utf16le")],
  ])("%s", (_name, target, headers, body) => {
    expect(found(target, headers, body)).toEqual([expect.objectContaining({ at: expect.any(String) })]);
  });

  test.each(["/files/../admin", "/files/%2e%2E/admin", "/files/..;x=1/admin", "/files/a/.", "/files/a/%2e"])(
    "a step to another path is not a value: %s",
    (path) => expect(found(path)).toBe("no_path"),
  );

  test.each(["/files/.a/b..", "/files/.../b", "/files/a;b/..c"])("dots in a value are: %s", (path) =>
    expect(found(path)).toEqual([]),
  );

  test("a list of media types is none", () => {
    expect(found("/orders", ["content-type", "application/json, application/xml"], "{}")).toBe("media_type");
  });
});

test.each<[string, string, readonly string[], (string | Uint8Array)?]>([
  ["lists", "/orders?list=a&list=b&either=a&either=b", []],
  ["a charset that is UTF-8", "/orders", ["content-type", 'Application/JSON; Charset="UTF-8"; x=y'], "{}"],
  ["a mark of its byte order", "/orders", JSON_TYPE, "\ufeff{}"],
  ["a coding", "/orders", [...JSON_TYPE, "content-encoding", "gzip"], gzipSync("{}")],
  ["a name that objects have", "/orders", JSON_TYPE, '{"__proto__":{"a":1},"constructor":{}}'],
])("%s pass", (_name, target, headers, body) => expect(found(target, headers, body)).toEqual([]));

test("what may be there once is looked for in one go, and equal is what JSON Schema takes for equal", () => {
  const many = Array.from({ length: 20_000 }, (_, i) => ({ a: i }));
  const twice: CheckFound = [{ in: "body", at: "", message: "must NOT have duplicate items" }];
  const sets: readonly (readonly [unknown, CheckFound | string])[] = [
    [many, []],
    [[...many, { a: 7 }], twice],
    [
      [
        { a: 1, b: [2] },
        { b: [2.0], a: 1 },
      ],
      twice,
    ],
    [[1, "1", true, null, "null", [1], [[1]], {}, []], []],
    [[-0, 0], twice],
  ];
  for (const [body, said] of sets) expect(found("/sets", JSON_TYPE, JSON.stringify(body))).toEqual(said);
});

test("a url is one with a user or without, and long ones take no longer for it", () => {
  const wrong: CheckFound = [{ in: "body", at: "", message: 'must match format "url"' }];
  const urls: readonly (readonly [string, boolean])[] = [
    ["https://shop.example/a?b=c@d#e", true],
    ["https://a:b@shop.example:8080/@x", true],
    ["http://a@b@shop.example", true],
    ["https://@shop.example", false],
    ["https://a b@shop.example", false],
    ["https://shop", false],
    [`http://${":".repeat(500_000)}`, false],
    [`http://${"a@".repeat(250_000)} `, false],
  ];
  for (const [url, is] of urls)
    expect(found("/pages", JSON_TYPE, JSON.stringify(url))).toEqual(is ? [] : wrong);
});

test("a member is looked at however its name is written, and whatever came before", () => {
  expect(found("/users", JSON_TYPE, String.raw`{"before":1,"ro\\u":1}`)).toEqual([]);
  for (const name of ["role", String.raw`ro\u006ce`, String.raw`\u0072\u006f\u006c\u0065`])
    expect(found("/users", JSON_TYPE, `{"before":1,"${name}":"admin"}`)).toMatchObject([
      { in: "body", at: "/role" },
    ]);
});

test("a body that is nested deeper than can be looked at does not pass", () => {
  expect(found("/orders", JSON_TYPE, "[".repeat(150_000) + "]".repeat(150_000))).toBe("failed");
});

test.each<[string, boolean]>([
  ['{"a":1,"b":{"a":2},"c":[{"a":1},{"a":2}]}', false],
  ['{"a":"\\"a\\":","b":"{\\\\","c":["a","a",","]}', false],
  ['[{"a":{"b":1,"b":2}}]', true],
  ['{"a":[{"a":1}],"\\u0061":2}', true],
  ['{"":1,"":2}', true],
  ["[]", false],
  ['"{"', false],
])("%s has members of one name: %s", (json, repeats) => expect(repeatsMember(json)).toBe(repeats));
