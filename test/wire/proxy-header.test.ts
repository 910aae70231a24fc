import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { canonicalIp } from "../../src/domain/ip-address.ts";
import { MAX_V2_BYTES, readProxyHeader } from "../../src/wire/proxy-header.ts";

const bytes = (text: string) => Buffer.from(text, "latin1");
const V2 = bytes("\r\n\r\n\0\r\nQUIT\n");

/** `command` 0: LOCAL, 1: PROXY; `family` and `kind` as in the format. */
function v2(command: number, family: number, kind: number, rest: Buffer, version = 2): Buffer {
  const head = Buffer.from([
    (version << 4) | command,
    (family << 4) | kind,
    rest.length >> 8,
    rest.length & 255,
  ]);
  return Buffer.concat([V2, head, rest]);
}

const octets = (length: number) =>
  fc.uint8Array({ minLength: length, maxLength: length }).map((all) => Buffer.from(all));
const behind = fc.uint8Array({ maxLength: 40 }).map((all) => Buffer.from(all));

/** Whole headers and where they say that the connection is from. */
const headers = fc.oneof(
  fc.tuple(fc.ipV4(), fc.ipV4(), fc.nat(65_535), fc.nat(65_535)).map(([from, to, a, b]) => ({
    header: bytes(`PROXY TCP4 ${from} ${to} ${a} ${b}\r\n`),
    source: from as string | undefined,
  })),
  fc.tuple(octets(16), octets(16), fc.nat(65_535)).map(([from, to, port]) => {
    const [a, b] = [from, to].map((ip) =>
      Array.from({ length: 8 }, (_, at) => ip.readUInt16BE(2 * at).toString(16)).join(":"),
    );
    return {
      header: bytes(`PROXY TCP6 ${a} ${b} ${port} ${port}\r\n`),
      source: canonicalIp(a as string) as string | undefined,
    };
  }),
  fc
    .string({ unit: fc.constantFrom(..."abc 123:."), maxLength: 60 })
    .map((rest) => ({ header: bytes(`PROXY UNKNOWN ${rest}\r\n`), source: undefined })),
  fc.tuple(octets(12), behind).map(([ips, tlvs]) => ({
    header: v2(1, 1, 1, Buffer.concat([ips, tlvs])),
    source: ips.subarray(0, 4).join(".") as string | undefined,
  })),
  fc.tuple(octets(36), behind).map(([ips, tlvs]) => ({
    header: v2(1, 2, 1, Buffer.concat([ips, tlvs])),
    source: canonicalIp(
      Array.from({ length: 8 }, (_, at) => ips.readUInt16BE(2 * at).toString(16)).join(":"),
    ) as string | undefined,
  })),
  behind.map((rest) => ({ header: v2(0, 0, 0, rest), source: undefined })),
  behind.map((rest) => ({ header: v2(1, 0, 0, rest), source: undefined })),
  octets(216).map((paths) => ({ header: v2(1, 3, 1, paths), source: "unix:" as string | undefined })),
);

describe("a PROXY header", () => {
  test("is read whatever comes behind it, and however it is cut", () => {
    fc.assert(
      fc.property(headers, behind, fc.nat(300), ({ header, source }, rest, cut) => {
        expect(readProxyHeader(Buffer.concat([header, rest]))).toEqual({ bytes: header.length, source });
        expect(readProxyHeader(header.subarray(0, cut % header.length))).toBeUndefined();
      }),
    );
  });

  test("anything else is malformed or not whole, and nothing throws", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 400 }),
        fc.constantFrom("", "PROXY ", "PROXY TCP4 ", "\r\n\r\n\0\r\nQUIT\n", "\r\n\r\n\0\r\nQUIT\n!"),
        (noise, begin) => {
          const read = readProxyHeader(Buffer.concat([bytes(begin), noise]));
          if (typeof read === "object") expect(read.bytes).toBeLessThanOrEqual(begin.length + noise.length);
        },
      ),
      { numRuns: 500 },
    );
  });

  test.each([
    ["no header", "GET / HTTP/1.1\r\n"],
    ["an unknown family", "PROXY TCP5 1.1.1.1 2.2.2.2 1 2\r\n"],
    ["the wrong family", "PROXY TCP4 ::1 ::2 1 2\r\n"],
    ["the wrong family", "PROXY TCP6 1.1.1.1 2.2.2.2 1 2\r\n"],
    ["an address that is none", "PROXY TCP4 1.1.1.256 2.2.2.2 1 2\r\n"],
    ["a zone", "PROXY TCP6 fe80::1%eth0 ::2 1 2\r\n"],
    ["a port that is none", "PROXY TCP4 1.1.1.1 2.2.2.2 65536 2\r\n"],
    ["a port with zeros", "PROXY TCP4 1.1.1.1 2.2.2.2 01 2\r\n"],
    ["one word too many", "PROXY TCP4 1.1.1.1 2.2.2.2 1 2 3\r\n"],
    ["two spaces", "PROXY TCP4  1.1.1.1 2.2.2.2 1 2\r\n"],
    ["a lower-case word", "proxy TCP4 1.1.1.1 2.2.2.2 1 2\r\n"],
    ["a bare LF", "PROXY TCP4 1.1.1.1 2.2.2.2 1 2\n".padEnd(107, "x")],
    ["a line that is too long", `PROXY UNKNOWN ${"x".repeat(92)}\r\n`],
  ])("of version 1 with %s is malformed", (_, text) => {
    expect(readProxyHeader(bytes(text))).toBe("malformed");
  });

  test("of version 1 is at most 107 bytes", () => {
    const longest = `PROXY UNKNOWN ${"x".repeat(91)}\r\n`;
    expect(longest.length).toBe(107);
    expect(readProxyHeader(bytes(longest))).toEqual({ bytes: 107, source: undefined });
    expect(readProxyHeader(bytes(longest.slice(0, 106)))).toBeUndefined();
  });

  test.each([
    ["another version", v2(1, 1, 1, Buffer.alloc(12), 1)],
    ["an unknown command", v2(2, 1, 1, Buffer.alloc(12))],
    ["an unknown family", v2(1, 4, 1, Buffer.alloc(300))],
    ["datagrams", v2(1, 1, 2, Buffer.alloc(12))],
    ["a family without a kind", v2(1, 1, 0, Buffer.alloc(12))],
    ["addresses that are cut off", v2(1, 2, 1, Buffer.alloc(35))],
    ["more than there is room for", v2(1, 1, 1, Buffer.alloc(MAX_V2_BYTES))],
  ])("of version 2 with %s is malformed, before all of it is there", (_, whole) => {
    expect(readProxyHeader(whole)).toBe("malformed");
    expect(readProxyHeader(whole.subarray(0, 16))).toBe("malformed");
  });

  test("writes an IPv4 address in IPv6 as IPv4", () => {
    const ips = Buffer.alloc(36);
    ips.write("00000000000000000000ffff01020304", 0, "hex");
    expect(readProxyHeader(v2(1, 2, 1, ips))).toMatchObject({ source: "1.2.3.4" });
  });
});
