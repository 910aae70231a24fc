import { once } from "node:events";
import { createSecureServer, type IncomingHttpHeaders, type SecureServerOptions } from "node:http2";
import { createServer as createHttp1Server } from "node:https";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { CHUNKED, type RawHeaders } from "../../src/domain/message.ts";
import { until } from "../e2e/until.ts";
import { authority, type Issued } from "./certificates.ts";
import { serve } from "./http2-world.ts";
import { ask, closers, openUpstream } from "./world.ts";

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const met = (holds: () => boolean) => until(holds, (value) => value, 5_000);

describe("an upstream over HTTP/2", () => {
  test("is asked over one connection, however many requests there are", async () => {
    const seen: IncomingHttpHeaders[] = [];
    const served = await serve((stream, headers) => {
      seen.push(headers);
      stream.respond({ ":status": 200, "x-a": "b" });
      stream.end("hello");
    });
    const { backend } = openUpstream({ urls: [served.url], protocol: "http2" });
    const headers = ["Host", "shop.test", "X-Mixed", "Case", "Connection", "x", "te", "trailers"];
    const answers = await Promise.all([1, 2, 3].map(() => ask(backend, { headers })));
    for (const { status, body } of answers) expect([status, body]).toEqual([200, "hello"]);
    expect(seen[0]).toMatchObject({
      ...{ ":authority": "shop.test", ":path": "/x", ":scheme": "http" },
      ...{ "x-mixed": "Case", te: "trailers" },
    });
    expect(seen[0]).not.toHaveProperty("host");
    expect(seen[0]).not.toHaveProperty("connection");
    const { status } = await ask(backend, { headers: [] });
    expect(status).toBe(200);
    expect(seen[3]?.[":authority"]).toBe(served.url.slice("http://".length));
    expect(served.taken).toBe(1);
    await met(() => backend.state().members[0]?.idle === 1);
    expect(backend.state().members[0]).toMatchObject({ requests: 0 });
  });

  test("gets its own authority where it has its own Host", async () => {
    const seen: IncomingHttpHeaders[] = [];
    const served = await serve((stream, headers) => {
      seen.push(headers);
      stream.respond({ ":status": 204 }, { endStream: true });
    });
    const { backend } = openUpstream({ urls: [served.url], protocol: "http2", host: "upstream" });
    expect(await ask(backend)).toMatchObject({ status: 204, body: "" });
    expect(seen[0]?.[":authority"]).toBe(served.url.slice("http://".length));
  });

  test("passes trailers both ways, informational answers, and fields that came twice", async () => {
    const requestTrailers: IncomingHttpHeaders[] = [];
    const served = await serve((stream) => {
      stream.on("trailers", (trailers) => requestTrailers.push(trailers));
      stream.resume();
      stream.on("end", () => {
        stream.additionalHeaders({ ":status": 103, link: "</a.css>; rel=preload" });
        stream.respond({ ":status": 200, "set-cookie": ["a=1", "b=2"] }, { waitForTrailers: true });
        stream.on("wantTrailers", () => stream.sendTrailers({ "x-sum": "42" }));
        stream.end("body");
      });
    });
    const { backend } = openUpstream({ urls: [served.url], protocol: "http2" });
    const heard: unknown[] = [];
    await new Promise<void>((done) => {
      const call = backend.open(
        {
          ...{ method: "POST", target: "/x", headers: ["Host", "a.test", "Trailer", "x-req"] },
          ...{ framing: CHUNKED, upgrade: false, retryable: false, timeoutMs: undefined },
        },
        {
          ...{ onRequestDrain: () => {}, onUpgrade: () => {}, onData: () => {} },
          onInform: (status, _reason, headers) => heard.push([status, headers]),
          onHead: (status, _reason, headers, framing) =>
            heard.push([status, headers.filter((_, i) => headers[i - (i % 2)] === "set-cookie"), framing]),
          onEnd: (trailers) => {
            heard.push(trailers);
            done();
          },
          onError: (code) => {
            heard.push(code);
            done();
          },
        },
      );
      call.write(Buffer.from("x"));
      call.end(["x-req", "1"]);
    });
    expect(heard).toEqual([
      [103, ["link", "</a.css>; rel=preload"]],
      [200, ["set-cookie", "a=1", "set-cookie", "b=2"], CHUNKED],
      ["x-sum", "42"],
    ]);
    expect(requestTrailers).toMatchObject([{ "x-req": "1" }]);
  });

  test("is read no faster than its client reads, and written no faster than it reads", async () => {
    let sent = 0;
    const served = await serve((stream, headers) => {
      if (headers[":method"] === "POST") {
        stream.pause();
        return;
      }
      stream.respond({ ":status": 200 });
      const more = () => {
        while (sent < 8 * 1024 * 1024) {
          sent += 16 * 1024;
          if (!stream.write(Buffer.alloc(16 * 1024))) {
            stream.once("drain", more);
            return;
          }
        }
        stream.end();
      };
      more();
    });
    const { backend } = openUpstream({ urls: [served.url], protocol: "http2" });
    const quiet = { onRequestDrain: () => {}, onInform: () => {}, onUpgrade: () => {}, onError: () => {} };
    const request = { target: "/x", headers: [], upgrade: false, retryable: false, timeoutMs: undefined };
    let got = 0;
    const done = Promise.withResolvers<void>();
    const call = backend.open(
      { ...request, method: "GET", framing: -1 },
      {
        ...quiet,
        onHead: () => call.pause(),
        onData: (chunk) => {
          got += chunk.length;
        },
        onEnd: () => done.resolve(),
      },
    );
    call.end(undefined);
    await met(() => sent > 0);
    await new Promise((later) => setTimeout(later, 200));
    expect(sent).toBeLessThan(1024 * 1024);
    call.resume();
    await done.promise;
    expect(got).toBe(8 * 1024 * 1024);

    const upload = backend.open(
      { ...request, method: "POST", framing: CHUNKED },
      { ...quiet, onHead: () => {}, onData: () => {}, onEnd: () => {} },
    );
    await met(() => upload.write(Buffer.alloc(1024)));
    let written = 0;
    while (upload.write(Buffer.alloc(64 * 1024)) && written < 100) written++;
    expect(written).toBeLessThan(4);
    upload.abort();
  });

  test("is left after its time without requests, and after its age", async () => {
    const served = await serve((stream) => {
      stream.respond({ ":status": 200 });
      stream.end();
    });
    const connections = { idleMs: 4_000, maxAgeMs: 10_000 };
    const { backend, pass } = openUpstream({ urls: [served.url], protocol: "http2", connections });
    await ask(backend);
    await met(() => backend.state().members[0]?.idle === 1);
    pass(4_001);
    await met(() => served.sessions.size === 0);
    for (let i = 0; i < 4; i++) {
      await ask(backend);
      await met(() => backend.state().members[0]?.idle === 1);
      pass(3_000);
    }
    expect(served.taken).toBe(2);
    await ask(backend);
    expect(served.taken).toBe(3);
  });

  test("has a request that it fails tried again at another address, with its body", async () => {
    const bodies: string[] = [];
    const served = await Promise.all(
      [503, 200].map((status) =>
        serve((stream) => {
          let body = "";
          stream.on("data", (chunk: Buffer) => {
            body += chunk.toString();
          });
          stream.on("end", () => {
            bodies.push(body);
            stream.respond({ ":status": status });
            stream.end(String(status));
          });
        }),
      ),
    );
    const retries = { attempts: 1, on: [503] as const, budgetPercent: 100 };
    const { backend } = openUpstream(
      { urls: served.map(({ url }) => url), protocol: "http2", retries },
      { bodies: { reserve: () => true, release: () => {} } as never },
    );
    const body = "x".repeat(100_000);
    for (let i = 0; i < 2; i++)
      expect(await ask(backend, { method: "PUT" }, body)).toMatchObject({ body: "200" });
    expect(new Set(bodies)).toEqual(new Set([body]));
    expect(backend.state().retries).toBe(bodies.length - 2);
    expect(bodies.length).toBeGreaterThan(2);
  });

  test("is checked by gRPC's own question where that is asked", async () => {
    let said = Buffer.from([0, 0, 0, 0, 2, 8, 2]);
    const asked: IncomingHttpHeaders[] = [];
    const served = await serve((stream, headers) => {
      asked.push(headers);
      stream.resume();
      stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
      stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
      stream.end(said);
    });
    const path = "/grpc.health.v1.Health/Check";
    const health = { path, intervalMs: 1_000, timeoutMs: 2_000, up: 1, down: 1 };
    const { backend, pass } = openUpstream({ urls: [served.url], protocol: "http2", health });
    const becomes = async (condition: string) => {
      await met(() => {
        pass(100);
        return backend.state().members[0]?.condition === condition;
      });
    };
    await becomes("down");
    said = Buffer.from([0, 0, 0, 0, 2, 8, 1]);
    await becomes("up");
    expect(asked[0]).toMatchObject({ ":method": "POST", ":path": path, "content-type": "application/grpc" });
  });

  test("is checked over HTTP/2 too", async () => {
    let status = 500;
    const served = await serve((stream) => {
      stream.respond({ ":status": status });
      stream.end();
    });
    const health = { path: "/healthz", intervalMs: 1_000, timeoutMs: 2_000, up: 1, down: 1 };
    const { backend, pass } = openUpstream({ urls: [served.url], protocol: "http2", health });
    const becomes = async (condition: string) => {
      await met(() => {
        pass(100);
        return backend.state().members[0]?.condition === condition;
      });
    };
    await becomes("down");
    status = 200;
    await becomes("up");
    expect(backend.state()).toMatchObject({ tries: { answered: 0 } });
  });
});

describe("an upstream over TLS", () => {
  /** Answers with the protocol that was spoken. */
  async function secure({ cert, key }: Issued, options: SecureServerOptions = {}) {
    const server =
      options.allowHTTP1 === false
        ? createHttp1Server({ cert, key })
        : createSecureServer({ cert, key, allowHTTP1: true, ...options });
    let handshakes = 0;
    server.on("secureConnection", () => {
      handshakes++;
    });
    server.on("request", (request: { httpVersion: string }, response: { end(text: string): void }) =>
      response.end(request.httpVersion),
    );
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    closers.push(() => void server.close());
    const { port } = server.address() as AddressInfo;
    return { url: `https://127.0.0.1:${port}`, handshakes: () => handshakes };
  }

  const tlsOf = (ca: Issued, more: object = {}) => ({
    ...{ ca: ca.certFile, cert: undefined, key: undefined, servername: undefined, verify: true },
    ...more,
  });

  test("is asked in HTTP/2 where it takes that, as auto and as http2", async () => {
    const ca = authority();
    const served = await secure(ca.issue("orders", "IP:127.0.0.1"));
    for (const protocol of ["auto", "http2"] as const) {
      const { backend } = openUpstream({ urls: [served.url], protocol, tls: tlsOf(ca) });
      expect(await Promise.all([ask(backend), ask(backend)])).toMatchObject([
        { body: "2.0" },
        { body: "2.0" },
      ]);
      backend.close();
    }
    expect(served.handshakes()).toBe(2);
  });

  test("is asked in HTTP/1.1 where it does not, as auto: the connection that found it out goes on", async () => {
    const ca = authority();
    const served = await secure(ca.issue("orders", "IP:127.0.0.1"), { allowHTTP1: false });
    const { backend } = openUpstream({ urls: [served.url], protocol: "auto", tls: tlsOf(ca) });
    expect(await Promise.all([ask(backend), ask(backend)])).toMatchObject([{ body: "1.1" }, { body: "1.1" }]);
    expect(await ask(backend)).toMatchObject({ body: "1.1" });
    expect(served.handshakes()).toBe(2);
    const { backend: strict } = openUpstream({ urls: [served.url], protocol: "http2", tls: tlsOf(ca) });
    expect((await ask(strict)).code).toMatch(/^upstream_(?:invalid|refused)$/);
  });

  test("is met with own authorities and a certificate of the front door's, or not at all", async () => {
    const ca = authority();
    const issued = ca.issue("orders", "DNS:orders.test");
    const served = await secure(issued, { ca: ca.cert, requestCert: true, rejectUnauthorized: true });
    const own = ca.issue("door", "DNS:door.test");
    const asked = (tls: object) =>
      ask(openUpstream({ urls: [served.url], protocol: "http2", tls: tlsOf(ca, tls) }).backend);
    const mine = { cert: own.certFile, key: own.keyFile };
    expect(await asked({ servername: "orders.test", ...mine })).toMatchObject({ body: "2.0" });
    expect(await asked({ servername: "other.test", ...mine })).toMatchObject({
      code: "upstream_certificate",
    });
    expect((await asked({ servername: "orders.test" })).code).toMatch(/^upstream_/);
  });

  test("takes an upgrade over HTTP/1.1, as auto", async () => {
    const ca = authority();
    const served = await secure(ca.issue("orders", "IP:127.0.0.1"));
    const { backend } = openUpstream({ urls: [served.url], protocol: "auto", tls: tlsOf(ca) });
    expect(await ask(backend)).toMatchObject({ body: "2.0" });
    const headers: RawHeaders = ["Host", "a.test", "Upgrade", "websocket"];
    expect(await ask(backend, { headers, upgrade: true })).toMatchObject({ body: "1.1" });
  });
});
