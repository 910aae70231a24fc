import { createHash } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { LastDigest } from "../../src/lanes/last-digest.ts";

test("is the text's own SHA-256, whatever came on the connection before", () => {
  const texts = fc.array(
    fc.constantFrom("", "a", "b", "key", "kez", "x".repeat(4096), "y".repeat(4097), "ü"),
    {
      maxLength: 30,
    },
  );
  fc.assert(
    fc.property(texts, (sent) => {
      const digests = new LastDigest();
      for (const text of sent)
        expect(digests.of(text)).toBe(createHash("sha256").update(text, "utf8").digest("hex"));
    }),
  );
});

test("holds no text that came once, and none that is long", () => {
  const held = (...sent: readonly string[]) => {
    const digests = new LastDigest();
    for (const text of sent) digests.of(text);
    return JSON.stringify(digests);
  };
  expect(held("once")).not.toContain("once");
  expect(held("twice", "twice")).toContain("twice");
  expect(held("twice", "twice", "other")).not.toContain("twice");
  expect(held("x".repeat(4097), "x".repeat(4097))).not.toContain("xxx");
});
