import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, request } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runFig, startFig } from "./in-process.ts";
import { until } from "./until.ts";

const DOCUMENT = `
openapi: 3.1.0
info: { title: orders, version: "1" }
servers: [{ url: https://example.com/api }]
paths:
  /orders:
    get:
      parameters:
        - { name: limit, in: query, schema: { type: integer, minimum: 1, maximum: 100 } }
        - { name: tags, in: query, schema: { type: array, items: { enum: [new, old] } } }
        - { name: where, in: query, style: deepObject, schema: { type: object, properties: { paid: { type: boolean } }, additionalProperties: false } }
        - { name: x-team, in: header, required: true, schema: { type: string, pattern: "^[a-z]+$" } }
        - { name: page, in: cookie, schema: { type: integer } }
      responses: { "200": { description: ok, content: { application/json: { schema: { type: array } } } } }
    post:
      requestBody:
        required: true
        content:
          application/json: { schema: { $ref: "#/components/schemas/Order" } }
          text/*: {}
      responses: { "2XX": { description: ok, content: { application/json: { schema: { $ref: "#/components/schemas/Order" } } } } }
  /orders/{id}:
    parameters: [{ name: id, in: path, required: true, schema: { type: integer } }]
    get: { responses: { default: { description: any } } }
components:
  schemas:
    Order:
      type: object
      required: [id, sku]
      properties:
        id: { type: integer, readOnly: true }
        sku: { type: string, pattern: "^(a+)+$" }
        secret: { type: string, writeOnly: true }
        more: { $ref: "#/components/schemas/Order" }
      unevaluatedProperties: false
`;

let folder = "";
let url = "";
let adminUrl = "";
let answer = '{"id":1,"sku":"a"}';
const asked: { url: string; body: string }[] = [];
const closing: (() => unknown)[] = [];

beforeAll(async () => {
  const server = createServer(async (incoming, response) => {
    asked.push({ url: incoming.url ?? "", body: Buffer.concat(await incoming.toArray()).toString() });
    response.writeHead(200, { "content-type": "application/json" }).end(answer);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const upstream = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  folder = mkdtempSync(join(tmpdir(), "fig-validate-"));
  for (const name of ["routes", "migrations"]) mkdirSync(join(folder, name));
  writeFileSync(join(folder, "openapi.yaml"), DOCUMENT);
  writeFileSync(
    join(folder, "fig.yaml"),
    `listen: 127.0.0.1:0\nadmin: 127.0.0.1:0\nstate: "memory:"\ndefault: one\nupstreams: { one: "${upstream}", two: "${upstream}" }
documents: { orders: openapi.yaml }
policies: { validate: { openapi: orders, maxBody: 64KiB } }\n`,
  );
  writeFileSync(
    join(folder, "routes/all.yaml"),
    `routes:
  - { id: api, match: { path: "/api/{rest+}" }, modern: two }
  - id: seen
    match: { path: "/orders" }
    modern: two
    start: { shadow: 100 }
    shadow: { writes: sandboxed }
    policies: { validate: { openapi: orders, requests: report, answers: report } }\n`,
  );
  const fig = await startFig(join(folder, "fig.yaml"));
  ({ url, adminUrl } = fig.ready);
  closing.push(
    () => fig.stop(),
    () => server.close(),
    () => rmSync(folder, { recursive: true }),
  );
});
afterAll(async () => {
  for (const close of closing) await close();
});

interface Sent {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

async function ask(path: string, { method = "GET", headers = {}, body }: Sent = {}) {
  const asking = request(`${url}${path}`, { method, headers, agent: false }).end(body);
  const [incoming] = (await once(asking, "response")) as [IncomingMessage];
  const text = Buffer.concat(await incoming.toArray()).toString();
  const { error } = (incoming.statusCode ?? 0) >= 400 ? JSON.parse(text) : { error: undefined };
  return {
    status: incoming.statusCode,
    code: error?.code,
    details: error?.details,
    headers: incoming.headers,
  };
}

const TEAM = { "x-team": "blue" };
const JSON_TYPE = { "content-type": "application/json" };
const post = (body: string, headers: Record<string, string> = JSON_TYPE) => ({
  method: "POST",
  headers,
  body,
});

describe("what the document describes passes, with its base path and without", () => {
  test.each<[string, Sent?]>([
    [
      "/api/orders?limit=5&tags=new&tags=old&where%5Bpaid%5D=true",
      { headers: { ...TEAM, cookie: "a=b; page=2" } },
    ],
    ["/api/orders?unknown=1", { headers: TEAM }],
    ["/api/orders/17"],
    ["/api/orders/17", { method: "HEAD" }],
    ["/api/orders", post('{"sku":"aaa","more":{"sku":"a"}}')],
    ["/api/orders", post("anything", { "content-type": "text/plain; charset=utf-8" })],
    ["/api/orders", post('{"sku":"a"}', { ...JSON_TYPE, expect: "100-continue" })],
    ["/api/orders", post('{"sku":"a"}', { ...JSON_TYPE, "transfer-encoding": "chunked" })],
  ])("%s %o", async (path, sent) => {
    const before = asked.length;
    expect(await ask(path, sent)).toMatchObject({ status: 200 });
    expect(asked).toHaveLength(before + 1);
    expect(asked.at(-1)).toEqual({ url: path, body: sent?.body ?? "" });
  });
});

describe("what it does not is refused, and no side is asked", () => {
  test.each<[string, Sent | undefined, number, object]>([
    ["/api/orders", undefined, 400, { in: "header", at: "x-team", message: "is required" }],
    ["/api/orders", { headers: { "x-team": "Blue" } }, 400, { in: "header", at: "x-team" }],
    ["/api/orders?limit=0", { headers: TEAM }, 400, { in: "query", at: "limit", message: "must be >= 1" }],
    ["/api/orders?limit=5&limit=6", { headers: TEAM }, 400, { in: "query", at: "limit" }],
    ["/api/orders?limit=ten", { headers: TEAM }, 400, { in: "query", at: "limit" }],
    ["/api/orders?tags=other", { headers: TEAM }, 400, { in: "query", at: "tags" }],
    ["/api/orders?where%5Bodd%5D=1", { headers: TEAM }, 400, { in: "query", at: "where" }],
    ["/api/orders", { headers: { ...TEAM, cookie: "page=x" } }, 400, { in: "cookie", at: "page" }],
    ["/api/orders/seven", undefined, 400, { in: "path", at: "id", message: "must be integer" }],
    ["/api/orders", { method: "POST", headers: JSON_TYPE }, 400, { in: "body", message: "is required" }],
    ["/api/orders", post("{"), 400, { in: "body", message: "must be JSON" }],
    ["/api/orders", post('{"sku":5}'), 400, { in: "body", at: "/sku", message: "must be string" }],
    ["/api/orders", post('{"more":{}}'), 400, { in: "body" }],
    ["/api/orders", post('{"sku":"a","odd":1}'), 400, { in: "body" }],
  ])("%s %o: %i", async (path, sent, status, problem) => {
    const before = asked.length;
    const refused = await ask(path, sent);
    expect(refused).toMatchObject({ status, code: "request_invalid", details: [problem] });
    expect(asked).toHaveLength(before);
  });

  test.each<[string, Sent | undefined, number, string]>([
    ["/api/other", undefined, 404, "operation_unknown"],
    ["/elsewhere", undefined, 404, "operation_unknown"],
    ["/api/orders/1", { method: "DELETE" }, 405, "operation_method"],
    ["/api/orders", post("<a/>", { "content-type": "application/xml" }), 415, "operation_media_type"],
    ["/api/orders", post(`{"sku":"${"a".repeat(70_000)}"}`), 413, "body_too_large"],
  ])("%s %o: %i", async (path, sent, status, code) => {
    expect(await ask(path, sent)).toMatchObject({ status, code });
  });
});

test("a pattern that would take a backtracking engine years takes linear time", async () => {
  const began = performance.now();
  expect((await ask("/api/orders", post(`{"sku":"${"a".repeat(60_000)}!"}`))).status).toBe(400);
  // Years, where it is not linear; seconds on a busy machine.
  expect(performance.now() - began).toBeLessThan(15_000);
});

test("what was wrong never repeats what was sent", async () => {
  const { details } = await ask("/api/orders", post('{"sku":"my-secret-value","odd-secret":1}'));
  expect(JSON.stringify(details)).not.toContain("my-secret-value");
});

test("reported, requests pass, and answers of both sides are counted", async () => {
  const verdict = async (name: string) => {
    const text = await (await fetch(new URL("/metrics", adminUrl))).text();
    const line = text
      .split("\n")
      .find((each) => each.includes(`route="seen",policy="validate",verdict="${name}"`));
    return line === undefined ? 0 : Number(line.slice(line.lastIndexOf(" ")));
  };
  answer = '{"id":"one"}';
  expect((await ask("/orders", post('{"sku":5}'))).status).toBe(200);
  await until(
    () => verdict("reported"),
    (count) => count === 1,
  );
  await until(
    () => verdict("legacy_answer_invalid"),
    (count) => count === 1,
  );
  await until(
    () => verdict("modern_answer_invalid"),
    (count) => count === 1,
  );
  answer = '{"id":1,"sku":"a"}';
  await ask("/orders", post('{"sku":"a"}'));
  await until(
    () => verdict("modern_answer_valid"),
    (count) => count === 1,
  );
});

test("explain says what is wrong with a request", async () => {
  const { stdout } = await runFig([
    "explain",
    "GET",
    "/api/orders?limit=0",
    "-H",
    "x-team: a",
    "--admin",
    adminUrl,
    "--json",
  ]);
  expect(JSON.parse(stdout).policies).toEqual([
    { policy: "validate", verdict: "refused", detail: "query limit must be >= 1", status: 400 },
  ]);
});

test("explain does not miss a body that nobody sent", async () => {
  const args = ["explain", "POST", "/api/orders", "--admin", adminUrl, "--json"];
  expect(JSON.parse((await runFig(args)).stdout).policies).toEqual([
    { policy: "validate", verdict: "passed", detail: "as far as it can be told without a body" },
  ]);
});

const schemaOf = (schema: string) =>
  `openapi: 3.1.0\npaths: { /a: { post: { requestBody: { content: { application/json: { schema: ${schema} } } }, responses: {} } } }`;

describe("a document that cannot be used is told by fig check", () => {
  const check = async (text: string) => {
    const place = mkdtempSync(join(tmpdir(), "fig-validate-bad-"));
    closing.push(() => rmSync(place, { recursive: true }));
    writeFileSync(join(place, "api.yaml"), text);
    writeFileSync(join(place, "fig.yaml"), "documents: { api: api.yaml }\n");
    return (await runFig(["check", "-c", join(place, "fig.yaml")])).stderr;
  };
  test.each([
    ["no document", "a: b", "no OpenAPI document of version 3.0 or 3.1"],
    [
      "a reference that leads out",
      `openapi: 3.0.3\npaths: { /a: { $ref: "http://127.0.0.1:1/x.yaml" } }`,
      "leads out of the document",
    ],
    ["a circle", `openapi: 3.0.3\npaths: { /a: { $ref: "#/paths/~1a" } }`, "circles"],
    ["no YAML", "a: [", "neither YAML nor JSON"],
    [
      "a reference of a schema that leads out",
      schemaOf('{ type: array, items: { $ref: "order.yaml#/Order" } }'),
      "/schema/items: this reference leads out of the document",
    ],
    [
      "a reference to nothing",
      schemaOf('{ $ref: "#/components/schemas/Gone" }'),
      "nothing stands at #/components",
    ],
    [
      "a reference that is no text",
      schemaOf('{ $ref: "#/components/%" }'),
      "nothing stands at #/components/%",
    ],
    ["a path's that is none", `openapi: 3.0.3\npaths: { /a: { $ref: "#/a%" } }`, "percent-encoded"],
    ["YAML that holds itself", "openapi: 3.1.0\npaths: {}\nx: &a { b: *a }", "neither YAML nor JSON"],
    [
      "aliases that make it large",
      `openapi: 3.1.0\npaths: {}\nx: &a ["${"lol".repeat(100_000)}"]\ny: [${"*a,".repeat(900)}]`,
      "once its aliases are filled in",
    ],
    ["nothing but depth", `openapi: 3.1.0\npaths: {}\nx: ${"[".repeat(50_000)}`, "neither YAML nor JSON"],
  ])("%s", async (_, text, told) => {
    expect(await check(text)).toContain(told);
  });
});
