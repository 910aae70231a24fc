import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, expect, test } from "vitest";
import { ACCESS_KEY, type LambdaFrontOptions, startLambdaFront } from "../support/lambda-front.ts";
import { startRuntime } from "../support/lambda-runtime.ts";
import { type FigReady, type ReadyProcess, startFig } from "./fig-process.ts";
import { until } from "./until.ts";

const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

function folder(files: Readonly<Record<string, string>>): string {
  const path = mkdtempSync(join(tmpdir(), "fig-functions-"));
  open.push(() => rmSync(path, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(path, name, ".."), { recursive: true });
    writeFileSync(join(path, name), text);
  }
  return path;
}

const CREDENTIALS = {
  AWS_ACCESS_KEY_ID: ACCESS_KEY.accessKeyId,
  AWS_SECRET_ACCESS_KEY: ACCESS_KEY.secretAccessKey,
  AWS_REGION: "eu-central-1",
};

async function door(upstreams: string, routes: string, more = ""): Promise<ReadyProcess<FigReady>> {
  const path = folder({
    "fig.yaml": `listen: 127.0.0.1:0\nadmin: 127.0.0.1:0\nstate: "memory:"\n${more}upstreams:\n${upstreams}`,
    "routes/all.yaml": `routes:\n${routes}`,
  });
  const started = await startFig(join(path, "fig.yaml"), CREDENTIALS);
  open.push(() => started.stop());
  return started;
}

async function lambdaFront(invoke: LambdaFrontOptions["invoke"]) {
  const front = await startLambdaFront({ invoke });
  open.push(() => front.close());
  return front;
}

/** Every request to one function. */
const ONLY = `  - id: all\n    match: { path: "/{proxy+}" }\n    modern: shop\n    retired: true\n`;

type Event = Record<string, unknown> & { requestContext: Record<string, unknown> };

/** Sends bytes and reads to the end of the connection. */
function raw(url: string, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(url).port), "127.0.0.1");
    let got = "";
    socket.setEncoding("latin1").on("data", (chunk: string) => {
      got += chunk;
    });
    socket.on("end", () => resolve(got)).on("error", reject);
    socket.write(text, "latin1");
  });
}

test("a request is the event that API Gateway makes of it, in both payloads", async () => {
  const events: Event[] = [];
  const front = await lambdaFront(({ event }) => {
    events.push(event as Event);
    return { payload: JSON.stringify({ statusCode: 200, body: "ok" }) };
  });
  const lambda = (payload: string) =>
    `{ lambda: { function: shop, payload: "${payload}", endpoint: "${front.url}", variables: { table: orders } } }`;
  const one = await door(`  shop: ${lambda("1.0")}\n`, ONLY);
  const two = await door(`  shop: ${lambda("2.0")}\n`, ONLY);
  const ask = async (at: ReadyProcess<FigReady>, head: string, body = ""): Promise<Event> => {
    const length = body === "" ? "" : `Content-Length: ${body.length}\r\n`;
    const answer = await raw(
      at.ready.url,
      `${head}\r\nHost: shop.test\r\n${length}Connection: close\r\n\r\n${body}`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    return events.at(-1) as Event;
  };

  const first = await ask(
    one,
    "GET /a%2Bb//c/?x=1&x=2&y=a+b&z=%2B&e=&e&%75=1 HTTP/1.1\r\nX-A: 1\r\nX-A: 2\r\nCookie: s=1; t=2\r\nUser-Agent: curl/8",
  );
  expect(first).toMatchObject({
    resource: "/{proxy+}",
    path: "/a%2Bb//c/",
    httpMethod: "GET",
    headers: { Host: "shop.test", "X-A": "2", Cookie: "s=1; t=2" },
    multiValueHeaders: { "X-A": ["1", "2"] },
    queryStringParameters: { x: "2", y: "a b", z: "+", e: "", u: "1" },
    multiValueQueryStringParameters: { x: ["1", "2"], y: ["a b"], z: ["+"], e: ["", ""], u: ["1"] },
    stageVariables: { table: "orders" },
    requestContext: {
      httpMethod: "GET",
      path: "/prod/a%2Bb//c/",
      protocol: "HTTP/1.1",
      resourcePath: "/{proxy+}",
      stage: "prod",
      domainName: "shop.test",
      domainPrefix: "shop",
      identity: { sourceIp: "127.0.0.1", userAgent: "curl/8", user: null },
    },
    body: null,
    isBase64Encoded: false,
  });
  expect(first).not.toHaveProperty("version");
  expect((first.pathParameters as Record<string, string>).proxy).toBe("a%2Bb//c");

  const second = await ask(
    two,
    "GET /a%2Bb//c/?x=1&x=2&y=a+b HTTP/1.1\r\nX-A: 1\r\nX-A: 2\r\nCookie: s=1; t=2\r\nUser-Agent: curl/8",
  );
  expect(second).toMatchObject({
    version: "2.0",
    routeKey: "ANY /{proxy+}",
    rawPath: "/a%2Bb//c/",
    rawQueryString: "x=1&x=2&y=a+b",
    cookies: ["s=1", "t=2"],
    headers: { host: "shop.test", "x-a": "1,2" },
    queryStringParameters: { x: "1,2", y: "a b" },
    requestContext: {
      http: {
        method: "GET",
        path: "/a%2Bb//c/",
        protocol: "HTTP/1.1",
        sourceIp: "127.0.0.1",
        userAgent: "curl/8",
      },
      stage: "prod",
    },
    isBase64Encoded: false,
  });
  expect(second.headers).not.toHaveProperty("cookie");
  expect(second).not.toHaveProperty("body");

  for (const [at, payload] of [
    [one, "1.0"],
    [two, "2.0"],
  ] as const) {
    const none = await ask(at, "DELETE /x HTTP/1.1");
    if (payload === "1.0")
      expect(none).toMatchObject({ queryStringParameters: null, multiValueQueryStringParameters: null });
    else expect(none).not.toHaveProperty("queryStringParameters");
    expect(
      await ask(at, "POST /x HTTP/1.1\r\nContent-Type: application/json", '{"a":"\xc3\xbc"}'),
    ).toMatchObject({
      body: '{"a":"ü"}',
      isBase64Encoded: false,
    });
    expect(await ask(at, "PUT /x HTTP/1.1\r\nContent-Type: image/png", "\x89PNG\xff")).toMatchObject({
      body: Buffer.from("\x89PNG\xff", "latin1").toString("base64"),
      isBase64Encoded: true,
    });
    expect(await ask(at, "POST /x HTTP/1.1\r\nContent-Encoding: gzip", "plain")).toMatchObject({
      isBase64Encoded: true,
    });
  }
  expect(front.refused).toEqual([]);
});

test("what a function does not answer is an error with a code: thrown, malformed, late, refused, too large", async () => {
  let nowMs = 0;
  const front = await lambdaFront(async ({ event, name }) => {
    const { rawPath } = event as { rawPath: string };
    if (rawPath === "/throws")
      return { error: JSON.stringify({ errorType: "TypeError", errorMessage: "x is not y" }) };
    if (rawPath === "/malformed") return { payload: JSON.stringify({ statusCode: 7 }) };
    if (rawPath === "/late") await delay(3_000);
    nowMs++;
    return { payload: JSON.stringify({ statusCode: 200, headers: { "x-function": name }, body: "ok" }) };
  });
  const { ready, output } = await door(
    `  shop: { lambda: { function: { GET: reads, POST: writes }, endpoint: "${front.url}" }, timeout: 1s }\n  away: { lambda: { function: gone, endpoint: "http://127.0.0.1:1" } }\n`,
    `  - id: away\n    match: { path: /away }\n    modern: away\n    retired: true\n${ONLY}`,
  );
  const asked = async (path: string, options: RequestInit = {}) => {
    const response = await fetch(`${ready.url}${path}`, options);
    const text = await response.text();
    return response.ok
      ? [response.status, response.headers.get("x-function")]
      : [response.status, JSON.parse(text).error.code];
  };
  expect(await asked("/x")).toEqual([200, "reads"]);
  expect(await asked("/x", { method: "POST", body: "{}" })).toEqual([200, "writes"]);
  expect(await asked("/x", { method: "DELETE" })).toEqual([502, "function_refused"]);
  // One client's method says nothing of the functions that there are.
  const status = await (await fetch(`${ready.adminUrl}/api/v1/status`)).text();
  expect(JSON.parse(status).problems).toEqual([]);
  expect(await asked("/throws")).toEqual([502, "function_failed"]);
  expect(await asked("/malformed")).toEqual([502, "upstream_invalid"]);
  expect(await asked("/late")).toEqual([504, "upstream_timeout"]);
  expect(await asked("/away")).toEqual([502, "upstream_refused"]);
  expect(await asked("/x", { method: "POST", body: "x".repeat(6 * 1024 * 1024 + 1) })).toEqual([
    413,
    "function_body_too_large",
  ]);
  // As base64 it is longer than an event may be.
  expect(await asked("/x", { method: "POST", body: new Uint8Array(5 * 1024 * 1024).fill(255) })).toEqual([
    413,
    "function_body_too_large",
  ]);
  const head = await fetch(`${ready.url}/x`, { method: "HEAD" });
  expect([head.status]).toEqual([502]);
  expect(output()).toContain("TypeError: x is not y");
  expect(nowMs).toBeGreaterThan(0);
});

test("an asynchronous function: 202 with what finds it in logs, and the event says that nobody waits", async () => {
  const front = await lambdaFront(() => ({ payload: "" }));
  const { ready } = await door(
    `  shop: { lambda: { function: jobs, async: true, endpoint: "${front.url}" } }\n`,
    ONLY,
  );
  const headers = { "x-request-id": "job-17" };
  const response = await fetch(`${ready.url}/jobs`, { method: "POST", body: '{"job":1}', headers });
  expect([response.status, await response.text()]).toEqual([202, ""]);
  expect(response.headers.get("x-request-id")).toBe("job-17");
  expect(response.headers.get("x-amzn-requestid")).toBe("11111111-2222-3333-4444-555555555555");
  expect(front.invocations).toMatchObject([
    {
      headers: { "x-amz-invocation-type": "Event" },
      event: { requestContext: { requestId: "job-17" } },
    },
  ]);
  // Lambda takes 1 MiB of an event that nobody waits for.
  const long = await fetch(`${ready.url}/jobs`, { method: "POST", body: "x".repeat(1024 * 1024) });
  const { error } = (await long.json()) as { error: { code: string } };
  expect([long.status, error.code]).toEqual([413, "function_body_too_large"]);
  expect(front.invocations).toHaveLength(1);
});

const HANDLER = `
const orders = new Map();
export const reads = async ({ rawPath }) => {
  const id = rawPath.split("/").at(-1);
  return { statusCode: 200, headers: { "content-type": "application/json" }, body: JSON.stringify({ id, total: id === "13" ? 1 : Number(id) * 2 }) };
};
export const writes = async ({ body, isBase64Encoded }) => {
  const order = JSON.parse(isBase64Encoded ? Buffer.from(body, "base64").toString() : body);
  orders.set(order.id, order);
  return { statusCode: 201, body: JSON.stringify({ saved: order.id }) };
};
`;

test("a route moves from the monolith to two functions: shadowed, compared, split, a function killed, taken back", {
  timeout: 120_000,
}, async () => {
  const monolith = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (text: string) => {
      body += text;
    });
    request.on("end", () => {
      response.setHeader("content-type", "application/json");
      response.setHeader("x-from", "monolith");
      const id = request.url?.split("/").at(-1) ?? "";
      if (request.method === "POST")
        response.writeHead(201).end(JSON.stringify({ saved: JSON.parse(body).id }));
      else response.end(JSON.stringify({ id, total: Number(id) * 2 }));
    });
  });
  await new Promise<void>((resolve) => monolith.listen(0, "127.0.0.1", resolve));
  open.push(() => {
    monolith.close();
    monolith.closeAllConnections();
  });
  const files = folder({ "app.mjs": HANDLER });
  const reads = await startRuntime(files, "app.reads");
  open.push(() => reads.close());
  const writes = await startRuntime(files, "app.writes");
  open.push(() => writes.close());
  const front = await lambdaFront((invocation) =>
    (invocation.name === "reads" ? reads : writes).invoke(invocation),
  );
  const legacy = `http://127.0.0.1:${(monolith.address() as AddressInfo).port}`;
  const { ready } = await door(
    `  monolith: ${legacy}\n  orders: { lambda: { function: { GET: reads, POST: writes }, endpoint: "${front.url}" }, timeout: 2s }\n`,
    `  - id: orders\n    match: { path: "/orders/{id}" }\n    legacy: monolith\n    modern: orders\n    sticky: [header:x-client]\n    fallback: legacy\n`,
  );
  const api = `${ready.adminUrl}/api/v1`;
  const position = async (to: object) => {
    const response = await fetch(`${api}/routes/orders/shift`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ ...to, reason: "test", force: true }),
    });
    expect(await response.text()).not.toContain(`"error":`);
  };
  const failed: string[] = [];
  let serial = 0;
  const ask = async (id: number, method = "GET") => {
    const response = await fetch(`${ready.url}/orders/${id}`, {
      method,
      headers: { "x-client": `c${serial++ % 40}` },
      ...(method === "POST" ? { body: JSON.stringify({ id }) } : {}),
    });
    const text = await response.text();
    if (!response.ok) failed.push(`${method} ${id}: ${response.status} ${text}`);
    return response;
  };

  await position({ shadow: 100 });
  for (let id = 1; id <= 20; id++) await ask(id);
  for (let id = 1; id <= 5; id++) await ask(id, "POST");
  const compared = async () => {
    const route = (await (await fetch(`${api}/routes/orders`)).json()) as { comparisons: object };
    return route.comparisons;
  };
  // One order's total is wrong, and nothing else differs.
  await until(compared, (said) => JSON.stringify(said) === '{"match":19,"mismatch":1,"inconclusive":0}');
  const rows = await (await fetch(`${api}/mismatches?route=orders`)).text();
  expect(rows).toContain("total");

  await position({ modern: 50, shadow: 0 });
  const before = front.invocations.length;
  for (let id = 100; id < 140; id++) await ask(id);
  expect(front.invocations.length).toBeGreaterThan(before + 5);
  expect(failed).toEqual([]);

  // The function that reads dies: with `fallback` legacy answers what it cannot.
  await reads.close();
  for (let id = 200; id < 230; id++) await ask(id);
  expect(failed).toEqual([]);

  const back = await fetch(`${api}/routes/orders/rollback`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ reason: "the function died" }),
  });
  expect(back.status).toBe(200);
  for (let id = 300; id < 310; id++) expect((await ask(id)).headers.get("x-from")).toBe("monolith");
  expect(failed).toEqual([]);
  expect(front.refused).toEqual([]);
});
