import { once } from "node:events";
import { connect } from "node:net";
import type { TLSSocket } from "node:tls";
import { describe, expect, test } from "vitest";
import { LANE_KINDS } from "../../src/lanes/index.ts";
import { until } from "../e2e/until.ts";
import { certificate } from "../support/certificates.ts";
import { ask, Front, GET, tlsOf } from "../support/fronted-lane.ts";

const shop = { ...certificate({ names: ["shop.test"], rsa: true }), names: ["shop.test"] };
const other = { ...certificate({ names: ["other.test"] }), names: ["other.test"] };
const shown = certificate({ names: ["shop.test"], subject: "/CN=challenge" });
const ANSWER = { type: "tls-alpn-01", domain: "shop.test", ...shown } as const;
const ACME = { ALPNProtocols: ["acme-tls/1"], servername: "shop.test" };

const serverName = (socket: TLSSocket) => socket.getPeerCertificate().subject.CN;

describe.each(LANE_KINDS)("a challenge of tls-alpn-01 before the $name lane", (kind) => {
  test.each(["TLSv1.2", "TLSv1.3"] as const)(
    "%s: an authority gets its certificate and nothing else, all others what they always get",
    async (maxVersion) => {
      const front = await Front.open(kind, { tls: tlsOf([shop, other]) });
      front.lane.showChallenges([ANSWER]);
      const authority = await front.secure({ ...ACME, maxVersion });
      expect([serverName(authority), authority.alpnProtocol]).toEqual(["challenge", "acme-tls/1"]);
      authority.write(GET);
      authority.resume();
      await once(authority, "close");
      for (const servername of ["shop.test", "other.test"]) {
        const client = await front.secure({ maxVersion, servername, ALPNProtocols: ["http/1.1"] });
        expect(serverName(client)).toBe(servername);
        expect(await ask(client, GET)).toMatch(/ 200 OK/);
      }
      expect(front.heads).toHaveLength(2);
      expect(front.lane.handshakes).toEqual({ acme_challenge: 1, full: 2 });
      await until(
        () => front.lane.underWay,
        (count) => count === 0,
      );
    },
  );

  test("it is there for its name alone, offered alone, and while it is out", async () => {
    const front = await Front.open(kind, { tls: tlsOf([shop, other]) });
    const refused = (options: object) => expect(front.secure({ ...ACME, ...options })).rejects.toThrow();
    await refused({});
    front.lane.showChallenges([ANSWER]);
    await refused({ servername: "other.test" });
    await refused({ servername: "" });
    const both = await front.secure({ ...ACME, ALPNProtocols: ["acme-tls/1", "http/1.1"] });
    expect([serverName(both), both.alpnProtocol]).toEqual(["shop.test", "http/1.1"]);
    front.lane.showChallenges([{ type: "http-01", token: "a", keyAuthorization: "a.b" }]);
    await refused({});
    expect(front.heads).toEqual([]);
  });

  test("behind a PROXY header, and while certificates are replaced", async () => {
    const front = await Front.open(kind, {
      ...{ tls: tlsOf([shop]), proxyProtocol: true, trusted: ["127.0.0.1/32"] },
    });
    front.lane.showChallenges([ANSWER]);
    front.lane.prepare(tlsOf([other]))();
    for (const [options, name] of [
      [ACME, "challenge"],
      [{ servername: "shop.test" }, "other.test"],
    ] as const) {
      const raw = await front.connect();
      raw.pause();
      raw.write("PROXY TCP4 192.0.2.7 192.0.2.1 5000 443\r\n");
      expect(serverName(await front.secure(options, raw))).toBe(name);
    }
  });

  test("a first message that comes in pieces is waited for, no longer than a handshake, and words for plain HTTP stay", async () => {
    const front = await Front.open(kind, { tls: tlsOf([shop]) });
    front.lane.showChallenges([ANSWER]);
    const { host, port } = front.address;
    const plain = connect({ host, port });
    const words = once(plain, "data");
    plain.write(GET);
    expect(String((await words)[0])).toMatch(/^HTTP\/1\.1 400 /);
    const slow = connect({ host, port }).on("error", () => {});
    slow.resume();
    slow.write(Buffer.from([22, 3, 1]));
    await until(
      () => front.lane.underWay,
      (count) => count >= 1,
    );
    const tick = setInterval(() => front.deadlines.tick(performance.now()), 20);
    await once(slow, "close");
    clearInterval(tick);
    expect(front.lane.handshakes).toMatchObject({ plain_http: 1, timeout: 1 });
  });
});
