import { expect, test } from "vitest";
import { VerdictCache } from "../../../src/layers/authorizer/kept-verdicts.ts";
import { authorizer } from "../../../src/layers/authorizer.ts";
import { authorizerWorld, settle } from "../../support/authorizer-world.ts";

function cache() {
  const it = { now: 0, evicted: 0 };
  const kept = new VerdictCache({ nowMs: () => it.now, onEvicted: () => it.evicted++ });
  return { it, kept };
}

test("an answer is kept for its time, and not a moment longer", () => {
  const { it, kept } = cache();
  const verdict = {};
  kept.keep("a", verdict, 10, 1_000);
  it.now = 999;
  expect(kept.get("a")).toBe(verdict);
  it.now = 1_000;
  expect(kept.get("a")).toBeUndefined();
  expect(kept.bytes).toBe(0);
});

test("a flood of clients stays in its memory, and who asks often stays", () => {
  const { it, kept } = cache();
  const often = {};
  kept.keep("often", often, 100, 60_000);
  for (let i = 0; i < 300_000; i++) {
    kept.keep(`k${i}`, {}, 100, 60_000);
    if (i % 1_000 === 0) expect(kept.get("often")).toBe(often);
  }
  expect(kept.bytes).toBeLessThanOrEqual(32 * 1024 * 1024);
  expect(it.evicted).toBeGreaterThan(100_000);
  // One that would fill it all is not kept, and takes nobody else's place.
  kept.keep("huge", {}, 64 * 1024 * 1024, 60_000);
  expect(kept.get("huge")).toBeUndefined();
  expect(kept.get("often")).toBe(often);
});

test("other files with the same policy find what was kept", async () => {
  const { world, authorizers, ask } = authorizerWorld({ function: "f" });
  await ask({ headers: ["Authorization", "a"] });
  world.reload({ doorLayers: [authorizer] });
  await ask({ headers: ["Authorization", "a"] });
  await settle();
  expect(authorizers.invocations).toHaveLength(1);
  expect(world.legacy.calls).toHaveLength(2);
});
