import { expect, test } from "vitest";
import { openStore, STORE_KINDS } from "../../src/store/index.ts";

const options = { now: () => 0, hex: () => "00" };

test("every kind of store has a name and a scheme of its own", () => {
  expect(STORE_KINDS.map(({ name, scheme }) => [name, scheme])).toEqual([
    ["sqlite", "sqlite:"],
    ["redis", "redis:"],
    ["rediss", "rediss:"],
    ["memory", "memory:"],
  ]);
});

test("a URL of a store that does not exist is refused with those that do", async () => {
  await expect(openStore("postgres://localhost/fig", options)).rejects.toMatchObject({
    code: "store_invalid",
    message: "there is no state store for `postgres:` URLs",
    remedy: "This fig knows `sqlite:`, `redis:`, `rediss:`, `memory:`, for example `sqlite:.fig/state.db`.",
  });
  await expect(openStore(".fig/state.db", options)).rejects.toMatchObject({
    code: "store_invalid",
    message: "the state URL has no scheme",
  });
});
