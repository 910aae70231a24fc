import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { UnreadBytes } from "../../../src/lanes/fast/unread-bytes.ts";

const TEXT = Buffer.from(Array.from({ length: 256 * 1024 }, (_, i) => i % 251));
const REQUEST_BYTES = 40;

describe("bytes that nobody has read yet", () => {
  test("are copied a few times in all, however many requests they hold", () => {
    const rest = new UnreadBytes();
    const blocks = new Set<ArrayBufferLike>();
    let copied = 0;
    let requests = 0;
    rest.keep(TEXT);
    for (let bytes = rest.take(); bytes !== undefined; bytes = rest.take()) {
      requests++;
      expect(bytes.equals(TEXT.subarray(TEXT.length - bytes.length))).toBe(true);
      if (!blocks.has(bytes.buffer)) copied += bytes.length;
      blocks.add(bytes.buffer);
      if (bytes.length <= REQUEST_BYTES) break;
      const behind = bytes.subarray(REQUEST_BYTES);
      rest.lend(behind);
      rest.keepLent(behind);
      rest.trim();
    }
    expect(requests).toBeGreaterThan(6_500);
    expect(copied).toBeLessThan(2 * TEXT.length);
  });

  test("come one at a time and are moved a few times each", () => {
    const rest = new UnreadBytes();
    const blocks = new Map<ArrayBufferLike, number>();
    for (let i = 0; i < 64 * 1024; i++) {
      rest.keep(TEXT.subarray(i, i + 1));
      const bytes = rest.take() as Buffer;
      if (!blocks.has(bytes.buffer)) blocks.set(bytes.buffer, bytes.length);
      rest.keep(bytes);
    }
    expect(rest.take()?.equals(TEXT.subarray(0, 64 * 1024))).toBe(true);
    expect([...blocks.values()].reduce((sum, bytes) => sum + bytes, 0)).toBeLessThan(256 * 1024);
  });

  test("hold no large block for the few that are left", () => {
    const rest = new UnreadBytes();
    rest.keep(TEXT);
    rest.keep((rest.take() as Buffer).subarray(TEXT.length - 10));
    expect(rest.take()?.buffer.byteLength).toBe(10);
  });

  test("are those that came, in their order, whatever is taken of them and given back", () => {
    const step = fc.record({
      kept: fc.nat(300),
      read: fc.nat(400),
      how: fc.constantFrom("lend", "keep", "consume"),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const rest = new UnreadBytes();
        // What the socket reads into: overwritten by each read.
        const shared = Buffer.alloc(300);
        let came = 0;
        let gone = 0;
        for (const { kept, read, how } of steps) {
          TEXT.copy(shared, 0, came, came + kept);
          if (kept > 0) rest.keep(shared.subarray(0, kept));
          came += kept;
          shared.fill(255);
          const bytes = rest.take();
          const taken = bytes ?? Buffer.alloc(0);
          if (!taken.equals(TEXT.subarray(gone, came))) return false;
          const used = how === "consume" ? taken.length : Math.min(read, taken.length);
          gone += used;
          const behind = taken.subarray(used);
          if (behind.length > 0 && how === "lend") {
            rest.lend(behind);
            rest.keepLent(behind);
          } else if (behind.length > 0) {
            rest.keep(behind);
          }
          rest.trim();
          if (rest.length !== came - gone) return false;
        }
        return true;
      }),
      { numRuns: 300 },
    );
  });
});
