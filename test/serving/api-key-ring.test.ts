import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import type { ApiKeyInForce } from "../../src/domain/api-key.ts";
import { ApiKeyRing } from "../../src/serving/api-key-ring.ts";
import { addedUses, KeptApiKeys } from "../../src/serving/workers/kept-api-keys.ts";

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
const keyOf = (id: string, changes: Partial<ApiKeyInForce> = {}): ApiKeyInForce => ({
  ...{ id, hash: sha256(id), plan: "gold", state: "active", expiresAt: null },
  ...changes,
});

function ringOf() {
  const time = { now: 1000, ms: 0 };
  const clock = { now: () => time.now, micros: () => time.ms * 1000, hex: () => "" };
  return { ring: new ApiKeyRing(clock), clock, time };
}

test("keys are known by their hashes until they are removed, and the last word on one holds", () => {
  const { ring } = ringOf();
  expect(ring.ageMs()).toBe(Number.POSITIVE_INFINITY);
  ring.take({ keys: [keyOf("a"), keyOf("b")], ageMs: undefined });
  expect(ring.ageMs()).toBe(Number.POSITIVE_INFINITY);
  ring.take({ keys: [keyOf("a", { state: "revoked" })], ageMs: 5 });
  expect([ring.find(sha256("a"))?.state, ring.find(sha256("b"))?.state]).toEqual(["revoked", "active"]);
  expect(ring.ageMs()).toBe(5);
  ring.take({ keys: [keyOf("b", { hash: null })], ageMs: 0 });
  expect(ring.find(sha256("b"))).toBeUndefined();
});

test("what a key was used for stays when the key changes", () => {
  const { ring, time } = ringOf();
  ring.take({ keys: [keyOf("a"), keyOf("b")], ageMs: 0 });
  const a = ring.find(sha256("a"));
  if (a === undefined) throw new Error("not known");
  ring.used(a, true);
  time.now = 2000;
  ring.take({ keys: [keyOf("a", { state: "disabled" })], ageMs: 0 });
  ring.used(ring.find(sha256("a")) ?? a, false);
  expect(ring.uses(["a", "b", "c"])).toEqual([{ id: "a", passed: 1, refused: 1, lastAt: 2000 }]);
  const other = { id: "a", passed: 2, refused: 0, lastAt: 1500 };
  expect(addedUses([...ring.uses(["a"]), other])).toEqual([{ id: "a", passed: 3, refused: 1, lastAt: 2000 }]);
});

test("an authorizer's key stands for its holder while it holds and the store was heard of lately", () => {
  const { ring, time } = ringOf();
  ring.take({
    keys: [keyOf("a"), keyOf("r", { state: "revoked" }), keyOf("e", { expiresAt: 500 })],
    ageMs: 0,
  });
  ring.take({ keys: [keyOf("n", { plan: null })], ageMs: 0 });
  expect(["a", "n", "r", "e", "other"].map((text) => ring.holder(text))).toEqual([
    { id: "a", plan: "gold" },
    { id: "n", plan: undefined },
    ...[undefined, undefined, undefined],
  ]);
  time.ms = 5 * 60_000 + 1;
  expect(ring.holder("a")).toBeUndefined();
});

test("a process that begins later is told all keys in parts, and how old the last word is", () => {
  const { clock, time } = ringOf();
  const kept = new KeptApiKeys(clock);
  expect(kept.parts()).toEqual([]);
  kept.take({ keys: Array.from({ length: 4500 }, (_, n) => keyOf(`k${n}`)), ageMs: undefined });
  kept.take({ keys: [keyOf("k7", { state: "revoked" }), keyOf("k8", { hash: null })], ageMs: 3 });
  time.ms = 40;
  const parts = kept.parts();
  expect(parts.map(({ keys, ageMs }) => [keys.length, ageMs])).toEqual([
    [2000, undefined],
    [2000, undefined],
    [499, undefined],
    [0, 43],
  ]);
  const { ring } = ringOf();
  for (const part of parts) ring.take(part);
  expect(ring.find(sha256("k7"))?.state).toBe("revoked");
});
