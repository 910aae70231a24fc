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

test("What is new is told to others, once; what they tell is kept, and told to nobody", () => {
  const told: unknown[] = [];
  const earlier = new EarlierWrites(undefined, (...news) => told.push(news));
  for (const what of ["not_copied", "not_copied", "differed", "not_copied"] as const) earlier.note(7, what);
  earlier.hear(8, "differed");
  earlier.note(8, "not_copied");
  expect(told).toEqual([
    [7, "not_copied"],
    [7, "differed"],
  ]);
  expect(earlier.of(8)).toBe("differed");
});
