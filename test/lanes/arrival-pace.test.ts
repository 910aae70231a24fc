import { Socket } from "node:net";
import { setImmediate as turn } from "node:timers/promises";
import { afterEach, expect, test } from "vitest";
import { ArrivalPace } from "../../src/lanes/arrival-pace.ts";
import { countedRests } from "../../src/wire/read-gate.ts";

const sockets: Socket[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
});

function arriving(count: number): Socket[] {
  const arrived = Array.from({ length: count }, () => new Socket());
  sockets.push(...arrived);
  return arrived;
}

test("of connections that come together four are taken in a turn, in their order, and the others are counted", async () => {
  const taken: Socket[] = [];
  const pace = new ArrivalPace((socket) => taken.push(socket));
  const all = arriving(10);
  const rests = countedRests();
  for (const socket of all) pace.arrived(socket);
  const sizes = [taken.length];
  while (taken.length < all.length) {
    await turn();
    sizes.push(taken.length);
  }
  expect(sizes).toEqual([4, 8, 10]);
  expect(taken).toEqual(all);
  expect(countedRests() - rests).toBeGreaterThanOrEqual(6);
});

test("what waits when the listener closes is ended", () => {
  const taken: Socket[] = [];
  const pace = new ArrivalPace((socket) => taken.push(socket));
  const all = arriving(6);
  for (const socket of all) pace.arrived(socket);
  pace.close();
  expect(all.map(({ destroyed }) => destroyed)).toEqual([false, false, false, false, true, true]);
});
