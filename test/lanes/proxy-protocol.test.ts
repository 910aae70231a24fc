import { unlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { LANE_KINDS } from "../../src/lanes/index.ts";
import { until } from "../e2e/until.ts";
import { certificate } from "../support/certificates.ts";
import { ask, Front, GET, tlsOf } from "../support/fronted-lane.ts";

const HEADER = "PROXY TCP4 9.8.7.6 1.1.1.1 5 6\r\n";
const LOCAL = "\r\n\r\n\0\r\nQUIT\n\x20\0\0\0";
const TRUSTED = { proxyProtocol: true, trusted: ["127.0.0.0/8"] };
const pair = certificate();

describe.each(LANE_KINDS)("the PROXY protocol before the $name lane", (kind) => {
  test("says who the client is, of every request of the connection", async () => {
    const front = await Front.open(kind, TRUSTED);
    const socket = await front.connect();
    expect(await ask(socket, HEADER + GET)).toMatch(/ 200 OK/);
    expect(await ask(socket, GET)).toMatch(/ 200 OK/);
    // Of another lane, should it be the fast one.
    expect(await ask(socket, "GET /x HTTP/1.1\r\nhost:  a\r\n\r\n")).toMatch(/ 200 OK/);
    expect(front.heads.map(({ remoteAddress, encrypted }) => [remoteAddress, encrypted])).toEqual(
      Array(3).fill(["9.8.7.6", false]),
    );
    expect(front.lane.connections).toBe(1);
  });

  test("byte by byte, and with the client's end behind the request", async () => {
    const front = await Front.open(kind, TRUSTED);
    const socket = await front.connect();
    for (const byte of HEADER) {
      socket.write(byte);
      await new Promise(setImmediate);
    }
    expect(await ask(socket, GET)).toMatch(/ 200 OK/);
    const ending = await front.connect();
    ending.end(HEADER + GET);
    expect(await ask(ending, "")).toMatch(/ 200 OK/);
    expect(front.heads.map(({ remoteAddress }) => remoteAddress)).toEqual(["9.8.7.6", "9.8.7.6"]);
  });

  test("LOCAL is the sender itself", async () => {
    const front = await Front.open(kind, TRUSTED);
    await ask(await front.connect(), LOCAL + GET);
    expect(front.heads[0]?.remoteAddress).toBe("127.0.0.1");
  });

  test("stands before TLS too, in one piece with its first bytes or not", async () => {
    const front = await Front.open(kind, { ...TRUSTED, tls: tlsOf([pair]) });
    for (const wait of [false, true]) {
      const raw = await front.connect();
      raw.pause();
      raw.write(HEADER);
      if (wait) await new Promise((resolve) => setTimeout(resolve, 20));
      const socket = await front.secure({}, raw);
      expect(await ask(socket, GET)).toMatch(/ 200 OK/);
      expect(front.heads.at(-1)).toMatchObject({ remoteAddress: "9.8.7.6", encrypted: true });
    }
    expect(front.lane.handshakes).toEqual({ full: 2 });
  });

  test("from anybody else it is not believed, and none is no connection", async () => {
    const front = await Front.open(kind, { proxyProtocol: true, trusted: ["10.0.0.0/8"] });
    const refused = await Front.open(kind, TRUSTED);
    expect(await ask(await front.connect(), HEADER + GET)).toBe("");
    expect(await ask(await refused.connect(), GET)).toBe("");
    const leaving = await refused.connect();
    leaving.end("PROXY ");
    await until(
      () => refused.lane.proxyRefused,
      ({ client_left }) => client_left === 1,
    );
    expect(front.lane.proxyRefused).toEqual({ untrusted: 1 });
    expect(refused.lane.proxyRefused).toEqual({ malformed: 1, client_left: 1 });
    expect([...front.heads, ...refused.heads]).toEqual([]);
    expect([front.lane.connections, refused.lane.connections]).toEqual([0, 0]);
  });

  test("has its time, together with the handshake behind it", async () => {
    const front = await Front.open(kind, { ...TRUSTED, tls: tlsOf([pair]) });
    const [silent, slow] = [await front.connect(), await front.connect()];
    silent.write("PROXY TCP4");
    slow.write(`${HEADER}\x16`);
    await until(
      () => front.lane.underWay,
      (count) => count === 2,
    );
    // Until what was sent is read.
    await new Promise((resolve) => setTimeout(resolve, 50));
    front.deadlines.sweep(1500);
    for (const socket of [silent, slow])
      await until(
        () => socket.closed,
        (is) => is,
      );
    expect(front.lane.proxyRefused).toEqual({ timeout: 1 });
    expect(front.lane.handshakes).toEqual({ timeout: 1 });
  });

  test("over a Unix socket, from peers that unix: names", async () => {
    const path = join(tmpdir(), `fig-proxy-${process.pid}-${kind.name}.sock`);
    const address = { host: "", port: 0, unix: { path, mode: 0o600 } };
    const front = await Front.open(kind, { proxyProtocol: true, trusted: ["unix:"], address });
    expect(await ask(await front.connect(), HEADER + GET)).toMatch(/ 200 OK/);
    expect(front.heads[0]?.remoteAddress).toBe("9.8.7.6");
    front.lane.close();
    expect(() => unlinkSync(path)).toThrow("ENOENT");
    const other = await Front.open(kind, { proxyProtocol: true, trusted: ["0.0.0.0/0"], address });
    expect(await ask(await other.connect(), HEADER + GET)).toBe("");
  });
});
