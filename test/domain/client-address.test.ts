import { isIP } from "node:net";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { clientAddress, compileNetworks } from "../../src/domain/client-address.ts";
import { canonicalIp, parseIp, parseNetwork } from "../../src/domain/ip-address.ts";

const nobody = compileNetworks([]);
const inside = compileNetworks(["10.0.0.0/8", "127.0.0.1", "fd00::/8", "::1/128"]);

describe("clientAddress", () => {
  test("is the peer when no proxy is trusted, whatever X-Forwarded-For says", () => {
    expect(clientAddress("203.0.113.9", ["1.2.3.4"], nobody)).toBe("203.0.113.9");
    expect(clientAddress("203.0.113.9", ["1.2.3.4"], inside)).toBe("203.0.113.9");
  });

  test("is the rightmost address outside the trusted networks", () => {
    expect(clientAddress("10.0.0.1", ["6.6.6.6, 1.2.3.4, 10.9.9.9"], inside)).toBe("1.2.3.4");
    expect(clientAddress("::1", ["6.6.6.6", "1.2.3.4,fd00::7"], inside)).toBe("1.2.3.4");
    expect(clientAddress("10.0.0.1", ["2001:db8::1"], inside)).toBe("2001:db8::1");
  });

  test("is the leftmost when all are trusted", () => {
    expect(clientAddress("127.0.0.1", ["10.0.0.7, 10.0.0.8"], inside)).toBe("10.0.0.7");
  });

  test("writes IPv4-mapped addresses as IPv4, and trusts them as such", () => {
    expect(clientAddress("::ffff:203.0.113.9", [], nobody)).toBe("203.0.113.9");
    expect(clientAddress("::FFFF:0a00:0001", ["::ffff:1.2.3.4"], inside)).toBe("1.2.3.4");
  });

  test.each([
    ["1.2.3.4:5678", "1.2.3.4"],
    ["[2001:db8::1]:443", "2001:db8::1"],
    ["[2001:db8::1]", "2001:db8::1"],
    [" 1.2.3.4 ", "1.2.3.4"],
    ["[::ffff:1.2.3.4]:1", "1.2.3.4"],
  ])("reads the element %j as %s", (element, expected) => {
    expect(clientAddress("10.0.0.1", [element], inside)).toBe(expected);
  });

  test.each([
    "",
    "unknown",
    "_hidden",
    "1.2.3",
    "1.2.3.4.5",
    "1.2.3.256",
    "01.2.3.4",
    "1.2.3.4:",
    "1.2.3.4:x",
    "[::1",
    "[1.2.3.4]:80",
    "[::1]x",
    "1.2.3.4 5.6.7.8",
    ":",
    "::1::",
    '"1.2.3.4"',
  ])("garbage (%j) ends the walk at the hop that sent it", (garbage) => {
    expect(clientAddress("10.0.0.1", [`1.2.3.4, ${garbage}, 10.0.0.2`], inside)).toBe("10.0.0.2");
    expect(clientAddress("10.0.0.1", [garbage], inside)).toBe("10.0.0.1");
  });
});

describe("networks", () => {
  test("hold to the bit", () => {
    const networks = compileNetworks(["192.168.4.0/22", "2001:db8:8000::/33"]);
    expect(networks.has("192.168.7.255")).toBe(true);
    expect(networks.has("192.168.8.0")).toBe(false);
    expect(networks.has("192.168.3.255")).toBe(false);
    expect(networks.has("2001:db8:8000::1")).toBe(true);
    expect(networks.has("2001:db8:7fff::1")).toBe(false);
    expect(networks.has("garbage")).toBe(false);
  });

  test("of one family never hold the other", () => {
    expect(compileNetworks(["::/0"]).has("1.2.3.4")).toBe(false);
    expect(compileNetworks(["0.0.0.0/0"]).has("::1")).toBe(false);
    expect(compileNetworks(["0.0.0.0/0"]).has("255.255.255.255")).toBe(true);
    expect(compileNetworks(["::/0"]).has("ffff::")).toBe(true);
    expect(compileNetworks(["::ffff:10.0.0.0/104"]).has("10.1.2.3")).toBe(true);
  });

  test.each([
    "",
    "10.0.0.0/33",
    "10.0.0.0/",
    "10.0.0.0/08",
    "::/129",
    "10.0.0/8",
    "host",
    "10.0.0.0/8/8",
    "1.2.3.4/-1",
  ])("%j is refused", (text) => {
    expect(parseNetwork(text)).toBeUndefined();
    expect(() => compileNetworks(["10.0.0.0/8", text])).toThrow(RangeError);
  });
});

describe("parseIp", () => {
  test("agrees with the operating system's idea of an address", () => {
    const likely = fc.oneof(
      fc.ipV4(),
      fc.ipV6(),
      fc.stringMatching(/^[0-9a-f:.]{1,20}$/),
      fc.stringMatching(/^(::)?([0-9]{1,3}[.:]){1,7}[0-9]{0,3}(::)?$/),
    );
    fc.assert(
      fc.property(likely, (text) => {
        expect(parseIp(text) !== undefined).toBe(isIP(text) !== 0);
      }),
      { numRuns: 3000 },
    );
  });

  test("an address is in its own network, and not with its last bit turned", () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (text) => {
        const networks = compileNetworks([text]);
        expect(networks.has(text)).toBe(true);
        const words = parseIp(text)?.words as readonly number[];
        const turned = words.map((word, i) => (i === 3 ? (word ^ 1) >>> 0 : word));
        const hex = turned.flatMap((word) => [word >>> 16, word & 0xffff]).map((group) => group.toString(16));
        expect(networks.has(hex.join(":"))).toBe(false);
      }),
    );
  });

  test("one address has one text, as RFC 5952 writes it", () => {
    for (const spelling of [
      "2001:db8::7",
      "2001:DB8::7",
      "2001:db8:0:0:0:0:0:7",
      "2001:0db8::0007",
      "2001:db8::0.0.0.7",
    ])
      expect(canonicalIp(spelling)).toBe("2001:db8::7");
    for (const spelling of [
      "::ffff:255.0.0.1",
      "::FFFF:ff00:1",
      "0:0:0:0:0:ffff:255.0.0.1",
      "::ffff:255.0.0.1%eth0",
    ])
      expect(canonicalIp(spelling)).toBe("255.0.0.1");
    expect(canonicalIp("fe80::1%eth0")).toBe("fe80::1");
    expect(canonicalIp("1:0:0:2:0:0:0:3")).toBe("1:0:0:2::3");
    expect(canonicalIp("1:0:0:2:2:0:0:3")).toBe("1::2:2:0:0:3");
    expect(canonicalIp("1:0:2:3:4:5:6:7")).toBe("1:0:2:3:4:5:6:7");
    expect(canonicalIp("0:0:0:0:0:0:0:0")).toBe("::");
    expect(canonicalIp("1:2:3:4:5:6:7::")).toBe("1:2:3:4:5:6:7:0");
    for (const kept of ["", "10.0.0.1", "not:an:address"]) expect(canonicalIp(kept)).toBe(kept);
  });

  test("a text of one address is that address, and no other text of it is left", () => {
    fc.assert(
      fc.property(fc.ipV6(), fc.ipV6(), (one, other) => {
        const text = canonicalIp(one);
        expect(parseIp(text)).toEqual(parseIp(one));
        expect(canonicalIp(text)).toBe(text);
        const same = JSON.stringify(parseIp(one)) === JSON.stringify(parseIp(other));
        expect(text === canonicalIp(other)).toBe(same);
        if (!text.includes(".")) expect(`[${text}]`).toBe(new URL(`http://[${one.split("%")[0]}]`).hostname);
      }),
      { numRuns: 2000 },
    );
  });
});
