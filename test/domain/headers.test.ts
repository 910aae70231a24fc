import fc from "fast-check";
import { expect, test } from "vitest";
import { headerLines, indexOfHeader, onlyHeader, withoutBlanks } from "../../src/domain/headers.ts";
import { dropPins } from "../../src/domain/pins.ts";
import { withoutTokens } from "../../src/domain/sent-token.ts";
import { withoutOwnCookies } from "../../src/logins/cookies.ts";

const SENT = ["Host", "shop", "X-A", " 1 ", "x-a", "2", "X-B", ""];

test("a name is known whatever its case, and only as a whole", () => {
  const known = (name: string, lower = "x-a") => indexOfHeader([name, ""], lower) === 0;
  expect(["x-a", "X-A", "X-a"].map((name) => known(name))).toEqual([true, true, true]);
  expect(["x-", "x-ab", "x_a", "x\ra", "", "é-a"].some((name) => known(name))).toBe(false);
  expect(known("[", "{")).toBe(false);
  expect(known("@", "`")).toBe(false);
});

test("a name is no value, and a value no name", () => {
  expect(indexOfHeader(["a", "x-a", "x-a", "b"], "x-a")).toBe(2);
  expect(indexOfHeader(["a", "x-a"], "x-a")).toBe(-1);
});

test("where a header stands, from some place on", () => {
  expect([0, 2, 4, 6].map((from) => indexOfHeader(SENT, "x-a", from))).toEqual([2, 2, 4, -1]);
});

test("the only value is one that was sent once, be it empty", () => {
  expect(["host", "x-a", "x-b", "x-c"].map((name) => onlyHeader(SENT, name))).toEqual([
    "shop",
    undefined,
    "",
    undefined,
  ]);
});

test("all lines of a name, trimmed, in order", () => {
  expect([headerLines(SENT, "x-a"), headerLines(SENT, "x-c")]).toEqual([["1", "2"], []]);
});

test("names compare as their lower-case forms do", () => {
  const token = fc.string({ unit: fc.constantFrom(..."aAzZ-_09~^`@["), maxLength: 4 });
  fc.assert(
    fc.property(token, token, (name, other) => {
      const found = indexOfHeader([name, ""], other.toLowerCase()) === 0;
      expect(found).toBe(name.toLowerCase() === other.toLowerCase());
    }),
  );
});

test("blanks are spaces and tabs: a byte 0xA0 ends many a letter", () => {
  expect([" \t a b\t ", "\xa0a\xa0", "\t \t", ""].map(withoutBlanks)).toEqual(["a b", "\xa0a\xa0", "", ""]);
  expect(headerLines(["x-a", " voil\xc3\xa0 "], "x-a")).toEqual(["voil\xc3\xa0"]);
});

test("cookies that go on without one of the front door's own keep every byte", () => {
  const others = "name=voil\xc3\xa0";
  const sent = (own: string) => ["Cookie", `${own}=1; ${others}`];
  const pinned = sent("fig_pin_12345678");
  dropPins(pinned);
  expect(pinned).toEqual(["Cookie", others]);
  expect(withoutTokens(sent("token"), [{ kind: "cookie", name: "token" }])).toEqual(["Cookie", others]);
  expect(withoutOwnCookies(sent("session"), "session")).toEqual(["Cookie", others]);
});
