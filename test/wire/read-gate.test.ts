import { expect, test } from "vitest";
import { ReadGate } from "../../src/wire/read-gate.ts";
import { BLOCK_BYTES } from "../../src/wire/waiting-bytes.ts";

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Connections that always have more: each is read whenever it may be, and every read costs `cost`. */
function greedy(count: number, cost: number) {
  const reads: number[] = new Array(count).fill(0);
  let thisTurn = 0;
  const begin: (() => void)[] = [];
  const gates = reads.map((_, at) => {
    const source = { destroyed: false, pause: () => {}, resume: () => setImmediate(read) };
    const gate = new ReadGate(source);
    const read = () => {
      reads[at] = (reads[at] as number) + 1;
      thisTurn += cost;
      gate.onFullRead(cost);
    };
    begin.push(read);
    return { gate, source };
  });
  const takeTurn = () => {
    const bytes = thisTurn;
    thisTurn = 0;
    return bytes;
  };
  for (const read of begin) read();
  takeTurn();
  const stop = () => {
    for (const { source } of gates) source.destroyed = true;
  };
  return { reads, takeTurn, stop };
}

test.each([
  ["64 KiB", 64 * 1024],
  ["256 KiB", BLOCK_BYTES],
  ["as much as 1 MiB", 4 * BLOCK_BYTES],
])(
  "of 40 connections that always have more, %s each, a turn reads little, and each has its share",
  async (_what, cost) => {
    const { reads, takeTurn, stop } = greedy(40, cost);
    const turns: number[] = [];
    for (let i = 0; i < 1600; i++) {
      await turn();
      turns.push(takeTurn());
    }
    stop();
    expect(Math.max(...turns)).toBeLessThanOrEqual(Math.max(cost, 2 * BLOCK_BYTES));
    const mean = turns.reduce((sum, bytes) => sum + bytes, 0) / turns.length;
    expect(mean).toBeGreaterThan(BLOCK_BYTES / 4);
    expect(mean).toBeLessThanOrEqual(BLOCK_BYTES * 1.1);
    expect(Math.max(...reads) - Math.min(...reads)).toBeLessThanOrEqual(1);
  },
);

test("a connection that rests alone is read in the next turn, and one that is held is not", async () => {
  let resumed = 0;
  const source = { destroyed: false, pause: () => {}, resume: () => void resumed++ };
  const gate = new ReadGate(source);
  // What earlier ones cost is paid for in turns.
  for (let i = 0; i < 100; i++) await turn();
  gate.onFullRead(BLOCK_BYTES);
  for (let i = 0; i < 10; i++) await turn();
  expect(resumed).toBe(1);
  gate.onFullRead(BLOCK_BYTES);
  gate.hold();
  for (let i = 0; i < 10; i++) await turn();
  expect(resumed).toBe(1);
  gate.release();
  expect(resumed).toBe(2);
});
