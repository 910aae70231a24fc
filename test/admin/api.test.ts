import request from "supertest";
import { afterEach, beforeEach, expect, test } from "vitest";
import { FigError } from "../../src/domain/errors.ts";
import {
  type Call,
  COMPARISON,
  closeAdmins,
  DEFINITION,
  DIFFERENCE,
  EXPLANATION,
  entry,
  type Fixture,
  GROUP,
  LATENCIES,
  MIGRATION,
  OVERVIEW,
  PLAN,
  RATES,
  RESULT,
  REVISION,
  SERIES,
  STATUS,
  startAdmin,
} from "./admin-fixture.ts";

let fixture: Fixture;
beforeEach(async () => {
  fixture = await startAdmin();
});
afterEach(closeAdmins);

/** As JSON carries it. */
const json = (value: unknown) => JSON.parse(JSON.stringify(value)) as unknown;
const shift = { reason: "go" };

test.each<[method: "get" | "post", path: string, body: object | undefined, call: Call, answer: unknown]>([
  ["get", "/status", undefined, { name: "status", request: undefined }, STATUS],
  ["get", "/revision", undefined, { name: "revision", request: undefined }, REVISION],
  ["get", "/routes", undefined, { name: "status", request: undefined }, STATUS.routes],
  ["get", "/routes/orders", undefined, { name: "status", request: undefined }, STATUS.routes[0]],
  [
    "get",
    "/routes/shop%2Fitems%20%C3%A9",
    undefined,
    { name: "status", request: undefined },
    STATUS.routes[1],
  ],
  ["get", "/routes/(default)", undefined, { name: "status", request: undefined }, STATUS.routes[2]],
  [
    "post",
    "/routes/shop%2Fitems/shift",
    { modern: 0.25, shadow: 100, reason: " go ", by: "ann", expectedRevision: 3, force: true, fresh: false },
    {
      name: "shift",
      request: {
        target: { route: "shop/items" },
        modern: 0.25,
        shadow: 100,
        reason: "go",
        by: "ann",
        expectedRevision: 3,
        force: true,
        fresh: false,
      },
    },
    RESULT,
  ],
  [
    "post",
    "/routes/orders/shift",
    { ...shift, modern: 0, dryRun: true },
    {
      name: "shift",
      request: { target: { route: "orders" }, modern: 0, reason: "go", by: "api", dryRun: true },
    },
    RESULT,
  ],
  [
    "post",
    "/cohorts/shop/shift",
    { ...shift, modern: 1 },
    { name: "shift", request: { target: { cohort: "shop" }, modern: 1, reason: "go", by: "api" } },
    RESULT,
  ],
  [
    "post",
    "/routes/orders/rollback",
    { ...shift, to: 2 },
    { name: "rollback", request: { route: "orders", to: 2, reason: "go", by: "api" } },
    RESULT,
  ],
  [
    "post",
    "/rollback",
    shift,
    { name: "rollback", request: { route: undefined, reason: "go", by: "api" } },
    RESULT,
  ],
  [
    "post",
    "/rollback/local",
    { ...shift, routes: ["orders.read"] },
    { name: "holdHere", request: { routes: ["orders.read"], reason: "go", by: "api" } },
    {
      ...{ file: null, id: "e1", at: "2026-11-22T20:00:00.000Z", by: "api", reason: "go" },
      routes: { "orders.read": 0 },
    },
  ],
  [
    "get",
    "/ledger",
    undefined,
    { name: "ledger", request: { order: "oldest", limit: 1000, evidence: true } },
    [entry(1), entry(2), entry(3)],
  ],
  [
    "get",
    "/ledger?route=a%2Fb&order=newest&before=3&from=5&to=7&kind=guard&by=ann&query=x&evidence=false",
    undefined,
    {
      name: "ledger",
      request: {
        route: "a/b",
        order: "newest",
        before: 3,
        from: 5,
        to: 7,
        kind: "guard",
        by: "ann",
        query: "x",
        limit: 1000,
        evidence: false,
      },
    },
    [entry(2), entry(1)].map((each) => ({ ...each, evidence: {} })),
  ],
  ["get", "/migrations", undefined, { name: "migrations", request: undefined }, [MIGRATION]],
  ["get", "/migrations/plan", undefined, { name: "plan", request: undefined }, PLAN],
  ["post", "/migrations/up", {}, { name: "migrate", request: { action: "up", by: "api" } }, RESULT],
  [
    "post",
    "/migrations/down",
    { reason: "back", by: "ann", force: true },
    { name: "migrate", request: { action: "down", reason: "back", by: "ann", force: true } },
    RESULT,
  ],
  [
    "post",
    "/migrations/to",
    { to: 0, dryRun: true },
    { name: "migrate", request: { action: "to", to: 0, by: "api", dryRun: true } },
    RESULT,
  ],
  [
    "get",
    "/mismatches?route=orders&kind=value&query=price",
    undefined,
    {
      name: "differences",
      request: { route: "orders", kind: "value", query: "price", limit: 100, offset: 0, withheld: false },
    },
    [DIFFERENCE],
  ],
  ["get", "/overview", undefined, { name: "overview", request: undefined }, OVERVIEW],
  ["get", "/routes/orders/definition", undefined, { name: "definition", request: "orders" }, DEFINITION],
  [
    "get",
    "/mismatches/by-path",
    undefined,
    { name: "differenceGroups", request: { limit: 100, offset: 0 } },
    [GROUP],
  ],
  ["get", "/rates", undefined, { name: "rates", request: undefined }, RATES],
  [
    "get",
    "/series?route=orders&from=1&to=2&step=hour",
    undefined,
    { name: "series", request: { route: "orders", from: 1, to: 2, step: "hour" } },
    SERIES,
  ],
  [
    "get",
    "/routes/a%2Fb/latencies?from=1",
    undefined,
    { name: "latencies", request: { route: "a/b", from: 1 } },
    LATENCIES,
  ],
  [
    "get",
    "/routes?query=o&phase=splitting&sort=p95&order=desc&offset=3",
    undefined,
    {
      name: "routes",
      request: { query: "o", phase: "splitting", sort: "p95", order: "desc", offset: 3, limit: 50 },
    },
    STATUS.routes,
  ],
  [
    "get",
    "/comparisons?route=orders&outcome=mismatch",
    undefined,
    { name: "recent", request: { route: "orders", outcome: "mismatch" } },
    [COMPARISON],
  ],
  [
    "post",
    "/explain",
    { method: "GET", url: "/x?y", headers: { a: "b" }, ip: "192.0.2.1" },
    { name: "explain", request: { method: "GET", url: "/x?y", headers: { a: "b" }, ip: "192.0.2.1" } },
    EXPLANATION,
  ],
])("%s %s asks its use case and answers what it gives", async (method, path, body, call, answer) => {
  const answered = await request(fixture.url)[method](`/api/v1${path}`).send(body);
  expect(answered.status).toBe(200);
  expect(answered.type).toBe("application/json");
  expect(answered.body).toEqual(json(answer));
  expect(fixture.calls).toEqual([call]);
});

test("the ledger is paged by revision, and a Link names the next page until there is none", async () => {
  let path = "/api/v1/ledger?limit=2&route=orders";
  const revisions: number[][] = [];
  while (path !== "") {
    const { body, headers } = await request(fixture.url).get(path).expect(200);
    revisions.push((body as { revision: number }[]).map(({ revision }) => revision));
    path = /^<([^>]+)>; rel="next"$/.exec(String(headers.link ?? ""))?.[1] ?? "";
  }
  expect(revisions).toEqual([[1, 2], [3]]);
  const after = await request(fixture.url).get("/api/v1/ledger?after=2");
  expect(after.body).toEqual([json(entry(3))]);
  expect(after.headers.link).toBeUndefined();
});

test.each([
  ["invalid_request", 400],
  ["unknown_route", 404],
  ["unknown_cohort", 404],
  ["unknown_revision", 404],
  ["conflict", 409],
  ["drift", 409],
  ["raises_modern", 409],
  ["nothing_to_undo", 409],
  ["refused", 409],
  ["gate_refused", 422],
  ["store_unavailable", 503],
  ["store_invalid", 503],
  ["not_started", 503],
])("a use case that fails with %s is answered %i with its reasons", async (code, status) => {
  fixture.fail = new FigError(code, "No.", { remedy: "Wait.", details: { missing: 3 } });
  const { body, ...answered } = await request(fixture.url)
    .post("/api/v1/routes/orders/shift")
    .set("x-request-id", "my-id")
    .send({ ...shift, modern: 1 });
  expect(answered.status).toBe(status);
  expect(body).toEqual({
    error: { code, message: "No.", requestId: "my-id", remedy: "Wait.", details: { missing: 3 } },
  });
  expect(answered.headers["x-request-id"]).toBe("my-id");
});

test("an error nobody threw on purpose is 500, told to the log and not to the caller", async () => {
  fixture.fail = new Error("hunter2 at /secret/path");
  const { body, text, ...answered } = await request(fixture.url).get("/api/v1/status");
  expect(answered.status).toBe(500);
  expect(body.error.code).toBe("internal_error");
  expect(text).not.toContain("hunter2");
  expect(fixture.logged).toMatchObject([{ level: "error", fields: { requestId: body.error.requestId } }]);
});

test("a mutation is noted in the operational log, a reading is not", async () => {
  await request(fixture.url).get("/api/v1/status");
  await request(fixture.url).post("/api/v1/explain").send({ method: "GET", url: "/" });
  await request(fixture.url).post("/api/v1/rollback").send(shift);
  expect(fixture.logged.map(({ fields }) => fields)).toMatchObject([{ operation: "rollbackAll" }]);
});

test.each<[what: string, path: string, body: unknown, message: string]>([
  [
    "no reason",
    "/routes/a/shift",
    { modern: 1 },
    'Body field "reason" must say why, in 1 to 2000 characters.',
  ],
  [
    "a blank reason",
    "/rollback",
    { reason: "  " },
    'Body field "reason" must say why, in 1 to 2000 characters.',
  ],
  [
    "a percentage as text",
    "/routes/a/shift",
    { ...shift, modern: "10" },
    'Body field "modern" must be a number from 0 to 100 with at most two decimals.',
  ],
  [
    "a percentage past 100",
    "/routes/a/shift",
    { ...shift, shadow: 100.01 },
    'Body field "shadow" must be a number from 0 to 100 with at most two decimals.',
  ],
  [
    "a third decimal",
    "/cohorts/a/shift",
    { ...shift, modern: 0.125 },
    'Body field "modern" must be a number from 0 to 100 with at most two decimals.',
  ],
  [
    "an unknown field",
    "/rollback",
    { ...shift, modren: 1 },
    'Body field "modren" is not known; known are to, reason, by, expectedRevision, dryRun.',
  ],
  [
    "two wrong fields at once",
    "/migrations/to",
    { to: 1.5, force: "yes" },
    'Body field "to" must be a step\'s number, or 0 for before the first; body field "force" must be true or false.',
  ],
  ["a list", "/rollback", [], "The body must be a JSON object."],
  [
    "a revision below 0",
    "/rollback",
    { ...shift, to: -1 },
    'Body field "to" must be a ledger revision: a whole number, 0 or more.',
  ],
  [
    "a query where none belongs",
    "/rollback?all=1",
    shift,
    'Query field "all" is not known; none is allowed here.',
  ],
  [
    "a method that is none",
    "/explain",
    { method: "G T", url: "/" },
    'Body field "method" must be an HTTP method.',
  ],
])("%s is refused before any use case is asked", async (_what, path, body, message) => {
  const answered = await request(fixture.url)
    .post(`/api/v1${path}`)
    .send(body as object);
  expect(answered.status).toBe(400);
  expect(answered.body.error).toMatchObject({ code: "invalid_request", message });
  expect(answered.body.error.details.problems.length).toBeGreaterThan(0);
  expect(fixture.calls).toEqual([]);
});

test.each([
  ["/ledger?limit=0", 'Query field "limit" must be a number of entries: a whole number from 1 to 1000.'],
  ["/ledger?after=1e3", 'Query field "after" must be a revision'],
  ["/ledger?after=", 'Query field "after" must be a revision'],
  ["/ledger?route=a&route=b", 'Query field "route" must be a route id'],
  ["/comparisons?outcome=all", 'Query field "outcome" must be one of match, mismatch, inconclusive.'],
  ["/status?verbose=1", 'Query field "verbose" is not known; none is allowed here.'],
  ["/routes/%E0%A4%A", "The path or the body cannot be decoded."],
])("GET %s is refused with what is wrong", async (path, message) => {
  const answered = await request(fixture.url).get(`/api/v1${path}`);
  expect(answered.status).toBe(400);
  expect(answered.body.error.code).toBe("invalid_request");
  expect(answered.body.error.message).toContain(message);
  expect(fixture.calls).toEqual([]);
});

test.each([
  ["not JSON", "{", "application/json", 400, "invalid_json"],
  ["a bare value", "1", "application/json", 400, "invalid_json"],
  ["a form", "reason=go", "application/x-www-form-urlencoded", 415, "unsupported_media_type"],
  ["text", "{}", "text/plain", 415, "unsupported_media_type"],
  ["JSON of another kind", "{}", "application/jsonp", 415, "unsupported_media_type"],
  ["another charset", "{}", "application/json; charset=koi8-r", 415, "unsupported_media_type"],
  [
    "64 KiB and more",
    JSON.stringify({ reason: "x".repeat(65_536) }),
    "application/json",
    413,
    "body_too_large",
  ],
])("a body that is %s is refused", async (_what, body, type, status, code) => {
  const answered = await request(fixture.url).post("/api/v1/rollback").set("content-type", type).send(body);
  expect(answered.status).toBe(status);
  expect(answered.body.error.code).toBe(code);
  expect(fixture.calls).toEqual([]);
});

test("a mutation without a content type is refused, even without a body", async () => {
  const answered = await request(fixture.url).post("/api/v1/migrations/up");
  expect(answered.status).toBe(415);
  expect(fixture.calls).toEqual([]);
});

test("a compressed body is refused, so that none unpacks past the bound", async () => {
  const answered = await request(fixture.url)
    .post("/api/v1/rollback")
    .set("content-type", "application/json")
    .set("content-encoding", "gzip")
    .send("{}");
  expect(answered.body.error.code).toBe("unsupported_media_type");
});

test("__proto__ in a body is an unknown field like any other", async () => {
  const answered = await request(fixture.url)
    .post("/api/v1/rollback")
    .set("content-type", "application/json")
    .send('{"reason":"go","__proto__":{"force":true}}');
  expect(answered.status).toBe(400);
  expect(answered.body.error.message).toContain("__proto__");
});

test("other methods get 405 with Allow, OPTIONS says the same without a CORS header, HEAD is GET without a body", async () => {
  const put = await request(fixture.url).put("/api/v1/status");
  expect([put.status, put.headers.allow, put.body.error.code]).toEqual([
    405,
    "GET, HEAD",
    "method_not_allowed",
  ]);
  const get = await request(fixture.url).get("/api/v1/routes/orders/shift");
  expect([get.status, get.headers.allow]).toEqual([405, "POST"]);
  const options = await request(fixture.url).options("/api/v1/rollback");
  expect([options.status, options.headers.allow]).toEqual([204, "POST"]);
  expect(Object.keys(options.headers).filter((name) => name.startsWith("access-control"))).toEqual([]);
  const head = await request(fixture.url).head("/api/v1/status");
  expect([head.status, head.text]).toEqual([200, undefined]);
  const metrics = await request(fixture.url).post("/metrics");
  expect([metrics.status, metrics.headers.allow]).toEqual([405, "GET, HEAD"]);
});

test("an unknown path is 404 in the API's form", async () => {
  const { status, body } = await request(fixture.url).get("/api/v1/nothing?token=hunter2");
  expect([status, body.error.code]).toEqual([404, "not_found"]);
  expect(body.error.message).not.toContain("hunter2");
});

test("every answer carries the security headers, the state's id, and no server's name", async () => {
  for (const path of ["/livez", "/metrics", "/api/v1/status", "/nothing"]) {
    const { headers } = await request(fixture.url).get(path);
    expect(headers).toMatchObject({
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
      "x-frame-options": "DENY",
      "x-fig-state": "state-1",
    });
    expect(headers["content-security-policy"]).toContain("default-src 'none'; frame-ancestors 'none'");
    expect(headers["x-powered-by"]).toBeUndefined();
    expect(headers.etag).toBeUndefined();
  }
});
