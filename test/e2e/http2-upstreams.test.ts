import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import http, { type IncomingMessage } from "node:http";
import http2, { type ClientHttp2Session, type ServerHttp2Session } from "node:http2";
import { type AddressInfo, connect } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { askAdmin } from "./fig-process.ts";
import { type SideUpstream, type SplitDoor, startSplitDoor } from "./support/split-door.ts";
import { until } from "./until.ts";

const MIB = 1024 * 1024;
const closed: string[] = [];
const sessions = new Set<ServerHttp2Session>();
let taken = 0;

/** A side that speaks HTTP/2 without TLS. */
async function startHttp2Side(side: string): Promise<SideUpstream> {
  const server = http2.createServer();
  server.on("session", (session) => {
    taken++;
    sessions.add(session);
    session.on("error", () => {}).on("close", () => sessions.delete(session));
  });
  server.on("stream", (stream, headers) => {
    const path = headers[":path"] as string;
    stream.on("error", () => {});
    stream.on("close", () => closed.push(`${path} ${stream.rstCode}`));
    if (path === "/hash") {
      const hash = createHash("sha256");
      stream.respond({ ":status": 200 });
      stream.on("data", (chunk: Buffer) => hash.update(chunk));
      stream.on("end", () => stream.end(hash.digest("hex")));
    } else if (path.startsWith("/big/")) {
      let left = Number(path.slice("/big/".length)) * 16;
      stream.respond({ ":status": 200 });
      const more = () => {
        while (left-- > 0) {
          if (stream.write(Buffer.alloc(MIB / 16, left & 255))) continue;
          stream.once("drain", more);
          return;
        }
        stream.end();
      };
      more();
    } else if (path === "/trailers") {
      stream.resume();
      let got = "";
      stream.on("trailers", (trailers) => {
        got = String(trailers["x-sum"]);
      });
      stream.on("end", () => {
        stream.respond({ ":status": 200, trailer: "x-got" }, { waitForTrailers: true });
        stream.on("wantTrailers", () => stream.sendTrailers({ "x-got": got }));
        stream.end("ok");
      });
    } else if (path === "/dies") {
      stream.respond({ ":status": 200, "content-length": 100 });
      stream.write("short");
      setTimeout(() => stream.close(http2.constants.NGHTTP2_INTERNAL_ERROR), 50);
    } else if (path === "/none") {
      stream.respond({ ":status": 200 }, { endStream: true });
    } else if (path === "/fails" && side === "modern") {
      stream.respond({ ":status": 503 }, { endStream: true });
    } else if (path !== "/never") {
      stream.additionalHeaders({ ":status": 103, link: "</a.css>; rel=preload" });
      stream.respond({ ":status": 200, "content-type": "application/json" });
      stream.end(JSON.stringify({ side, headers }));
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    // As fig.yaml says it.
    url: `{ urls: ["http://127.0.0.1:${port}"], protocol: http2 }`,
    server: server as unknown as SideUpstream["server"],
    close: () => {
      for (const session of sessions) session.destroy();
      server.close();
    },
  };
}

let legacy: SideUpstream;
let modern: SideUpstream;
let door: SplitDoor;
let client: ClientHttp2Session;
const agent = new http.Agent({ keepAlive: true });

beforeAll(async () => {
  legacy = await startHttp2Side("legacy");
  modern = await startHttp2Side("modern");
  door = await startSplitDoor(legacy, modern);
  client = http2.connect(door.url);
  client.on("error", () => {});
});

afterAll(async () => {
  client?.destroy();
  agent.destroy();
  await door?.close();
  legacy?.close();
  modern?.close();
});

interface Got {
  readonly response: IncomingMessage;
  readonly body: string;
}

/** Over HTTP/1.1. */
async function get(path: string, headers: http.OutgoingHttpHeaders = {}): Promise<Got> {
  const request = http.request(new URL(path, door.url), { agent, headers });
  request.end();
  const [response] = (await once(request, "response")) as [IncomingMessage];
  let body = "";
  for await (const chunk of response) body += chunk;
  return { response, body };
}

const rss = () =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${door.process.pid}/status`, "latin1"))?.[1]) * 1024;

describe("HTTP/2 out", () => {
  test("a request of HTTP/1.1 and one of HTTP/2 are the same to an upstream", async () => {
    const { response, body } = await get("/plain?q=1", { "x-a": "é" });
    expect(response.statusCode).toBe(200);
    const { headers } = JSON.parse(body) as { headers: Record<string, string> };
    expect(headers).toMatchObject({
      ...{ ":method": "GET", ":path": "/plain?q=1", ":scheme": "http", ":authority": new URL(door.url).host },
      ...{ "x-a": "é", via: "1.1 fig", "x-forwarded-for": "127.0.0.1" },
    });
    for (const name of ["host", "connection", "transfer-encoding"]) expect(headers).not.toHaveProperty(name);
    const stream = client.request({ ":path": "/plain?q=1", "x-a": "é" });
    const informed: unknown[] = [];
    stream.on("headers", (early) => informed.push(early[":status"]));
    let text = "";
    stream.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
    });
    await once(stream, "end");
    const other = JSON.parse(text) as { headers: Record<string, string> };
    expect(Object.keys(other.headers).sort()).toEqual(Object.keys(headers).sort());
    expect(informed).toEqual([103]);
    expect(taken).toBe(1);
  });

  test("an answer without a body is one over HTTP/1.1 too, and its connection goes on", async () => {
    const { response, body } = await get("/none");
    expect([response.statusCode, response.headers["content-length"], body]).toEqual([200, "0", ""]);
    expect((await get("/plain")).response.statusCode).toBe(200);
  });

  test("trailers pass both ways, from and to HTTP/1.1", async () => {
    const request = http.request(new URL("/trailers", door.url), {
      ...{ method: "POST", agent },
      headers: { trailer: "x-sum", te: "trailers", "transfer-encoding": "chunked" },
    });
    request.write("body");
    request.addTrailers({ "x-sum": "42" });
    request.end();
    const [response] = (await once(request, "response")) as [IncomingMessage];
    response.resume();
    await once(response, "end");
    expect(response.trailers).toEqual({ "x-got": "42" });
  });

  test("an answer that breaks off breaks its client's connection", async () => {
    const request = http.get(new URL("/dies", door.url));
    const [response] = (await once(request, "response")) as [IncomingMessage];
    response.resume();
    const [error] = await once(response, "error");
    expect((error as NodeJS.ErrnoException).code).toBe("ECONNRESET");
  });

  test("a client that leaves cancels its stream", async () => {
    const socket = connect(Number(new URL(door.url).port), "127.0.0.1");
    const asked = closed.length;
    socket.write("GET /never HTTP/1.1\r\nHost: a.test\r\n\r\n");
    await get("/plain");
    socket.resetAndDestroy();
    await until(
      () => closed.slice(asked),
      (lines) => lines.includes(`/never ${http2.constants.NGHTTP2_CANCEL}`),
    );
  });

  test("64 MiB each way arrive whole from HTTP/1.1, and take less than 32 MiB of memory", async () => {
    await get("/big/8");
    const before = rss();
    const part = randomBytes(MIB);
    const hash = createHash("sha256");
    const up = http.request(new URL("/hash", door.url), { method: "POST", agent });
    const answered = once(up, "response") as Promise<[IncomingMessage]>;
    let most = 0;
    for (let i = 0; i < 64; i++) {
      hash.update(part);
      if (!up.write(part)) await once(up, "drain");
      most = Math.max(most, rss());
    }
    up.end();
    const [response] = await answered;
    let hashed = "";
    for await (const chunk of response) hashed += chunk;
    expect(hashed).toBe(hash.digest("hex"));
    let got = 0;
    const [down] = (await once(http.get(new URL("/big/64", door.url)), "response")) as [IncomingMessage];
    for await (const chunk of down) {
      got += (chunk as Buffer).length;
      if ((got & 0xfffff) < (chunk as Buffer).length) most = Math.max(most, rss());
    }
    expect(got).toBe(64 * MIB);
    expect(most - before).toBeLessThan(32 * MIB);
  });

  test("64 clients that do not read hold up nobody, over the one connection", async () => {
    const before = rss();
    const held = Array.from({ length: 64 }, () => {
      const socket = connect(Number(new URL(door.url).port), "127.0.0.1");
      socket.pause();
      socket.on("error", () => {});
      socket.write("GET /big/8 HTTP/1.1\r\nHost: a.test\r\n\r\n");
      return socket;
    });
    await until(
      () => askAdmin<Status>(door.adminUrl, "GET", "/status").then(underWay),
      (requests) => requests >= 64,
    );
    for (let i = 0; i < 5; i++) expect((await get("/big/1")).body.length).toBe(MIB);
    expect(rss() - before).toBeLessThan(160 * MIB);
    for (const socket of held) socket.destroy();
  });

  test("what both sides say is compared, and a shift moves requests", async () => {
    const shift = (position: object) =>
      askAdmin(door.adminUrl, "POST", "/routes/shop/shift", { ...position, reason: "test" });
    await shift({ modern: 0, shadow: 100 });
    for (let i = 0; i < 3; i++) await get("/none");
    await until(
      () => askAdmin<{ comparisons: { match: number } }>(door.adminUrl, "GET", "/routes/shop"),
      ({ comparisons }) => comparisons.match === 3,
    );
    await shift({ modern: 100, shadow: 0 });
    expect((await get("/plain")).response.headers["x-fig-side"]).toBe("modern");
    expect((await get("/fails")).response.statusCode).toBe(503);
  });
});

interface Status {
  readonly upstreams: readonly { readonly members: readonly { readonly requests: number }[] }[];
}

function underWay({ upstreams }: Status): number {
  return upstreams.flatMap(({ members }) => members).reduce((sum, { requests }) => sum + requests, 0);
}
