import { expect, test } from "vitest";
import { FleetVoids } from "../../src/control/fleet-voids.ts";
import type { VoidPath } from "../../src/serving/contract.ts";
import { until } from "../e2e/until.ts";

/** A channel that all front doors of a state hear, and that can be away. */
function fleet() {
  const listeners: ((text: string) => void)[] = [];
  const said: string[] = [];
  const channel = { away: false };
  const door = (name: string) => {
    const gone: VoidPath[] = [];
    const voids = new FleetVoids({
      door: name,
      micros: () => performance.now() * 1000,
      word: {
        async say(text) {
          if (channel.away) throw new Error("away");
          said.push(text);
          for (const listener of listeners) listener(text);
        },
        hear: (listener) => listeners.push(listener),
      },
      invalidate: async (paths) => void gone.push(...paths),
    });
    return { voids, gone };
  };
  const all = (text: string) => {
    for (const listener of listeners) listener(text);
  };
  return { door, said, channel, all };
}

const path = (n: number | string, host = "shop.test"): VoidPath => ({ path: `/p/${n}`, host });

test("what is void at one front door is void at the others, and not told on", async () => {
  const { door, said } = fleet();
  const [one, other] = [door("one"), door("other")];
  one.voids.tell([path(1), path(2)]);
  expect(other.gone).toEqual([path(1), path(2)]);
  expect(one.gone).toEqual([]);
  await Promise.resolve();
  expect(said).toHaveLength(1);
  expect([one.voids.counts(), other.voids.counts()]).toEqual([{ told: 2 }, { heard: 2 }]);
});

test("a storm of them is a few messages of bounded size, and what has no room is counted", async () => {
  const { door, said } = fleet();
  const [one, other] = [door("one"), door("other")];
  one.voids.tell([path("first")]);
  for (let n = 0; n < 5000; n++) one.voids.tell([path(n % 600)]);
  await until(
    () => other.gone.length,
    (count) => count === 501,
  );
  expect(said).toHaveLength(2);
  expect(one.voids.counts().dropped).toBeGreaterThan(0);
  for (let n = 0; n < 10; n++) one.voids.tell([path("x".repeat(8 * 1024) + n)]);
  await until(
    () => said.length,
    (count) => count === 3,
  );
  expect(said[2]?.length).toBeLessThan(33 * 1024);
});

test("a channel that is away costs nothing but the word, and a garbled message means nothing", async () => {
  const { door, channel, all } = fleet();
  const [one, other] = [door("one"), door("other")];
  channel.away = true;
  one.voids.tell([path(1)]);
  await until(
    () => one.voids.counts(),
    ({ dropped }) => dropped === 1,
  );
  for (const text of [
    "",
    "{}",
    "[]",
    "null",
    '["x"]',
    '["x",[1]]',
    '["x",[["/a"]]]',
    '["x",[["/a",1]]]',
    `["x",[${'["/a","h"],'.repeat(600)}["/a","h"]]]`,
    `["x",[["${"a".repeat(300_000)}","h"]]]`,
  ])
    all(text);
  expect([one.gone, other.gone]).toEqual([[], []]);
  all('["x",[["/a","h"]]]');
  expect(other.gone).toEqual([{ path: "/a", host: "h" }]);
  other.voids.close();
  all('["x",[["/a","h"]]]');
  expect(other.gone).toHaveLength(1);
});

test("one that stands alone keeps nothing", () => {
  const voids = new FleetVoids({ door: "one", micros: () => 0, word: undefined, invalidate: async () => {} });
  voids.tell([path(1)]);
  expect(voids.counts()).toEqual({});
});
