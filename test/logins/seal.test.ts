import fc from "fast-check";
import { expect, test } from "vitest";
import { Remembered } from "../../src/logins/remembered.ts";
import { Seal } from "../../src/logins/seal.ts";

let words = 0;
const hex = (bytes: number) => (++words).toString(16).padStart(bytes * 2, "0");
const [OLD, NEW] = ["o".repeat(32), "n".repeat(32)];

test("what was sealed opens for the same thing alone, with any of the secrets", () => {
  const seal = new Seal([NEW, OLD], hex);
  fc.assert(
    fc.property(fc.string({ minLength: 1, unit: "grapheme" }), fc.array(fc.string()), (text, about) => {
      expect(seal.open(seal.seal(text, about), about)).toBe(text);
      expect(seal.open(new Seal([OLD], hex).seal(text, about), about)).toBe(text);
      expect(new Seal([OLD], hex).open(seal.seal(text, about), about)).toBeUndefined();
      expect(seal.open(seal.seal(text, about), [...about, ""])).toBeUndefined();
    }),
  );
});

test("no two sealed texts are alike, and no bit of one can be changed", () => {
  const seal = new Seal([NEW], hex);
  const sealed = seal.seal("who", ["session"]);
  expect(seal.seal("who", ["session"])).not.toBe(sealed);
  const bytes = Buffer.from(sealed, "base64url");
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const changed = Buffer.from(bytes);
    changed[bit >> 3] = (changed[bit >> 3] as number) ^ (1 << (bit & 7));
    expect(seal.open(changed.toString("base64url"), ["session"])).toBeUndefined();
  }
});

test("words are known until their time, and the oldest go when there are too many", () => {
  let [now, forgotten] = [0, 0];
  const remembered = new Remembered({
    max: 3,
    now: () => now,
    onForgotten: () => {
      forgotten++;
    },
  });
  for (const word of ["a", "b", "c"]) remembered.add(word, 10);
  expect(["a", "b", "c", "d"].map((word) => remembered.has(word))).toEqual([true, true, true, false]);
  remembered.add("d", 20);
  expect(["a", "d"].map((word) => remembered.has(word))).toEqual([false, true]);
  now = 10;
  expect(remembered.has("b")).toBe(false);
  remembered.add("e", 30);
  expect(forgotten).toBe(1);
});
