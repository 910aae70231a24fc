import { once } from "node:events";
import { createServer, type IncomingMessage, request } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { afterEach, describe, expect, test } from "vitest";
import { createFrontDoor } from "../../src/index.ts";
import { until } from "./until.ts";

interface Asked {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

type Answer = {
  readonly status?: number;
  readonly headers?: Record<string, string>;
  readonly body?: string | Buffer;
};

async function startSide(answer: (asked: Asked) => Answer, asked: Asked[]): Promise<string> {
  const server = createServer(async (incoming, response) => {
    const { method = "", url = "", headers } = incoming;
    const one = { method, url, headers, body: Buffer.concat(await incoming.toArray()).toString() };
    asked.push(one);
    const { status = 200, headers: fields = {}, body = "" } = answer(one);
    response.writeHead(status, { "content-type": "application/json", ...fields }).end(body);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  closing.push(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

interface WorldOptions {
  readonly lane?: "auto" | "node";
  readonly transform: object;
  readonly legacy?: (asked: Asked) => Answer;
  readonly modern: (asked: Asked) => Answer;
  readonly start?: { readonly modern?: number; readonly shadow?: number };
  readonly fallback?: "legacy";
  readonly writes?: "never";
}

async function world({
  lane = "auto",
  transform,
  legacy = () => ({}),
  modern,
  start = { modern: 100 },
  fallback,
  writes,
}: WorldOptions) {
  const asked: Record<"legacy" | "modern", Asked[]> = { legacy: [], modern: [] };
  const door = createFrontDoor(
    {
      ...{ listen: "127.0.0.1:0", admin: "127.0.0.1:0", state: "memory:", default: "legacy", lane },
      upstreams: {
        legacy: await startSide(legacy, asked.legacy),
        modern: await startSide(modern, asked.modern),
      },
      routes: [
        {
          id: "orders",
          match: { path: "/orders/{id}" },
          modern: { upstream: "modern", path: "/v2/orders/{id}" },
          policies: { transform },
          shadow: { writes: writes ?? ((start.modern ?? 0) > 0 ? "never" : "sandboxed") },
          ...(fallback === undefined ? {} : { fallback }),
          start,
        },
      ],
    },
    { quiet: true },
  );
  closing.push(() => door.close());
  const { url } = await door.listen();
  const ask = async (
    path: string,
    options: { method?: string; headers?: Record<string, string>; body?: string | Buffer } = {},
  ) => {
    const { method = "GET", headers = {}, body } = options;
    const asking = request(`${url}${path}`, { method, headers, agent: false }).end(body);
    const [answer] = (await once(asking, "response")) as [IncomingMessage];
    const text = Buffer.concat(await answer.toArray()).toString();
    return { status: answer.statusCode, headers: answer.headers, text };
  };
  return { asked, door, ask };
}

describe.each(["auto", "node"] as const)("lane %s", (lane) => {
  test("a client sees the old form of what the new service takes and gives", async () => {
    const { asked, ask } = await world({
      lane,
      transform: {
        modern: {
          request: {
            method: "PUT",
            query: { rename: { q: "search" }, remove: ["old"], set: { v: "2 &" } },
            body: '{ "orderId": id, "lines": items.{ "sku": code, "n": count }, "by": $request.headers."x-user" }',
          },
          answer: { status: { "201": 200 }, body: '{ "id": orderId, "sum": $sum(lines.n), "was": $status }' },
        },
      },
      modern: ({ body }) => ({ status: 201, headers: { etag: '"1"', "x-kept": "yes" }, body }),
    });
    const answer = await ask("/orders/7?q=a%2Bb&old=1&keep=%41", {
      method: "POST",
      headers: { "content-type": "application/json", "x-user": "ada", "accept-encoding": "gzip" },
      body: JSON.stringify({
        id: 7,
        items: [
          { code: "a", count: 2 },
          { code: "b", count: 3 },
        ],
      }),
    });
    expect(asked.modern).toHaveLength(1);
    const [{ method, url, headers, body } = {} as Asked] = asked.modern;
    expect([method, url]).toEqual(["PUT", "/v2/orders/7?search=a%2Bb&keep=%41&v=2%20%26"]);
    expect(JSON.parse(body)).toEqual({
      orderId: 7,
      lines: [
        { sku: "a", n: 2 },
        { sku: "b", n: 3 },
      ],
      by: "ada",
    });
    expect(headers["content-length"]).toBe(String(body.length));
    expect(headers["accept-encoding"]).toBeUndefined();
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.text)).toEqual({ id: 7, sum: 5, was: 201 });
    expect(answer.headers).toMatchObject({
      etag: 'W/"1"',
      "x-kept": "yes",
      "content-length": String(answer.text.length),
    });
  });

  test("numbers that a double cannot hold stay as they are, in chunked and compressed bodies too", async () => {
    const { asked, ask } = await world({
      lane,
      transform: { modern: { request: { body: '{ "key": id }' }, answer: { body: '{ "id": key }' } } },
      modern: ({ body }) => ({ headers: { "content-encoding": "gzip" }, body: gzipSync(body) }),
    });
    const answer = await ask("/orders/7", {
      method: "POST",
      headers: { "transfer-encoding": "chunked", "content-encoding": "gzip" },
      body: gzipSync('{"id":12345678901234567890}'),
    });
    expect(asked.modern[0]?.body).toBe('{"key":12345678901234567890}');
    expect(answer.text).toBe('{"id":12345678901234567890}');
    expect(answer.headers["content-encoding"]).toBeUndefined();
  });

  test("what is no JSON, too large or never ends is an error of the one who sent it, and the door goes on", async () => {
    const answers: Record<string, Answer> = {
      "/v2/orders/html": { headers: { "content-type": "text/html" }, body: "<p>" },
      "/v2/orders/large": { body: `"${"x".repeat(20_000)}"` },
      "/v2/orders/slow": { body: '{"loop":true}' },
      "/v2/orders/missing": { status: 404, body: '{"message":"no"}' },
    };
    const { ask } = await world({
      lane,
      transform: {
        modern: {
          maxBody: "16KiB",
          request: { body: "$" },
          answer: {
            body: '($f := function($n) { $n < 0 ? 0 : $f($n + 1) }; loop ? $f(1) : { "fine": true })',
          },
        },
      },
      modern: ({ url }) => answers[url] ?? { body: "{}" },
    });
    const post = (body: string) => ask("/orders/1", { method: "POST", body });
    expect((await ask("/orders/html")).status).toBe(502);
    expect((await ask("/orders/large")).status).toBe(502);
    const slow = await ask("/orders/slow");
    expect([slow.status, JSON.parse(slow.text).error.code]).toEqual([502, "transform_failed"]);
    expect((await ask("/orders/missing")).text).toBe('{"message":"no"}');
    expect((await post("no json")).status).toBe(400);
    expect((await post(`"${"x".repeat(20_000)}"`)).status).toBe(413);
    expect(JSON.parse((await post('{"a":1}')).text)).toEqual({ fine: true });
  });

  test("what takes too much memory, in one leap too, is an error of its side, and the door goes on", async () => {
    const { ask } = await world({
      lane,
      transform: {
        modern: {
          answer: {
            body: '$request.captures[0] = "range" ? [1..9999999] : $request.captures[0] = "pad" ? $pad("x", 400000000) : $request.captures[0] = "cross" ? list.(%.list.(%.list.(%.list.{ "a": 1 }))) : { "fine": true }',
          },
        },
      },
      modern: () => ({ body: JSON.stringify({ list: Array.from({ length: 400 }, (_, i) => i) }) }),
    });
    for (const name of ["range", "pad", "cross"])
      expect([name, (await ask(`/orders/${name}`)).status]).toEqual([name, 502]);
    expect(JSON.parse((await ask("/orders/1")).text)).toEqual({ fine: true });
  });

  test("HEAD, 204 and a client that expects to be told to go on", async () => {
    const { asked, ask } = await world({
      lane,
      transform: { modern: { request: { body: '{ "n": n }' }, answer: { body: '{ "m": n }' } } },
      modern: ({ method, body }) => (method === "DELETE" ? { status: 204 } : { body: body || '{"n":1}' }),
    });
    const head = await ask("/orders/1", { method: "HEAD" });
    expect([head.status, head.headers["content-length"]]).toEqual([200, undefined]);
    expect((await ask("/orders/1", { method: "DELETE" })).status).toBe(204);
    const expecting = await ask("/orders/1", {
      method: "POST",
      headers: { expect: "100-continue", "content-length": "7" },
      body: '{"n":5}',
    });
    expect(expecting.text).toBe('{"m":5}');
    expect(asked.modern.at(-1)?.headers.expect).toBeUndefined();
  });
});

test("shadows are transformed, and what is compared is what a client would see", async () => {
  const { asked, door, ask } = await world({
    transform: { modern: { request: { body: '{ "key": id }' }, answer: { body: '{ "id": key }' } } },
    legacy: ({ body }) => ({ body }),
    modern: ({ body }) => ({ body }),
    start: { modern: 0, shadow: 100 },
  });
  await ask("/orders/7", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: '{"id":3}',
  });
  await until(
    async () => (await door.status()).routes.find(({ id }) => id === "orders")?.comparisons,
    (comparisons) => comparisons?.match === 1,
  );
  expect(asked.modern.map(({ body }) => body)).toEqual(['{"key":3}']);
});

test("the copy of a request that only reads never becomes one that writes", async () => {
  const { asked, door, ask } = await world({
    transform: { modern: { request: { method: "POST" } } },
    legacy: () => ({ body: "{}" }),
    modern: () => ({ body: "{}" }),
    start: { modern: 0, shadow: 100 },
    writes: "never",
  });
  expect((await ask("/orders/7")).status).toBe(200);
  await until(
    async () => (await door.status()).routes.find(({ id }) => id === "orders")?.comparisons,
    (comparisons) => comparisons?.mismatch === 1,
  );
  expect(asked.modern).toEqual([]);
});

test("an answer of modern that cannot be transformed falls back to legacy", async () => {
  const { ask } = await world({
    transform: { modern: { answer: { body: "$error('no')" } } },
    legacy: () => ({ body: '{"from":"legacy"}' }),
    modern: () => ({ body: "{}" }),
    fallback: "legacy",
  });
  expect((await ask("/orders/7")).text).toBe('{"from":"legacy"}');
});
