import { describe, expect, test } from "vitest";
import type { StickySource } from "../../src/domain/route.ts";
import { stickyKey, stickySourceText } from "../../src/domain/sticky.ts";

const cookie = (name: string): StickySource => ({ kind: "cookie", name });
const header = (name: string): StickySource => ({ kind: "header", name });
const ip: StickySource = { kind: "ip" };
const client: StickySource = { kind: "client" };
const NOBODY = { address: "", cookie: undefined };

const keyOf = (sources: readonly StickySource[], headers: readonly string[], address = "203.0.113.9") =>
  stickyKey(sources, headers, { address, cookie: undefined })?.key;

describe("stickyKey", () => {
  test("takes the first source that is there and not empty", () => {
    const sources = [cookie("device"), header("x-user-id"), ip];
    expect(keyOf(sources, ["Cookie", "device=d1", "X-User-Id", "u1"])).toBe("d1");
    expect(keyOf(sources, ["Cookie", "other=1", "X-User-Id", "u1"])).toBe("u1");
    expect(keyOf(sources, ["Cookie", "device=", "x-user-id", ""])).toBe("203.0.113.9");
    expect(stickyKey([cookie("a")], ["Cookie", "b=1"], { address: "1.2.3.4", cookie: "c" })).toBeUndefined();
    expect(stickyKey([ip, client], [], NOBODY)).toBeUndefined();
  });

  test("says which source it was", () => {
    const key = stickyKey([cookie("device"), header("x-user-id")], ["X-USER-ID", "u1"], NOBODY);
    expect(key && stickySourceText(key.source)).toBe("header:x-user-id");
    expect(stickySourceText(cookie("device"))).toBe("cookie:device");
    expect(stickySourceText(ip)).toBe("ip");
    expect(stickySourceText(client)).toBe("client");
  });

  test.each([
    ["device=a; device=b", "a"],
    ["x=1; device=a", "a"],
    ["x=1;device=a", "a"],
    ["xdevice=1; device2=3; device=a", "a"],
    ["Device=other; device=a", "a"],
    ["device=%41%20b", "%41%20b"],
    ['device="quoted"', '"quoted"'],
    ["device=a=b=c; x=1", "a=b=c"],
    ["device = spaced ; x=1", "spaced"],
    ["device=\u00e4\u00ff", "\u00e4\u00ff"],
    ["x=device=1; device=a", "a"],
  ])("reads the cookie line %j as %j", (line, expected) => {
    expect(keyOf([cookie("device")], ["Cookie", line])).toBe(expected);
  });

  test.each(["device", "device; x=1", "x=1", "", ";;;", "adevice=1", "device=; device=b", "device\u00a0=1"])(
    "finds no key in the cookie line %j",
    (line) => {
      expect(keyOf([cookie("device")], ["Cookie", line])).toBeUndefined();
    },
  );

  test("reads several Cookie lines as one", () => {
    expect(
      keyOf([cookie("device")], ["cookie", "a=1", "COOKIE", "device=d; b=2", "Cookie", "device=e"]),
    ).toBe("d");
  });

  test("a header sent twice is not a key, even with the same value", () => {
    expect(keyOf([header("x-user-id"), ip], ["x-user-id", "u1", "X-User-Id", "u1"])).toBe("203.0.113.9");
    expect(keyOf([header("x-user-id")], ["x-user-id-2", "u2", "x-user-id", "u1"])).toBe("u1");
  });

  test("names that differ beyond ASCII case are other names", () => {
    // 0x5b is 0x7b with the case bit cleared; folding by that bit alone would take them for one.
    expect(keyOf([header("x{")], ["x[", "1"])).toBeUndefined();
    expect(keyOf([header("x-a")], ["X\r-A", "1"])).toBeUndefined();
  });
});
