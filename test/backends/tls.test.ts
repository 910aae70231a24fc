import { once } from "node:events";
import { copyFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { createServer, type TLSSocket, type TlsOptions } from "node:tls";
import { afterEach, describe, expect, test } from "vitest";
import { NO_BODY } from "../../src/domain/message.ts";
import type { UpstreamTls } from "../../src/domain/upstream.ts";
import { countedRests } from "../../src/wire/read-gate.ts";
import { authority, type Issued } from "./certificates.ts";
import { answering, ask, closers, OK, openUpstream, type Script, serveAt, serveHeads } from "./world.ts";

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const HERE = { ca: undefined, cert: undefined, key: undefined, servername: undefined, verify: true };

/** An HTTPS server on loopback. */
async function secure({ cert, key }: Issued, options: TlsOptions = {}, script: Script = answering) {
  const heads: string[] = [];
  const sockets: TLSSocket[] = [];
  const reused: boolean[] = [];
  let received = 0;
  const server = createServer({ cert, key, ALPNProtocols: ["h2", "http/1.1"], ...options });
  const serve = serveHeads({ heads }, script);
  server.on("secureConnection", (socket) => {
    sockets.push(socket);
    reused.push(socket.isSessionReused());
    socket.on("error", () => {});
    socket.on("data", (chunk) => {
      received += chunk.length;
    });
    serve(socket);
  });
  server.on("tlsClientError", () => {});
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  closers.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const url = `https://127.0.0.1:${port}`;
  return { heads, sockets, reused, server, port, url, received: () => received };
}

const open = (
  url: string,
  tls?: Partial<UpstreamTls>,
  more: Parameters<typeof openUpstream>[0] | object = {},
) => openUpstream({ urls: [url], tls: { ...HERE, ...tls }, ...more }, { resolve: toLoopback });

const toLoopback = (_name: string, done: (error: undefined, addresses: readonly string[]) => void) =>
  void setImmediate(() => done(undefined, ["127.0.0.1"]));

describe("an upstream over HTTPS", () => {
  test("is asked over one connection for one request after the other, by HTTP/1.1, and by its name", async () => {
    const ca = authority();
    const server = await secure(ca.issue("orders", "DNS:orders.test"));
    const { backend } = open(`https://orders.test:${server.port}`, { ca: ca.certFile });
    for (let i = 0; i < 3; i++) expect(await ask(backend)).toMatchObject({ status: 200, body: "ok" });
    const [socket, ...others] = server.sockets;
    expect(others).toEqual([]);
    expect(socket).toMatchObject({ alpnProtocol: "http/1.1", servername: "orders.test" });
    expect(server.heads[0]).toMatch(/^GET \/x HTTP\/1\.1\r\nHost: shop\.test/);
  });

  test("sends bodies of a megabyte both ways as they are", async () => {
    const ca = authority();
    const sent = Buffer.alloc(1024 * 1024, "0123456789abcdef").toString("latin1");
    const server = await secure(ca.issue("orders", "IP:127.0.0.1"), {}, (_head, socket) => {
      const whenWhole = () => {
        if (server.received() < sent.length) setImmediate(whenWhole);
        else socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${sent.length}\r\n\r\n${sent}`);
      };
      whenWhole();
    });
    const { backend } = open(server.url, { ca: ca.certFile });
    const answer = await ask(
      backend,
      { method: "POST", headers: ["Host", "a", "Content-Length", String(sent.length)] },
      sent,
    );
    expect(answer.code).toBeUndefined();
    expect(answer.body === sent).toBe(true);
  });

  test("leaves no memory behind for what it sends: the next read takes the same, or it is given back", async () => {
    const ca = authority();
    const body = Buffer.alloc(1024 * 1024, "0123456789abcdef");
    const http1 = { ALPNProtocols: ["http/1.1"] };
    const server = await secure(ca.issue("orders", "IP:127.0.0.1"), http1, (_head, socket) => {
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n`);
      socket.write(body);
    });
    for (const protocol of [undefined, "auto"] as const) {
      const { backend } = open(server.url, { ca: ca.certFile }, protocol === undefined ? {} : { protocol });
      const memory = new Set<ArrayBufferLike>();
      const got: Buffer[] = [];
      await new Promise<void>((resolve, reject) => {
        const call = backend.open(
          {
            ...{ method: "GET", target: "/x", headers: ["Host", "shop.test"], upgrade: false },
            ...{ retryable: true, framing: NO_BODY, timeoutMs: undefined },
          },
          {
            ...{ onRequestDrain: () => {}, onInform: () => {}, onUpgrade: () => {}, onHead: () => {} },
            onData: (chunk) => {
              memory.add(chunk.buffer);
              got.push(Buffer.from(chunk));
            },
            onEnd: () => resolve(),
            onError: (code, message) => reject(new Error(`${code}: ${message}`)),
          },
        );
        call.end(undefined);
      });
      // The last chunk is given back once it was handed on.
      await new Promise(setImmediate);
      expect(Buffer.concat(got).equals(body)).toBe(true);
      const left = [...memory].reduce((sum, { byteLength }) => sum + byteLength, 0);
      expect([protocol, left <= 64 * 1024]).toEqual([protocol, true]);
    }
  });

  test("rests while the others are read when it answers in records of one byte", async () => {
    const ca = authority();
    const server = await secure(ca.issue("orders", "IP:127.0.0.1"), {}, async (_head, socket) => {
      socket.write("HTTP/1.1 200 OK\r\nContent-Length: 1100\r\n\r\n");
      for (let sent = 0; sent < 1100; sent++) await new Promise((taken) => socket.write("x", taken));
    });
    const rests = countedRests();
    const { backend } = open(server.url, { ca: ca.certFile });
    expect((await ask(backend)).body).toHaveLength(1100);
    expect(countedRests()).toBeGreaterThan(rests);
  });

  const ends: readonly (readonly [
    string,
    (mine: ReturnType<typeof authority>) => Partial<UpstreamTls>,
    RegExp,
  ])[] = [
    [
      "of an authority that is not believed",
      () => ({}),
      /UNABLE_TO_VERIFY_LEAF_SIGNATURE|UNABLE_TO_GET_ISSUER/,
    ],
    [
      "for another name",
      (mine) => ({ ca: mine.certFile, servername: "other.test" }),
      /ERR_TLS_CERT_ALTNAME_INVALID/,
    ],
  ];
  test.each(ends)("whose certificate is %s is not asked, and it is said why", async (_what, tls, says) => {
    const ca = authority();
    const server = await secure(ca.issue("orders", "IP:127.0.0.1"));
    const { backend } = open(server.url, tls(ca));
    expect(await ask(backend)).toMatchObject({
      code: "upstream_certificate",
      message: expect.stringMatching(says),
    });
    expect(server.heads).toEqual([]);
    expect(backend.state().tries).toMatchObject({ certificate: 1, answered: 0 });
  });

  test("whose certificate has ended is not asked", async () => {
    const ca = authority();
    const server = await secure(ca.issue("orders", "IP:127.0.0.1", 0));
    const { backend } = open(server.url, { ca: ca.certFile });
    expect(await ask(backend)).toMatchObject({
      code: "upstream_certificate",
      message: expect.stringMatching(/CERT_HAS_EXPIRED/),
    });
  });

  test("is asked whatever its certificate is, where the file says so", async () => {
    const server = await secure(authority().issue("orders", "DNS:nobody.test"));
    expect(await ask(open(server.url, { verify: false }).backend)).toMatchObject({ status: 200 });
  });

  test("that speaks no TLS is refused, and told so", async () => {
    const plain = await serveAt({ host: "127.0.0.1", port: 0 });
    plain.server.on("connection", (socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"));
    const { code, message } = await ask(open(`https://127.0.0.1:${plain.port}`).backend);
    expect([code, message]).toEqual(["upstream_refused", expect.stringMatching(/ERR_SSL|ECONNRESET/)]);
  });

  test("gets the front door's own certificate", async () => {
    const ca = authority();
    const mine = ca.issue("fig", "DNS:fig.test");
    const server = await secure(ca.issue("orders", "IP:127.0.0.1"), {
      ...{ requestCert: true, rejectUnauthorized: true, ca: ca.cert },
    });
    const tls = { ca: ca.certFile, cert: mine.certFile, key: mine.keyFile };
    expect(await ask(open(server.url, tls).backend)).toMatchObject({ status: 200 });
    expect(server.sockets[0]?.getPeerCertificate().subject).toMatchObject({ CN: "fig" });
    const without = await ask(open(server.url, { ca: ca.certFile }).backend);
    expect(without.status).toBe(0);
    expect(without.code).toMatch(/^upstream_(?:reset|refused|certificate)$/);
  });

  test("is met with the session of an earlier connection", async () => {
    const ca = authority();
    const server = await secure(ca.issue("orders", "IP:127.0.0.1"), {}, (_head, socket) => {
      socket.end("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    });
    const { backend } = open(server.url, { ca: ca.certFile });
    for (let i = 0; i < 3; i++) expect(await ask(backend)).toMatchObject({ status: 200 });
    expect(server.reused).toEqual([false, true, true]);
  });

  test("is met with the files as they are now, and with the last good ones if those cannot be used", async () => {
    const [old, other] = [authority("old"), authority("other")];
    const server = await secure(other.issue("orders", "IP:127.0.0.1"), {}, (_head, socket) => {
      socket.end(OK.replace("Content", "Connection: close\r\nContent"));
    });
    const ca = join(old.folder, "believed.pem");
    copyFileSync(old.certFile, ca);
    const { backend, pass } = open(server.url, { ca });
    expect((await ask(backend)).code).toBe("upstream_certificate");
    copyFileSync(other.certFile, ca);
    pass(5_000);
    const untilAnswered = async () => {
      while ((await ask(backend)).status !== 200) await new Promise((resolve) => setImmediate(resolve));
    };
    await untilAnswered();
    copyFileSync(other.keyFile, ca);
    pass(5_000);
    while (backend.warnings().length === 0) await new Promise((resolve) => setImmediate(resolve));
    expect(backend.warnings()[0]).toMatch(/files of tls cannot be used, and those that were read last are/);
    expect((await ask(backend)).status).toBe(200);
  });

  test("that breaks off in a body is not complete", async () => {
    const ca = authority();
    const server = await secure(ca.issue("orders", "IP:127.0.0.1"), {}, (_head, socket) => {
      socket.write("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok", () => socket.destroy());
    });
    expect((await ask(open(server.url, { ca: ca.certFile }).backend)).code).toBe("upstream_reset");
  });
});
