import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { headBytes, KeptBytes } from "../../src/wire/kept-bytes.ts";

const all = () => true;

describe("what is kept of a body", () => {
  it("is in proportion to its bytes, however they come", () => {
    for (const size of [1, 10, 100, 4096]) {
      const kept = new KeptBytes();
      let reserved = 0;
      const chunk = Buffer.alloc(size, "x");
      for (let bytes = 0; bytes < 1024 * 1024; bytes += size)
        kept.keep(chunk, (more) => {
          reserved += more;
          return true;
        });
      expect(kept.held).toBe(reserved);
      expect(reserved).toBeLessThan(kept.bytes * 1.2);
      expect(kept.chunks.length).toBeLessThan(300);
    }
  });

  it("is those bytes, and what was reserved holds all blocks", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 9000 }), { maxLength: 20 }), (chunks) => {
        const kept = new KeptBytes();
        for (const chunk of chunks) expect(kept.keep(chunk, all)).toBe(true);
        expect(Buffer.concat(kept.chunks)).toEqual(Buffer.concat(chunks));
        const blocks = new Set(kept.chunks.map(({ buffer }) => buffer));
        let allocated = 0;
        for (const { byteLength } of blocks) allocated += byteLength;
        expect(kept.held).toBeGreaterThanOrEqual(allocated);
      }),
    );
  });

  it("stays as it was when a chunk's memory is refused", () => {
    const kept = new KeptBytes();
    kept.keep(Buffer.from("ab"), all);
    const { held } = kept;
    expect(kept.keep(Buffer.from("cd"), () => false)).toBe(false);
    expect(kept).toMatchObject({ bytes: 2, held });
    expect(Buffer.concat(kept.chunks).toString()).toBe("ab");
  });

  it("of a head counts its fields, the empty ones too", () => {
    expect(headBytes(["a", "", "b", ""])).toBeGreaterThan(100);
  });
});
