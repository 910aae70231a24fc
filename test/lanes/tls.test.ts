import { once } from "node:events";
import { connect as connectHttp2, type IncomingHttpHeaders } from "node:http2";
import { createConnection, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import type { TLSSocket } from "node:tls";
import { describe, expect, test } from "vitest";
import { systemClock } from "../../src/clock.ts";
import { TicketKeys } from "../../src/lanes/front/ticket-keys.ts";
import { LANE_KINDS } from "../../src/lanes/index.ts";
import { countedRests } from "../../src/wire/read-gate.ts";
import { until } from "../e2e/until.ts";
import { certificate } from "../support/certificates.ts";
import { ask, Front, GET, tlsOf } from "../support/fronted-lane.ts";

const NAMES = ["shop.test", "*.shop.test"];
const shop = { ...certificate({ names: NAMES }), names: NAMES };
const other = { ...certificate({ names: ["other.test"], rsa: true }), names: ["other.test"] };
const authority = certificate({ names: ["ca"], authority: true });
const client = certificate({ subject: "/O=Bücher, Ltd/CN=client", signedBy: authority });
const stranger = certificate({ subject: "/CN=client" });
const MTLS = { clients: { ca: authority.cert, require: true } };

const serverName = (socket: TLSSocket) => socket.getPeerCertificate().subject.CN;
const closed = (socket: Socket) =>
  until(
    () => socket.closed,
    (is) => is,
  );
/** Waits for the ticket of a session that a later connection may resume. */
const sessionOf = async (socket: TLSSocket): Promise<Buffer> => {
  // That of TLS 1.3 comes behind the handshake.
  const ticket = socket.getProtocol() === "TLSv1.3" ? once(socket, "session") : [socket.getSession()];
  await ask(socket, GET);
  return (await ticket)[0] as Buffer;
};

describe.each(LANE_KINDS)("TLS before the $name lane", (kind) => {
  test("serves decrypted requests, several on one connection, and says that they were encrypted", async () => {
    const front = await Front.open(kind, { tls: tlsOf([shop]) });
    const socket = await front.secure({ ALPNProtocols: ["http/1.1"] });
    expect([socket.getProtocol(), socket.alpnProtocol]).toEqual(["TLSv1.3", "http/1.1"]);
    for (let i = 0; i < 3; i++) expect(await ask(socket, GET)).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(front.heads.map(({ encrypted, remoteAddress }) => [encrypted, remoteAddress])).toEqual(
      Array(3).fill([true, "127.0.0.1"]),
    );
    expect(front.lane.handshakes).toEqual({ full: 1 });
    expect(front.lane.connections).toBe(1);
    expect(front.lane.taken[kind.name]).toBe(3);
  });

  test("a tunnel in records of one byte rests while the others are read", async () => {
    const front = await Front.open(kind, { tls: tlsOf([shop]) });
    const socket = await front.secure({ ALPNProtocols: ["http/1.1"] });
    socket.write("GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n");
    await once(socket, "data");
    const rests = countedRests();
    for (let sent = 0; sent < 1100; sent++) await new Promise((taken) => socket.write("x", taken));
    await until(
      () => front.received,
      (received) => received === 1100,
    );
    expect(countedRests()).toBeGreaterThan(rests);
  });

  test("takes large bodies, requests outside the narrow form, pipelined ones, and a tunnel", async () => {
    const front = await Front.open(kind, { tls: tlsOf([shop]) });
    const socket = await front.secure();
    const size = 3_000_000;
    await ask(socket, `POST /body HTTP/1.1\r\nHost: a\r\nContent-Length: ${size}\r\n\r\n${"x".repeat(size)}`);
    await ask(
      socket,
      "POST /body HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
    );
    expect(front.received).toBe(size + 3);
    expect(await ask(socket, "GET / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n")).toMatch(
      / 200 OK/,
    );
    const second = await front.secure();
    second.write(GET + GET);
    let both = "";
    second.on("data", (bytes) => {
      both += bytes;
    });
    await until(
      () => both.split("200 OK").length,
      (count) => count === 3,
    );
    const third = await front.secure();
    third.write("GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n");
    expect(String((await once(third, "data"))[0])).toMatch(/^HTTP\/1\.1 101 /);
    third.write("through");
    expect(String((await once(third, "data"))[0])).toBe("through");
    third.end();
    await once(third, "end");
    expect(front.aborted).toEqual([]);
  });

  test("a client that ends its side behind a request is answered", async () => {
    const front = await Front.open(kind, { tls: tlsOf([shop]) });
    const socket = await front.secure({ allowHalfOpen: true } as object);
    socket.end(GET);
    expect(await ask(socket, "")).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  });

  test("an answer that breaks off does not end in order", async () => {
    const front = await Front.open(kind, { tls: tlsOf([shop]) });
    const socket = await front.secure();
    let ended = false;
    socket.on("end", () => {
      ended = true;
    });
    socket.resume();
    socket.write("GET /open HTTP/1.0\r\nHost: a\r\n\r\n");
    const [request] = await until(
      () => front.open,
      (open) => open.length > 0,
    );
    request?.respond(200, "OK", [], -3, true);
    request?.write(Buffer.from("some of it"));
    const closed = new Promise((resolve) => socket.once("close", resolve));
    await once(socket, "data");
    request?.abort();
    await closed;
    expect(ended).toBe(false);
  });

  test("a certificate is chosen by name; the first is for all others", async () => {
    const front = await Front.open(kind, { tls: tlsOf([shop, other]) });
    const named = async (servername: string) => serverName(await front.secure({ servername }));
    expect(await named("OTHER.test")).toBe("other.test");
    expect(await named("shop.test")).toBe("shop.test");
    expect(await named("a.shop.test")).toBe("shop.test");
    expect(await named("b.a.shop.test")).toBe("shop.test");
    expect(await named("unknown.test")).toBe("shop.test");
    expect(serverName(await front.secure())).toBe("shop.test");
  });

  test("the oldest version is what the files say", async () => {
    const front = await Front.open(kind, { tls: tlsOf([shop], { minVersion: "1.3" }) });
    await expect(front.secure({ maxVersion: "TLSv1.2" })).rejects.toThrow();
    expect(front.lane.handshakes).toEqual({ failed: 1 });
    const old = await Front.open(kind, { tls: tlsOf([shop]) });
    expect((await old.secure({ maxVersion: "TLSv1.2" })).getProtocol()).toBe("TLSv1.2");
    await expect(
      old.secure({ minVersion: "TLSv1.1", maxVersion: "TLSv1.1", ciphers: "ALL:@SECLEVEL=0" }),
    ).rejects.toThrow();
  });

  test("plain HTTP gets words, and noise does no harm", async () => {
    const front = await Front.open(kind, { tls: tlsOf([shop]) });
    expect(await ask(await front.connect(), GET)).toMatch(/^HTTP\/1\.1 400 No\r\n.*\r\n\r\nno$/s);
    expect(front.refusals).toEqual(["plain_http"]);
    for (const noise of [
      "\0\0\0\0\0\0",
      "\x16\x03\x01\xff\xff",
      "\x15\x03\x03\0\x02\x02\x28",
      "SSH-2.0-x\r\n",
    ]) {
      const socket = await front.connect();
      socket.end(noise, "latin1");
      socket.resume();
      await once(socket, "close");
    }
    expect(await ask(await front.secure(), GET)).toMatch(/ 200 OK/);
    expect(front.lane.handshakes).toMatchObject({ plain_http: 1, full: 1 });
    expect(Object.values(front.lane.handshakes).reduce((sum, count) => sum + count)).toBe(6);
  });

  test("a client may not ask for another handshake", async () => {
    const front = await Front.open(kind, { tls: tlsOf([shop]) });
    const socket = await front.secure({ maxVersion: "TLSv1.2" });
    const failed = await new Promise((resolve) => {
      socket.on("error", resolve);
      socket.renegotiate({}, resolve);
    });
    expect(String(failed)).toMatch(/no_renegotiation|no renegotiation/i);
  });

  test("a handshake has its time, whole; at the bound the oldest goes", async () => {
    const front = await Front.open(kind, { tls: tlsOf([shop]), maxHandshakes: 2 });
    const [silent, slow] = [await front.connect(), await front.connect()];
    slow.write("\x16\x03\x01", "latin1");
    await until(
      () => front.lane.underWay,
      (count) => count === 2,
    );
    const quick = await front.secure();
    await closed(silent);
    expect(await ask(quick, GET)).toMatch(/ 200 OK/);
    expect(front.lane.handshakes).toEqual({ full: 1, limit: 1 });
    front.deadlines.sweep(500);
    slow.write("\x02", "latin1");
    front.deadlines.sweep(1500);
    await closed(slow);
    expect(front.lane.handshakes).toEqual({ full: 1, limit: 1, timeout: 1 });
    expect(front.lane.underWay).toBe(0);
    expect(await ask(quick, GET)).toMatch(/ 200 OK/);
  });

  test("a client that leaves within its handshake is counted", async () => {
    const front = await Front.open(kind, { tls: tlsOf([shop]) });
    (await front.connect()).destroy();
    await until(
      () => front.lane.handshakes.client_left,
      (count) => count === 1,
    );
    expect(front.lane.connections).toBe(0);
  });

  test("new connections get other certificates; open ones go on", async () => {
    const front = await Front.open(kind, { tls: tlsOf([shop]) });
    const before = await front.secure();
    await ask(before, GET);
    const commit = front.lane.prepare(tlsOf([other]));
    expect(serverName(await front.secure())).toBe("shop.test");
    commit();
    expect(serverName(await front.secure())).toBe("other.test");
    expect(await ask(before, GET)).toMatch(/ 200 OK/);
    expect(() => front.lane.prepare(tlsOf([{ ...shop, key: "no key" }]))).toThrow();
    expect(serverName(await front.secure())).toBe("other.test");
  });

  test.each(["TLSv1.2", "TLSv1.3"] as const)(
    "sessions of %s are resumed, by other certificates too, until the key is another",
    async (maxVersion) => {
      const tickets = new TicketKeys(systemClock.hex);
      const front = await Front.open(kind, { tls: tlsOf([shop]), tickets });
      const session = await sessionOf(await front.secure({ maxVersion }));
      const again = await front.secure({ maxVersion, session });
      expect(again.isSessionReused()).toBe(true);
      expect(await ask(again, GET)).toMatch(/ 200 OK/);
      expect(front.lane.handshakes).toEqual({ full: 1, resumed: 1 });
      front.lane.prepare(tlsOf([other]))();
      expect((await front.secure({ maxVersion, session })).isSessionReused()).toBe(true);
      tickets.rotate();
      front.lane.renewTickets();
      const full = await front.secure({ maxVersion, session });
      expect(full.isSessionReused()).toBe(false);
      expect(await ask(full, GET)).toMatch(/ 200 OK/);
    },
  );

  test("who the client is goes upstream; one without a valid certificate gets words", async () => {
    const front = await Front.open(kind, { tls: tlsOf([shop], MTLS) });
    const known = await front.secure({ ...client });
    await ask(known, GET);
    const fingerprint = known.getCertificate() as { readonly fingerprint256?: string };
    expect(front.heads.at(-1)?.certificate).toEqual([
      ...["x-fig-client-cert-verify", "SUCCESS"],
      ...["x-fig-client-cert-subject", "CN=client,O=B\\C3\\BCcher\\, Ltd"],
      ...["x-fig-client-cert-issuer", "CN=ca"],
      ...["x-fig-client-cert-serial", expect.stringMatching(/^[0-9A-F]+$/)],
      ...["x-fig-client-cert-fingerprint", fingerprint.fingerprint256?.replaceAll(":", "").toLowerCase()],
    ]);
    for (const options of [{}, stranger]) {
      const refused = await front.secure(options).catch(() => undefined);
      if (refused !== undefined) expect(await ask(refused, "")).toMatch(/^HTTP\/1\.1 400 /);
    }
    expect(front.heads).toHaveLength(1);
    expect(front.lane.handshakes).toMatchObject({ full: 1, client_certificate: 2 });
    expect(front.refusals).toEqual(["client_certificate", "client_certificate"]);
  });

  test("one without a valid certificate gets the words over HTTP/2 too", async () => {
    const http2 = { hex: systemClock.hex, maxStreams: 10 };
    const front = await Front.open(kind, { tls: tlsOf([shop], MTLS), http2 });
    for (const options of [{}, stranger]) {
      const socket = await front.secure({ ...options, ALPNProtocols: ["h2"] });
      const session = connectHttp2("https://shop.test", { createConnection: () => socket });
      session.on("error", () => {});
      const request = session.request({ ":path": "/" });
      const [headers] = (await once(request, "response")) as [IncomingHttpHeaders];
      expect([headers[":status"], await text(request)]).toEqual([400, "no"]);
      await until(
        () => session.destroyed,
        (is) => is,
      );
    }
    expect(front.heads).toEqual([]);
    expect(front.refusals).toEqual(["client_certificate", "client_certificate"]);
    await until(
      () => front.lane.connections,
      (open) => open === 0,
    );
  });

  test("of clients of HTTP/2 without a certificate, one that asks for nothing is not kept", async () => {
    const front = await Front.open(kind, {
      tls: tlsOf([shop], MTLS),
      http2: { hex: systemClock.hex, maxStreams: 10 },
    });
    const socket = await front.secure({ ALPNProtocols: ["h2"] });
    socket.resume();
    await until(
      () => front.lane.handshakes.client_certificate,
      (refused) => refused === 1,
    );
    front.deadlines.sweep(front.deadlines.now + 1000);
    await closed(socket);
    expect(front.refusals).toEqual([]);
    expect(front.lane.handshakes).toEqual({ client_certificate: 1 });
  });

  test("where none is required, upstreams learn that there is none, and nothing of one that does not verify", async () => {
    const front = await Front.open(kind, {
      tls: tlsOf([shop], { clients: { ca: authority.cert, require: false } }),
    });
    for (const options of [{}, stranger, client]) await ask(await front.secure(options), GET);
    expect(front.heads.map(({ certificate: fields }) => fields?.slice(0, 4))).toEqual([
      ["x-fig-client-cert-verify", "NONE"],
      ["x-fig-client-cert-verify", expect.stringMatching(/^FAILED:[A-Z0-9_]+$/)],
      [...["x-fig-client-cert-verify", "SUCCESS"], ...["x-fig-client-cert-subject", expect.anything()]],
    ]);
  });

  test.each(["TLSv1.2", "TLSv1.3"] as const)(
    "a session of %s is no way around a client's certificate",
    async (maxVersion) => {
      const tickets = new TicketKeys(systemClock.hex);
      const open = await Front.open(kind, { tls: tlsOf([shop]), tickets });
      const closed = await Front.open(kind, { tls: tlsOf([shop], MTLS), tickets });
      const session = await sessionOf(await open.secure({ maxVersion }));
      const tried = await closed.secure({ maxVersion, session }).catch(() => undefined);
      if (tried !== undefined) expect(await ask(tried, GET)).toMatch(/^HTTP\/1\.1 400 /);
      expect(closed.heads).toEqual([]);
      // The client's own session keeps who it is.
      const own = await sessionOf(await closed.secure({ maxVersion, ...client }));
      const resumed = await closed.secure({ maxVersion, session: own });
      expect(resumed.isSessionReused()).toBe(true);
      await ask(resumed, GET);
      expect(closed.heads.at(-1)?.certificate?.[1]).toBe("SUCCESS");
      // Signed by nobody who is known any more.
      closed.lane.prepare(tlsOf([shop], { clients: { ca: shop.cert, require: true } }))();
      const later = await closed.secure({ maxVersion, session: own }).catch(() => undefined);
      if (later !== undefined) expect(await ask(later, GET)).toMatch(/^HTTP\/1\.1 400 /);
      expect(closed.heads).toHaveLength(2);
    },
  );

  test("the end of the lane ends handshakes too", async () => {
    const front = await Front.open(kind, { tls: tlsOf([shop]) });
    const { host, port } = front.address;
    const waiting = createConnection({ host, port }).on("error", () => {});
    await until(
      () => front.lane.underWay,
      (count) => count === 1,
    );
    front.lane.closeIdle();
    await once(waiting, "close");
    await until(
      () => front.lane.connections,
      (count) => count === 0,
    );
  });
});
