import http from "node:http";
import http2 from "node:http2";
import type { AddressInfo } from "node:net";
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createFrontDoor } from "../../src/index.ts";

const TEXT = "the same words again and again, ".repeat(2000);

/** A side that says what it was sent. */
const side = http.createServer((request, response) => {
  const path = request.url ?? "";
  if (path.startsWith("/events")) {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write("data: 1\n\n");
    request.on("close", () => response.end());
    return;
  }
  if (path.startsWith("/broken")) {
    request.socket.destroy();
    return;
  }
  let sent = 0;
  request.on("data", (chunk: Buffer) => {
    sent += chunk.length;
  });
  request.on("end", () => {
    response.writeHead(200, {
      "content-type": "text/plain",
      etag: '"v1"',
      "access-control-allow-origin": "*",
      "x-sent": String(sent),
      "x-seen": String(request.headers["x-door"]),
    });
    response.end(TEXT);
  });
});

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Buffer;
}

type Ask = (
  method: string,
  path: string,
  headers?: Readonly<Record<string, string>>,
  body?: readonly string[],
) => Promise<Answer>;

function over1(url: string): Ask {
  return (method, path, headers = {}, body = []) =>
    new Promise((resolve, reject) => {
      const request = http.request(new URL(path, url), { method, headers, agent: false });
      request.once("error", reject);
      request.once("response", (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.once("end", () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers as Answer["headers"],
            body: Buffer.concat(chunks),
          }),
        );
        response.once("error", reject);
      });
      for (const piece of body) request.write(piece);
      request.end();
    });
}

function over2(url: string): Ask {
  return (method, path, headers = {}, body = []) =>
    new Promise((resolve, reject) => {
      const session = http2.connect(url);
      session.once("error", reject);
      const fields = { ":method": method, ":path": path, ...headers };
      const stream = session.request(fields, { endStream: body.length === 0 });
      const chunks: Buffer[] = [];
      let answer: http2.IncomingHttpHeaders = {};
      stream.once("response", (head) => {
        answer = head;
      });
      stream.once("error", reject);
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.once("end", () => {
        session.close();
        const status = Number(answer[":status"]);
        resolve({ status, headers: answer as Answer["headers"], body: Buffer.concat(chunks) });
      });
      for (const piece of body) stream.write(piece);
      if (body.length > 0) stream.end();
    });
}

const WAYS = [
  { name: "the fast lane", lane: "auto", over: over1 },
  { name: "the node lane", lane: "node", over: over1 },
  { name: "HTTP/2, the fast lane", lane: "auto", over: over2 },
  { name: "HTTP/2, the node lane", lane: "node", over: over2 },
] as const;

beforeAll(async () => {
  await new Promise<void>((resolve) => side.listen(0, "127.0.0.1", resolve));
});
afterAll(() => {
  side.closeAllConnections();
  side.close();
});

const route = (id: string, path: string, policies: object) => ({
  id,
  match: { path },
  modern: "side",
  policies,
});

describe.each(WAYS)("policies on $name", ({ lane, over }) => {
  let door: ReturnType<typeof createFrontDoor>;
  let ask: Ask;

  beforeAll(async () => {
    const { port } = side.address() as AddressInfo;
    door = createFrontDoor(
      {
        listen: "127.0.0.1:0",
        admin: "127.0.0.1:0",
        state: "memory:",
        lane,
        upstreams: { side: `http://127.0.0.1:${port}` },
        default: "side",
        policies: {
          cors: { allowOrigins: ["https://shop.test"], allowHeaders: ["x-a"], allowCredentials: true },
          compress: {},
          headers: { request: { set: { "x-door": "$route/$client/$scheme" } } },
        },
        routes: [
          route("old", "/old/{rest+}", { redirect: { to: "/new/{rest}", status: 308 } }),
          route("moved", "/moved", { redirect: { to: "https://new.test/", query: false } }),
          route("away", "/away", {
            respond: { headers: { "retry-after": "120" }, body: "zur\u00fcck" },
          }),
          route("gone", "/gone", { respond: { status: 204 } }),
          route("data", "/data", { respond: { status: 200, json: { open: false, list: [1, "\u00e4"] } } }),
          route("upload", "/upload", { body: { max: "16B", types: ["text/*"], required: true } }),
          route("plain", "/plain", { compress: false, cors: false, headers: false }),
        ],
      },
      { quiet: true },
    );
    ask = over((await door.listen()).url);
  });
  afterAll(() => door.close());

  test("redirect keeps path and query, or not", async () => {
    const old = await ask("GET", "/old/a%2Fb/c?x=1&y=%20");
    expect([old.status, old.headers.location]).toEqual([308, "/new/a%2Fb/c?x=1&y=%20"]);
    const moved = await ask("POST", "/moved?x=1", { "content-type": "text/plain" }, ["body"]);
    expect([moved.status, moved.headers.location]).toEqual([307, "https://new.test/"]);
  });

  test("respond gives text, JSON or nothing, and a HEAD their fields", async () => {
    const away = await ask("GET", "/away");
    expect([away.status, away.headers["retry-after"], away.body.toString()]).toEqual([
      503,
      "120",
      "zur\u00fcck",
    ]);
    const head = await ask("HEAD", "/away");
    expect([head.status, head.headers["content-length"], head.body.length]).toEqual([503, "7", 0]);
    const gone = await ask("DELETE", "/gone");
    expect([gone.status, gone.headers["content-length"], gone.body.length]).toEqual([204, undefined, 0]);
    const data = await ask("GET", "/data");
    expect(data.headers["content-type"]).toBe("application/json");
    expect(JSON.parse(data.body.toString())).toEqual({ open: false, list: [1, "\u00e4"] });
  });

  test("cors answers preflights, and everything can be read, errors too", async () => {
    const origin = "https://shop.test";
    const preflight = await ask("OPTIONS", "/upload", {
      origin,
      "access-control-request-method": "PUT",
      "access-control-request-headers": "x-a",
    });
    expect([preflight.status, preflight.headers["access-control-allow-origin"]]).toEqual([204, origin]);
    expect(preflight.headers["access-control-allow-headers"]).toBe("x-a");
    for (const [path, status] of [
      ["/", 200],
      ["/away", 503],
      ["/broken", 502],
    ] as const) {
      const answer = await ask("GET", path, { origin });
      expect([answer.status, answer.headers["access-control-allow-origin"]], path).toEqual([status, origin]);
      expect(answer.headers["access-control-allow-credentials"]).toBe("true");
      expect(answer.headers.vary).toContain("Origin");
    }
    const other = await ask("GET", "/", { origin: "https://evil.test" });
    expect(other.headers["access-control-allow-origin"]).toBeUndefined();
    const off = await ask("GET", "/plain", { origin });
    expect(off.headers["access-control-allow-origin"]).toBe("*");
  });

  test("body refuses what is too large, of another type, coded, or not there", async () => {
    const post = (headers: Readonly<Record<string, string>>, body: readonly string[]) =>
      ask("POST", "/upload", headers, body);
    const text = { "content-type": "text/plain" };
    const passed = await post(text, ["0123456789", "abcdef"]);
    expect([passed.status, passed.headers["x-sent"]]).toEqual([200, "16"]);
    expect((await post({ ...text, "content-length": "17" }, ["0123456789abcdefg"])).status).toBe(413);
    const image = await post({ "content-type": "image/png", "content-length": "1" }, ["x"]);
    expect([image.status, image.headers.accept]).toEqual([415, "text/*"]);
    const coded = await post({ ...text, "content-length": "1", "content-encoding": "gzip" }, ["x"]);
    expect([coded.status, coded.headers["accept-encoding"]]).toEqual([415, "identity"]);
    expect((await post({ ...text, "content-length": "0" }, [])).status).toBe(400);
  });

  test("compress gives the coding that is asked for, and the same bytes", async () => {
    const codings = { gzip: gunzipSync, br: brotliDecompressSync, zstd: zstdDecompressSync };
    for (const [coding, decode] of Object.entries(codings)) {
      const { headers, body } = await ask("GET", "/", { "accept-encoding": coding });
      expect([headers["content-encoding"], headers.etag, headers["content-length"]]).toEqual([
        coding,
        'W/"v1"',
        undefined,
      ]);
      expect(headers.vary).toContain("Accept-Encoding");
      expect(decode(body).toString() === TEXT).toBe(true);
    }
    const head = await ask("HEAD", "/", { "accept-encoding": "gzip" });
    expect([head.headers["content-encoding"], head.headers["content-length"]]).toEqual(["gzip", undefined]);
    const cookie = await ask("GET", "/", { "accept-encoding": "gzip", cookie: "a=1" });
    expect(cookie.headers["content-encoding"]).toBeUndefined();
    const plain = await ask("GET", "/plain", { "accept-encoding": "gzip" });
    expect([plain.headers["content-encoding"], plain.headers["x-seen"]]).toEqual([undefined, "undefined"]);
  });

  test("headers of every route are set with what the request is", async () => {
    expect((await ask("GET", "/")).headers["x-seen"]).toBe("(default)/127.0.0.1/http");
  });
});
