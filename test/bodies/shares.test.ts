import { expect, test } from "vitest";
import { Shares } from "../../src/bodies/shares.ts";

/** Takes what waits, each for its time; gives the order. */
function served(shares: Shares<readonly string[]>, msOf: (path: readonly string[]) => number): string[] {
  const order: string[] = [];
  for (let path = shares.take(); path !== undefined; path = shares.take()) {
    order.push(path.join(" "));
    shares.spent(path, msOf(path));
  }
  return order;
}

test("who takes long waits for who does not: among routes, and among the clients of one", () => {
  const shares = new Shares<readonly string[]>(2);
  const add = (...path: string[]) => shares.add(path, path);
  for (let i = 0; i < 3; i++) add("slow", "a");
  add("quick", "b");
  add("quick", "c");
  add("slow", "d");
  const order = served(shares, ([route, client]) => (route === "slow" && client === "a" ? 1000 : 1));
  expect(order).toEqual(["slow a", "quick b", "quick c", "slow d", "slow a", "slow a"]);
});

test("time that was had is remembered, and time that was not is not saved", () => {
  const shares = new Shares<string>(1);
  const serve = (name: string, ms: number) => {
    shares.add([name], name);
    expect(shares.take()).toBe(name);
    shares.spent([name], ms);
  };
  serve("slow", 1000);
  serve("quick", 1);
  shares.add(["slow"], "slow");
  shares.add(["quick"], "quick");
  expect(shares.take()).toBe("quick");
  // Alone it is served at once.
  expect(shares.take()).toBe("slow");
  shares.spent(["slow"], 1000);
  // It was away meanwhile, and is not before everybody for a second.
  shares.add(["late"], "late 1");
  shares.add(["slow"], "slow");
  expect(shares.take()).toBe("late 1");
  shares.spent(["late"], 1001);
  shares.add(["late"], "late 2");
  expect(shares.take()).toBe("slow");
});

test("what is taken back is not served, and paths of many clients are forgotten", () => {
  const shares = new Shares<string>(2);
  shares.add(["r", "a"], "one");
  shares.add(["r", "a"], "two");
  shares.remove(["r", "a"], "one");
  expect(shares.waiting(["r", "a"])).toBe(1);
  expect(shares.take()).toBe("two");
  expect(shares.take()).toBeUndefined();
  for (let i = 0; i < 5000; i++) {
    shares.add(["r", `client ${i}`], `${i}`);
    expect(shares.take()).toBe(`${i}`);
  }
  expect(shares.waiting(["r"])).toBe(0);
});
