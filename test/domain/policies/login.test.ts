import fc from "fast-check";
import { expect, test } from "vitest";
import { returnOf, safeReturn } from "../../../src/domain/policies/login.ts";

const OWN = { callback: "/.fig/login/callback", start: "/.fig/login", logout: "/.fig/logout" };

test("whatever is taken for a path to come back to is one of this host, and none of the policy's own", () => {
  const pieces = fc.constantFrom(
    "/",
    "\\",
    "//",
    ".",
    "..",
    "@",
    "evil.test",
    ":",
    "?",
    "#",
    "\t",
    "\n",
    "%2f",
    "%5c",
    "a",
    " ",
    "http:",
    ".fig",
    "login",
    "logout",
    "callback",
    "\u3002",
  );
  let taken = 0;
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 8 }), (parts) => {
      const text = `/${parts.join("")}`;
      const safe = safeReturn(text, OWN);
      if (safe === undefined) return;
      taken++;
      const url = new URL(safe, "https://shop.test/x/y");
      expect([url.origin, url.username]).toEqual(["https://shop.test", ""]);
      expect(Object.values(OWN)).not.toContain(url.pathname);
      expect(safe).toMatch(/^\/(?!\/)[\x21-\x7e]*$/);
    }),
    { numRuns: 5_000 },
  );
  expect(taken).toBeGreaterThan(100);
});

test("a page's own address comes back with its bytes encoded", () => {
  expect(returnOf("/orders?q=a%20b&x=\xfc", OWN)).toBe("/orders?q=a%20b&x=%fc");
  expect(returnOf("//evil.test/", OWN)).toBe("/");
  expect(returnOf(`/${"a".repeat(3_000)}`, OWN)).toBe("/");
});
