import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { openStore } from "../../src/store/index.ts";
import { storeConformance } from "../conformance/store.ts";
import { draftOf } from "../conformance/store-values.ts";

const hex = (bytes: number) => randomBytes(bytes).toString("hex");

storeConformance("memory", {
  shared: false,
  async make() {
    return { open: ({ now }) => openStore("memory:", { now, hex }), remove: async () => undefined };
  },
});

test("two memory stores share nothing", async () => {
  const one = await openStore("memory:", { now: () => 0, hex });
  const two = await openStore("memory:", { now: () => 0, hex });
  await one.append(draftOf(["a"]), { revision: 0, routes: ["a"] });
  expect(await two.read(0)).toEqual([]);
  expect(two.stateId).not.toBe(one.stateId);
});
