import fc from "fast-check";
import { expect, test } from "vitest";
import { FrameGate } from "../../src/websockets/frame-gate.ts";

/** A frame as a client writes it. */
function frame(bytes: number): Buffer {
  const head =
    bytes < 126
      ? Buffer.from([0x82, 0x80 | bytes])
      : bytes < 65_536
        ? Buffer.from([0x82, 0x80 | 126, bytes >> 8, bytes & 0xff])
        : Buffer.from([0x82, 0x80 | 127, 0, 0, 0, 0, 0, bytes >> 16, (bytes >> 8) & 0xff, bytes & 0xff]);
  return Buffer.concat([head, Buffer.alloc(4, 7), Buffer.alloc(bytes, 0x81)]);
}

test("a frame that is too long is found where it begins, however the bytes are cut, and no other is", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 70_000 }), { maxLength: 6 }),
      fc.array(fc.integer({ min: 1, max: 40_000 }), { minLength: 1, maxLength: 8 }),
      fc.integer({ min: 0, max: 70_000 }),
      (lengths, cuts, most) => {
        const bytes = Buffer.concat(lengths.map(frame));
        const gate = new FrameGate(most);
        let passed = 0;
        let found: number | undefined;
        let at = 0;
        for (let i = 0; at < bytes.length && found === undefined; i++) {
          const chunk = bytes.subarray(at, at + (cuts[i % cuts.length] as number));
          const end = gate.tooLongAt(chunk);
          if (end !== undefined) found = passed + end;
          passed += chunk.length;
          at += chunk.length;
        }
        const first = lengths.findIndex((length) => length > most);
        if (first < 0) expect(found).toBeUndefined();
        else {
          const begins = lengths.slice(0, first).reduce((sum, length) => sum + frame(length).length, 0);
          // A head that came in pieces began in a chunk before.
          expect(found).toBeGreaterThanOrEqual(begins);
          expect(found).toBeLessThan(begins + 14);
        }
      },
    ),
  );
});
