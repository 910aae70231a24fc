import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { parse } from "yaml";
import { operationsOf } from "../../../src/config/import/operations.ts";
import { readWritten } from "../../../src/config/import/written-document.ts";
import { formatProblems, importOpenApi, loadConfig } from "../../../src/config/index.ts";
import { explainerOf } from "../../support/explainer.ts";
import { writeMade } from "./made-files.ts";

const DOCUMENTS = join(import.meta.dirname, "documents");
const names = readdirSync(DOCUMENTS).sort();
const OPTIONS = {
  ...({ as: "legacy", other: undefined, basePath: undefined, variables: {}, gateway: false } as const),
  documentPath: "api.yaml",
};

function imported(name: string, more: Partial<Parameters<typeof importOpenApi>[2]> = {}) {
  const source = readFileSync(join(DOCUMENTS, name), "utf8");
  return { source, result: importOpenApi(name, source, { ...OPTIONS, ...more }) };
}

/** The files in a folder, checked as `fig check` does. */
async function configOf({ source, result }: ReturnType<typeof imported>) {
  const file = writeMade(result, source);
  const loaded = await loadConfig(file, {});
  if (!loaded.ok)
    throw new Error(`${formatProblems(loaded.problems)}\n${result.fig}\n${result.routesFile.text}`);
  return loaded.config;
}

test("there are documents of a dozen kinds", () => {
  expect(names.length).toBeGreaterThanOrEqual(12);
});

describe.each(names)("%s", (name) => {
  test("makes files that pass, whose routes take the requests of the document's operations", async () => {
    const made = imported(name);
    const config = await configOf(made);
    const explainer = await explainerOf(config);
    onTestFinished(() => explainer.close());
    const base =
      /^\/v1\//.test(made.result.routes[0]?.path ?? "") && name.startsWith("shop") ? "/v1" : baseOf(name);
    for (const operation of operationsOf(readWritten(name, made.source))) {
      const route = made.result.routes.find(
        ({ place }) => place.startsWith(`${name}:`) && isOf(place, operation, name, made.source),
      );
      // Methods that share a route stand at the first of them.
      const expected = made.result.routes.filter(({ path, methods }) => {
        const shape = (text: string) => text.replaceAll(/\{[^}+]*(\+?)\}/g, "{$1}");
        const own = operation.path === "$default" ? "/{+}" : shape(wholeSegments(operation.path));
        return (
          shape(path) === `${base}${encodeURI(own).replaceAll("%7B", "{").replaceAll("%7D", "}")}` &&
          (methods === null ? operation.method === null : methods.includes(operation.method ?? ""))
        );
      });
      const noted = made.result.notes.some(
        ({ level, message }) =>
          level === "left" &&
          message.startsWith(`${operation.method ?? "ANY"} ${operation.path}: no route was made`),
      );
      if (expected.length === 0) {
        const isPreflight = operation.method === "OPTIONS";
        const impossible = made.result.notes.some(({ message }) =>
          message.startsWith(`${operation.method ?? "ANY"} ${operation.path}: `),
        );
        expect(noted || isPreflight || impossible, `${operation.method} ${operation.path} is named`).toBe(
          true,
        );
        continue;
      }
      expect(expected).toHaveLength(1);
      const url = `${base}${generated(operation.path)}`;
      const explained = await explainer.explain(operation.method ?? "PURGE", url);
      expect([url, explained.route]).toEqual([url, expected[0]?.id]);
      expect(route === undefined || route.id.length > 0).toBe(true);
    }
  });
});

function baseOf(name: string): string {
  if (name.startsWith("pets")) return "/live";
  if (name.startsWith("library")) return "/api";
  return name.startsWith("webhooks") ? "/billing" : "";
}

function isOf(
  place: string,
  operation: { readonly at: readonly (string | number)[] },
  name: string,
  source: string,
): boolean {
  return readWritten(name, source).place(operation.at) === place;
}

/** A part of a segment in braces makes the segment a capture. */
function wholeSegments(path: string): string {
  return path
    .split("/")
    .map((segment) => (/\{[^}]*\}/.test(segment) ? (/\+\}$/.test(segment) ? "{x+}" : "{x}") : segment))
    .join("/");
}

let next = 1;
function generated(path: string): string {
  if (path === "$default") return `/nothing/${next++}/known`;
  return encodeURI(
    path
      .replaceAll(/\{[^}]*\+\}$/g, () => `a${next++}/b/c.txt`)
      .replaceAll(/\{[^}]*\}/g, () => `v${next++}-x`),
  );
}

const routes = (name: string, more = {}) =>
  parse(imported(name, more).result.routesFile.text).routes as readonly Record<string, unknown>[];
const notes = (name: string, more = {}) =>
  imported(name, more)
    .result.notes.filter(({ level }) => level !== "imported")
    .map(({ level, place, message }) => `${level} ${place} ${message}`);

describe("what an OpenAPI document becomes", () => {
  test("servers are an upstream, and their path stands before every route", () => {
    const { result } = imported("shop-3.0.yaml");
    expect(parse(result.fig)).toMatchObject({
      default: "api",
      documents: { api: "api.yaml" },
      upstreams: { api: { urls: ["https://shop.example.com"], host: "upstream" } },
    });
    expect(routes("shop-3.0.yaml")).toMatchObject([
      {
        id: "v1.orders",
        match: { path: "/v1/orders", methods: ["GET", "POST"] },
        legacy: "api",
        modern: "api",
      },
      {
        id: "v1.orders.orderId",
        policies: { validate: { openapi: "api", requests: "report", unknown: "pass" } },
      },
      { match: { path: "/v1/orders/{orderId}/items/{item_id}" } },
      { match: { path: "/v1/orders/search" } },
    ]);
    expect(notes("library-2.0.yaml")).toEqual([
      "left library-2.0.yaml:1 validation: policies.validate takes OpenAPI 3.0 and 3.1, and this is Swagger 2.0",
    ]);
  });

  test("the other side, another base path, and the document as modern", async () => {
    const made = imported("shop-3.0.yaml", { other: "http://127.0.0.1:3001", basePath: "/" });
    expect((await configOf(made)).routes[0]).toMatchObject({
      match: { path: "/orders" },
      modern: { upstream: "modern" },
    });
    const modern = imported("shop-3.0.yaml", { as: "modern", other: "http://127.0.0.1:3001" });
    expect((await configOf(modern)).routes[0]).toMatchObject({
      legacy: { upstream: "legacy" },
      modern: { upstream: "api" },
    });
  });

  test("a part of a segment is said to be the whole", () => {
    expect(notes("files-partial.yaml")).toContain(
      "changed files-partial.yaml:6 GET /reports/{name}.json: {name}.json is {name}, which takes any segment",
    );
  });
});

describe("what an export of API Gateway becomes", () => {
  test("functions, authorizers, API keys, CORS, mocks and stage variables", () => {
    const [list, write, one, health] = routes("rest-lambda.json");
    const { result } = imported("rest-lambda.json", { variables: { fn: "orders-one" } });
    expect(parse(result.fig)).toMatchObject({
      vars: { fn: "orders-one" },
      upstreams: {
        "orders-list": {
          timeout: "29000ms",
          lambda: {
            function: "arn:aws:lambda:eu-central-1:123456789012:function:orders-list",
            payload: "1.0",
            region: "eu-central-1",
            binary: ["image/*", "application/pdf"],
          },
        },
        "orders-write": { lambda: { qualifier: "live" } },
      },
    });
    const cors = {
      allowOrigins: ["https://shop.example.com"],
      allowMethods: ["GET", "POST", "OPTIONS"],
      allowHeaders: ["Content-Type", "Authorization", "X-Api-Key"],
    };
    expect(list).toMatchObject({
      match: { path: "/orders", methods: ["GET"] },
      policies: { cors, apiKeys: { header: "x-api-key" } },
    });
    expect(write).toMatchObject({
      match: { methods: ["POST"] },
      policies: {
        cors,
        authorizer: {
          type: "token",
          identity: ["header:authorization"],
          validation: "Bearer .+",
          ttl: "60s",
          function: { name: "arn:aws:lambda:eu-central-1:123456789012:function:check" },
        },
      },
    });
    expect(one?.match).toEqual({ path: "/orders/{id}" });
    expect(health).toMatchObject({ policies: { respond: { status: 200, json: { ok: true } } } });
    expect(notes("rest-lambda.json", { variables: { fn: "x" } })).toEqual(
      expect.arrayContaining([
        "left rest-lambda.json:59 GET /static/{proxy+}: no route was made of it",
        "left rest-lambda.json:11 gateway responses: the front door's own errors are listed in docs/reference/errors.md",
        "left rest-lambda.json:12 the resource policy: see policies.networks for addresses",
      ]),
    );
  });

  test("HTTP backends with a path of their own, what templates did is named", () => {
    const [get, any] = routes("rest-http-proxy.yaml");
    expect(get).toMatchObject({
      match: { path: "/v1/users/{userId}", methods: ["GET", "DELETE"] },
      legacy: { path: "/users/{userId}" },
    });
    expect(any).toMatchObject({ match: { path: "/v1/{proxy+}" }, legacy: "legacy-internal" });
    expect(notes("rest-http-proxy.yaml")).toEqual(
      expect.arrayContaining([
        expect.stringContaining("DELETE /v1/users/{userId}: its response templates (VTL)"),
        expect.stringContaining(
          "DELETE /v1/users/{userId}: the mapping of 'gateway' to integration.request.header.X-From",
        ),
        expect.stringContaining("GET /v1/users/{userId}: its VPC link"),
        expect.stringContaining("GET /v1/{proxy+}/never: {proxy+} is one segment"),
      ]),
    );
  });

  test("HTTP APIs: payload 2.0, JWT, CORS, the default route", () => {
    const [get, post, events, rest] = routes("http-api.yaml");
    expect(get).toMatchObject({
      match: { methods: ["GET"] },
      policies: {
        jwt: { issuer: "https://id.example", audience: ["shop"], scopes: ["carts/read"] },
        cors: { allowCredentials: true, maxAge: "600s" },
      },
    });
    expect(post).toMatchObject({ policies: { jwt: { scopes: ["carts/write"] } } });
    expect(rest).toMatchObject({ match: { path: "/{proxy+}" }, legacy: "site-internal" });
    expect(parse(imported("http-api.yaml").result.fig)).toMatchObject({
      upstreams: { carts: { lambda: { payload: "2.0" } } },
    });
    expect(notes("http-api.yaml").join("\n")).toContain(
      "POST /events: the message is the request's body, whole",
    );
    expect(events).toMatchObject({ legacy: "sqs-events" });
  });

  test("Cognito, IAM, throttling, CloudFormation, get-resources", () => {
    const [me, , check] = routes("rest-cognito.yaml");
    expect(me).toMatchObject({
      policies: {
        jwt: {
          issuer: "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_AbCdEfGhI",
          scopes: ["profile"],
        },
      },
    });
    expect(check).toMatchObject({
      policies: {
        limit: { rate: "10/s", burst: 20 },
        authorizer: { type: "request", identity: ["header:x-token", "query:user"], ttl: "0s" },
      },
    });
    expect(notes("rest-cognito.yaml").join("\n")).toMatch(
      /IAM authorization[\s\S]*the identity source context.stage/,
    );
    const [get, post] = routes("resources.json");
    expect(get).toMatchObject({ policies: { apiKeys: {} }, legacy: "orders-internal" });
    expect(post).toMatchObject({ legacy: "write" });
    expect(notes("resources.json").join("\n")).toContain(
      "POST /orders: x-amazon-apigateway-authorizer-of-method",
    );
  });
});

test.each([
  ["{", "api.json:1: this is neither JSON nor YAML"],
  ["- a", "api.json:1: this is no mapping"],
  [
    "openapi: 4.0.0\npaths: { /a: { get: {} } }",
    "api.json:1: this is no OpenAPI 3.0 or 3.1, and no Swagger 2.0",
  ],
  ["openapi: 3.0.0\ninfo: {}\npaths: {}", "api.json:3: there is no path with a method"],
  ["openapi: 3.0.0\npaths:\n\t/a: {}", "api.json:3: this is neither JSON nor YAML"],
])("a document that is none is told with its line: %j", (source, told) => {
  expect(() => importOpenApi("api.json", source, OPTIONS)).toThrow(told);
});
