import { expect, test } from "vitest";
import { randomOf } from "../../../bench/simulations/random.ts";
import { SplitWatch } from "../../../src/domain/proof/split-watch.ts";

test("keys that come as the split asks for give no alarm, however often it is looked", () => {
  let alarms = 0;
  for (let seed = 0; seed < 50; seed++) {
    const random = randomOf(seed);
    const watch = new SplitWatch(10);
    const keys = { legacy: 0, modern: 0 };
    for (let key = 0; key < 1_000; key++) {
      keys[random.next() < 0.1 ? "modern" : "legacy"]++;
      if (watch.counted(1, { ...keys }) !== undefined) alarms++;
    }
  }
  expect(alarms).toBe(0);
});

test("every key on one side is found within a few dozen, with what was asked for", () => {
  const watch = new SplitWatch(10);
  let keys = 0;
  let found: ReturnType<SplitWatch["counted"]>;
  while (found === undefined && keys < 100) found = watch.counted(1, { legacy: 0, modern: ++keys });
  expect(keys).toBeLessThanOrEqual(10);
  expect(found?.seen).toBe(
    `${keys} of ${keys} keys looked at came to modern, 100 %, where 10 % was asked for`,
  );
});

test("a key that comes to several processes is no further evidence: they are averaged", () => {
  const one = { legacy: 40, modern: 11 };
  const alone = new SplitWatch(5);
  const watch = new SplitWatch(5);
  expect(alone.counted(1, one)).toBeUndefined();
  for (let part = 1; part <= 8; part++) expect(watch.counted(part, one)).toBeUndefined();
});
