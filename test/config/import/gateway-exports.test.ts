import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { formatProblems, importOpenApi, loadConfig } from "../../../src/config/index.ts";
import { writeMade } from "./made-files.ts";

type Json = Readonly<Record<string, unknown>>;

const OPTIONS = {
  ...({ as: "legacy", other: undefined, basePath: undefined, gateway: true } as const),
  documentPath: "api.yaml",
};

/** Files of an export that pass, and what is said of it. */
async function exported(name: string, variables: Record<string, string> = {}) {
  const source = readFileSync(join(import.meta.dirname, "documents", name), "utf8");
  const result = importOpenApi(name, source, { ...OPTIONS, variables });
  const loaded = await loadConfig(writeMade(result, source), {});
  if (!loaded.ok) throw new Error(formatProblems(loaded.problems));
  const routes = parse(result.routesFile.text).routes as readonly Json[];
  const { upstreams } = parse(result.fig) as { readonly upstreams: Readonly<Record<string, Json>> };
  const notes = result.notes.flatMap(({ level, message }) =>
    level === "imported" ? [] : [`${level} ${message}`],
  );
  const route = (id: string) => {
    const found = routes.find((one) => one.id === id);
    if (found === undefined) throw new Error(`${id} is none of ${routes.map((one) => one.id).join(", ")}`);
    return found;
  };
  return { route, routes, upstreams, notes };
}

test("a REST API with plans, validators, pools, streams and mappings: each is there, or is named", async () => {
  const { route, routes, upstreams, notes } = await exported("rest-plans-oas30.json");
  expect(routes.map(({ id }) => id)).toEqual([
    ...["orders.get", "orders.post", "orders.id", "chat", "old", "admin"],
  ]);
  const pool = (region: string, name: string) =>
    `https://cognito-idp.${region}.amazonaws.com/${region}_${name}`;
  const rule = (issuer: string, more: Json) => ({
    issuer,
    audience: false,
    from: ["header:x-token"],
    ...more,
  });
  const both = (more: Json) => [
    rule(pool("eu-central-1", "AbCdEfGhI"), more),
    rule(pool("eu-west-1", "ZyXwVuTsR"), more),
  ];
  // With scopes an access token is asked for, without them an ID token.
  expect(route("orders.get").policies).toEqual({
    apiKeys: { header: "x-api-key" },
    jwt: both({ scopes: ["orders/read"], claims: { token_use: "access" } }),
    validate: { openapi: "api", unknown: "pass" },
  });
  expect(route("orders.post").policies).toMatchObject({ jwt: both({ claims: { token_use: "id" } }) });
  // An answer that was asked for by a header and the path is not kept under the header alone.
  expect(route("orders.id").policies).toMatchObject({
    authorizer: { type: "request", identity: ["header:x-token"], ttl: "0s" },
  });
  expect(route("old").policies).toEqual({ respond: { status: 410, json: { message: "gone" } } });
  expect(upstreams).toMatchObject({
    "orders-internal": {
      urls: ["https://orders.internal"],
      tls: { servername: "orders.example", verify: false },
    },
    "orders-write": { lambda: { async: true } },
    chat: { lambda: { stream: true } },
    "orders-internal-2": { urls: ["http://orders.internal"] },
  });
  expect(notes).toEqual(
    expect.arrayContaining([
      "left GET /orders: that its backend is asked with POST: here it is the request's own method",
      "left GET /orders: the mapping of method.request.querystring.page to integration.request.querystring.page",
      "left GET /orders: its VPC link: the front door has to reach the backend itself",
      "left GET /orders: its cache keys",
      "left GET /orders: that media types without a template are refused (415)",
      "changed POST /orders: body and parameters are both validated here",
      "changed POST /orders: it is asked with the front door's own credentials, not with arn:aws:iam::123456789012:role/gateway",
      "left GET /orders/{id}: its mapping of answers: statuses and fields",
      "left GET /orders/{id}: the identity source context.path",
      "left GET /orders/{id}: that its answers are kept: each request is asked about",
      "left PATCH /orders/{id}: the service integration states:action/StartExecution is no upstream that can be made of it",
      "left PATCH /orders/{id}: no route was made of it",
      "left DELETE /admin: IAM authorization (SigV4)",
      "left DELETE /admin: so anybody may ask here, until a policy says who",
      "left where API keys come from: here it is the field x-api-key",
      "left compression: see policies.compress",
      "left the endpoint configuration",
      "left its documentation parts",
      "left gateway responses: the front door's own errors are listed in docs/reference/errors.md",
      "left usage plans and API keys, which are in no export: see plans, and `fig keys import`",
    ]),
  );
});

test("a REST API as Swagger 2.0: IAM, S3 by bucket and key, stage variables", async () => {
  const { route, routes, upstreams, notes } = await exported("rest-sigv4-2.0.json", {
    backend: "shop.internal:81",
  });
  expect(routes.map(({ id }) => id)).toEqual(["root", "invoices.key", "health"]);
  expect(route("invoices.key")).toMatchObject({
    match: { path: "/invoices/{key+}", methods: ["GET"] },
    legacy: { upstream: "s3-invoices-live", path: "/2026/{key}" },
  });
  expect(upstreams["shop-internal-81"] ?? upstreams.backend).toMatchObject({ host: "upstream" });
  expect(notes).toEqual(
    expect.arrayContaining([
      "left GET /{bucket}/{key+}: no route was made of it",
      "left GET /invoices/{key+}: its mapping of answers: statuses and fields",
      "left GET /invoices/{key+}: so anybody may ask here, until a policy says who",
      "changed GET /invoices/{key+}: it is asked with the front door's own credentials, not with arn:aws:iam::123456789012:role/s3",
    ]),
  );
  expect(notes.join("\n")).not.toContain("without `Bearer`");
  // Nothing asks for a validation.
  expect(notes.join("\n")).not.toContain("validation:");
});

test("an HTTP API: tokens of the query, simple answers, VPC links, events, and a default route that takes the root", async () => {
  const { route, routes, upstreams, notes } = await exported("http-api-links.yaml");
  expect(routes.map(({ match }) => match)).toEqual([
    { path: "/stock", methods: ["GET"] },
    { path: "/stock", methods: ["POST"] },
    { path: "/{proxy+}" },
    { path: "/" },
  ]);
  expect(route("stock.get").policies).toEqual({
    jwt: {
      ...{ issuer: "https://id.example", audience: ["shop"], scopes: ["stock/read", "stock/all"] },
      from: ["query:token"],
    },
  });
  // HTTP APIs keep no answer unless they say how long, and this one asks by nothing.
  expect(route("stock.post").policies).toMatchObject({
    authorizer: { type: "request", payload: "2.0", identity: [], ttl: "0s" },
  });
  // Both are asked as they come: {proxy} is empty at the root.
  expect([route("proxy").legacy, route("root").legacy]).toEqual(["site-internal", "site-internal"]);
  expect(upstreams["site-internal"]).toMatchObject({ tls: { servername: "site.example" } });
  expect(notes).toEqual(
    expect.arrayContaining([
      "left POST /stock: the mapping of gateway to append:header.x-from",
      "left POST /stock: its mapping of answers",
      "left ANY /private/{proxy+}: its VPC link: the front door has to reach the backend itself",
      "left ANY /private/{proxy+}: no route was made of it",
      "left POST /bus: the service integration EventBridge-PutEvents is no upstream that can be made of it",
    ]),
  );
  expect(notes.join("\n")).toMatch(
    /its backend is arn:aws:elasticloadbalancing\S*, whose address is in no export/,
  );
});

test("a default route beside {proxy+} has the root, and the report says so", async () => {
  const to = (host: string) => ({
    "x-amazon-apigateway-integration": { type: "http_proxy", uri: `http://${host}/` },
  });
  const any = (host: string) => ({ "x-amazon-apigateway-any-method": to(host) });
  const made = (paths: object) =>
    importOpenApi("api.json", JSON.stringify({ openapi: "3.0.1", paths }), { ...OPTIONS, variables: {} });
  const both = made({ "/{proxy+}": any("all"), $default: any("rest") });
  expect(both.routes.map(({ path, legacy }) => [path, legacy])).toEqual([
    ["/{proxy+}", "all"],
    ["/", "rest"],
  ]);
  expect(both.notes.map(({ message }) => message)).toContain(
    "ANY $default: / alone goes to it, since ANY /{proxy+} takes the same requests",
  );
  const none = made({ "/{proxy+}": any("all"), "/": any("root"), $default: any("rest") });
  expect(none.notes.map(({ message }) => message)).toContain(
    "ANY $default: no route was made of it, since ANY /{proxy+} takes the same requests",
  );
});

test.each(["rest-cognito.yaml", "http-api.yaml"])("%s: tokens without Bearer are named", async (name) => {
  const { notes } = await exported(name);
  expect(notes.join("\n")).toMatch(/^left GET \/\S+: a token in Authorization without `Bearer` before it/m);
});

const refused = (value: object) => {
  try {
    importOpenApi("api.json", JSON.stringify(value, null, 1), { ...OPTIONS, variables: {} });
  } catch (error) {
    return error as Error & { remedy: string };
  }
  throw new Error("it was taken");
};

test.each([
  [
    "get-routes of a WebSocket API",
    { Items: [{ RouteKey: "$connect" }, { RouteKey: "send" }] },
    2,
    /WebSocket API/,
    /websockets/,
  ],
  [
    "get-api of a WebSocket API",
    { ApiId: "a", ProtocolType: "WEBSOCKET" },
    1,
    /WebSocket API/,
    /websocket-api\.md/,
  ],
  ["get-routes of an HTTP API", { Items: [{ RouteKey: "GET /a" }] }, 2, /get-routes/, /export-api/],
  [
    "a template",
    { AWSTemplateFormatVersion: "2010-09-09", Resources: {} },
    3,
    /CloudFormation/,
    /get-export/,
  ],
  ["AsyncAPI", { asyncapi: "3.0.0" }, 2, /AsyncAPI/, /websockets/],
])("%s is told with what to do", (_, value, line, message, remedy) => {
  const error = refused(value);
  expect(error.message).toMatch(message);
  expect(error.message).toMatch(new RegExp(`^api\\.json:${line}: `));
  expect(error.remedy).toMatch(remedy);
});

test("a next page of get-resources, and validators that it does not describe, are named", () => {
  const method = { methodIntegration: { type: "HTTP_PROXY", uri: "http://h/" }, requestValidatorId: "v1" };
  const { notes } = importOpenApi(
    "api.json",
    JSON.stringify({ items: [{ path: "/a", resourceMethods: { GET: method } }], position: "x" }),
    { ...OPTIONS, variables: {} },
  );
  expect(notes.map(({ message }) => message)).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/^further resources, on a next page/),
      "GET /a: x-amazon-apigateway-request-validator-of-method",
    ]),
  );
});
