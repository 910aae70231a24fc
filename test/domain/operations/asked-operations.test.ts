import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  MAX_OPERATION_BYTES,
  mayAsk,
  readOperations,
} from "../../../src/domain/operations/asked-operations.ts";
import { countedNames } from "../../../src/domain/operations/operation-name.ts";

const JSON_TYPE = ["Content-Type", "application/json; charset=utf-8"];
const post = (value: unknown, headers: readonly string[] = JSON_TYPE, target = "/graphql") =>
  readOperations({ method: "POST", target, headers }, [
    Buffer.from(typeof value === "string" ? value : JSON.stringify(value)),
  ]);
const get = (query: Readonly<Record<string, string>>) =>
  readOperations({ method: "GET", target: `/graphql?${new URLSearchParams(query)}`, headers: [] }, []);
const QUERY = "query GetCart { cart { id } }";
const PERSISTED = { persistedQuery: { version: 1, sha256Hash: "ab" } };

test("what is asked for is heard however its name is written, and whatever came before", () => {
  post(String.raw`{"before":1,"q\\u00":{"\u0061":1}}`);
  expect(post(String.raw`{"before":1,"q\u0075ery":"mutation Pay { pay }"}`)).toEqual({
    kind: "graphql",
    names: ["Pay"],
  });
});

describe("GraphQL", () => {
  test.each<[string, unknown, readonly (string | undefined)[]]>([
    ["the only operation of the document", { query: QUERY }, ["GetCart"]],
    ["operationName", { query: `${QUERY} query B { b }`, operationName: "B" }, ["B"]],
    ["none of two without operationName", { query: `${QUERY} query B { b }` }, [undefined]],
    ["an anonymous one", { query: "{ cart }", operationName: null }, [undefined]],
    ["a persisted one", { operationName: "GetCart", extensions: PERSISTED }, ["GetCart"]],
    ["a persisted one without a name", { extensions: PERSISTED }, [undefined]],
    ["a document by its id", { documentId: "sha256:ab", operationName: "A" }, ["A"]],
    ["a document by its id, with variables alone", { id: "ab", variables: {} }, [undefined]],
    ["a batch, each once", [{ query: QUERY }, { query: "{a}" }, { query: QUERY }], ["GetCart", undefined]],
  ])("is told by %s", (_what, body, names) => {
    expect(post(body)).toEqual({ kind: "graphql", names });
  });

  test("is told by the query of a GET", () => {
    expect(get({ query: QUERY })).toEqual({ kind: "graphql", names: ["GetCart"] });
    expect(get({ query: `${QUERY} query B{b}`, operationName: "B" })).toMatchObject({ names: ["B"] });
    expect(get({ extensions: JSON.stringify(PERSISTED), operationName: "P" })).toMatchObject({
      names: ["P"],
    });
    expect(get({ id: "ab", variables: "{}", operationName: "P" })).toMatchObject({ names: ["P"] });
    expect(get({ id: "42" })).toEqual({ kind: "unread", why: "none" });
    expect(get({ query: "shoes" })).toEqual({ kind: "unread", why: "none" });
    expect(get({ operationName: "P" })).toEqual({ kind: "unread", why: "none" });
  });

  test("is told by a document that is the whole body", () => {
    expect(post(QUERY, ["content-type", "application/graphql"])).toMatchObject({ names: ["GetCart"] });
  });
});

describe("JSON-RPC", () => {
  test("is told by its method; a batch by those of its parts", () => {
    expect(post({ jsonrpc: "2.0", method: "cart.get", id: 1 })).toEqual({
      kind: "json-rpc",
      names: ["cart.get"],
    });
    const batch = ["a", "b", "a"].map((method) => ({ jsonrpc: "2.0", method }));
    expect(post(batch)).toEqual({ kind: "json-rpc", names: ["a", "b"] });
  });

  test("a batch of both kinds says nothing", () => {
    expect(post([{ jsonrpc: "2.0", method: "a" }, { query: QUERY }])).toEqual({
      kind: "unread",
      why: "none",
    });
  });
});

describe("nothing is told", () => {
  test.each<[string, string, readonly string[], string]>([
    ["other JSON", '{"query":"shoes"}', JSON_TYPE, "none"],
    ["other JSON with an id", '{"id":"42","name":"shoes"}', JSON_TYPE, "none"],
    ["other JSON with a document's id", '{"documentId":"42"}', JSON_TYPE, "none"],
    ["an empty batch", "[]", JSON_TYPE, "none"],
    ["what is no JSON", "{query", JSON_TYPE, "not_json"],
    ["another type", JSON.stringify({ query: QUERY }), ["content-type", "text/plain"], "none"],
    ["two types", JSON.stringify({ query: QUERY }), [...JSON_TYPE, ...JSON_TYPE], "none"],
  ])("by %s", (_what, body, headers, why) => {
    expect(post(body, headers)).toEqual({ kind: "unread", why });
  });

  test("by a body that is coded, or too large", () => {
    const head = { method: "POST", target: "/", headers: [...JSON_TYPE, "content-encoding", "gzip"] };
    expect(readOperations(head, [gzipSync("{}")])).toEqual({ kind: "unread", why: "coded" });
    const large = { query: QUERY, variables: { a: "x".repeat(MAX_OPERATION_BYTES) } };
    expect(post(large)).toEqual({ kind: "unread", why: "too_large" });
  });
});

test("a name that comes in pieces is put together", () => {
  const bytes = Buffer.from(JSON.stringify({ jsonrpc: "2.0", method: "größe" }));
  const chunks = [...bytes].map((byte) => Uint8Array.of(byte));
  const head = { method: "POST", target: "/rpc", headers: JSON_TYPE };
  expect(readOperations(head, chunks)).toMatchObject({ names: ["größe"] });
});

test("names are counted as people wrote them, and never a client's own", () => {
  expect(countedNames(["GetCart", undefined, "cart.get", "GetCart"])).toEqual([
    "GetCart",
    "(anonymous)",
    "cart.get",
  ]);
  expect(countedNames(["a b", "x".repeat(65), "ghp_abcdefghijklmnopqrstuvwxyzabcdefghij", "a/b"])).toEqual([
    "{name}",
  ]);
  expect(countedNames(Array.from({ length: 30 }, (_, i) => `q${i}`))).toHaveLength(20);
});

test("looking for a few words misses no operation, and spares parsing other JSON", () => {
  const head = { method: "POST", target: "/a", headers: JSON_TYPE };
  const may = (text: string) => mayAsk(head, [Buffer.from(text)]);
  const member = fc.constantFrom(
    "query",
    "jsonrpc",
    "method",
    "operationName",
    "variables",
    "extensions",
    "id",
  );
  const value = fc.oneof(
    fc.constantFrom<unknown>(QUERY, "2.0", "GetCart", PERSISTED, {}, null, ""),
    fc.jsonValue(),
  );
  const one = fc.dictionary(fc.oneof(member, fc.string()), value);
  let found = 0;
  fc.assert(
    fc.property(fc.oneof(one, fc.array(one, { maxLength: 3 })), fc.boolean(), (body, escaped) => {
      const plain = JSON.stringify(body);
      const text = escaped ? plain.replaceAll('"query"', '"\\u0071uery"') : plain;
      const read = readOperations(head, [Buffer.from(text)]);
      if (read.kind === "unread") return;
      found++;
      expect(may(text)).toBe(true);
    }),
    { numRuns: 2_000 },
  );
  expect(found).toBeGreaterThan(20);
  expect(may(JSON.stringify({ items: [{ sku: "a", total: 12 }], note: "a query" }))).toBe(false);
  expect(may(`{"query":"${"x".repeat(MAX_OPERATION_BYTES)}"}`)).toBe(false);
});
