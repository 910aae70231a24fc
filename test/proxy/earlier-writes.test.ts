import { expect, test } from "vitest";
import { EarlierWrites } from "../../src/proxy/earlier-writes.ts";

test("A key's writes are remembered by its hash, and one that differed says more than one that was not copied", () => {
  const earlier = new EarlierWrites();
  expect(earlier.of(7)).toBeUndefined();
  earlier.note(7, "not_copied");
  expect(earlier.of(7)).toBe("not_copied");
  earlier.note(7, "differed");
  earlier.note(7, "not_copied");
  expect(earlier.of(7)).toBe("differed");
});

test("The key that wrote least recently makes room, and is counted", () => {
  const earlier = new EarlierWrites(2);
  earlier.note(1, "differed");
  earlier.note(2, "differed");
  earlier.note(1, "not_copied");
  earlier.note(3, "differed");
  expect([1, 2, 3].map((hash) => earlier.of(hash))).toEqual(["differed", undefined, "differed"]);
  expect([earlier.size, earlier.forgotten]).toEqual([2, 1]);
});
