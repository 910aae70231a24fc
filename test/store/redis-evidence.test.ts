import { expect, test } from "vitest";
import { countsIn, rowsIn } from "../../src/store/redis-evidence.ts";
import { countsOf, rowOf, upTo } from "../conformance/store-values.ts";

/** How often others had their turn while this was done. */
async function turnsOf(work: () => Promise<unknown>): Promise<number> {
  let turns = 0;
  const turn = () => {
    turns++;
    next = setImmediate(turn);
  };
  let next = setImmediate(turn);
  await work();
  clearImmediate(next);
  return turns;
}

test("evidence of many doors is added up a few doors a turn, so that clients do not wait for it", async () => {
  const hashOf = (value: unknown) =>
    new Map(upTo(80).map((door) => [`door ${door}`, JSON.stringify(value)] as const));
  const counts = hashOf(countsOf({ legacy: 2 }));
  expect((await countsIn(counts))?.legacy.requests).toBe(160);
  expect(await turnsOf(() => countsIn(counts))).toBeGreaterThanOrEqual(9);
  const rows = hashOf([rowOf("$.x", 3, 1, 2)]);
  expect(await rowsIn(rows)).toMatchObject([{ path: "$.x", count: 240 }]);
  expect(await turnsOf(() => rowsIn(rows))).toBeGreaterThanOrEqual(9);
});
