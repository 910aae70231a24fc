import { expect, test } from "vitest";
import { writeParts } from "../../src/wire/blocks.ts";
import { WaitingBody } from "../../src/wire/waiting-body.ts";
import {
  BLOCK_BYTES,
  PLENTY_BYTES,
  ReadBuffer,
  SHORT_READ_BYTES,
  STREAM_READ_BYTES,
  waitingBytes,
} from "../../src/wire/waiting-bytes.ts";

test("a copy that waits is held in a block of less than twice its bytes, until it is written", () => {
  const before = waitingBytes.held;
  const written: ((error?: Error | null) => void)[] = [];
  const writer = {
    write: (_bytes: Buffer | string, done?: unknown) => {
      written.push(done as () => void);
      return false;
    },
    cork() {},
    uncork() {},
  };
  for (const length of [4 * 1024 + 1, 10_000, 16 * 1024, 200_000, 256 * 1024]) {
    const held = waitingBytes.held;
    writeParts(writer, "", new Uint8Array(length), "");
    expect(waitingBytes.held - held).toBeGreaterThanOrEqual(length);
    expect(waitingBytes.held - held).toBeLessThan(2 * length);
  }
  for (const [at, done] of written.entries()) done(at === 0 ? new Error("reset") : null);
  expect(waitingBytes.held).toBe(before);
});

test("reads are larger behind one that was full, short while plenty waits, and those are counted", () => {
  const reads = new ReadBuffer();
  const { buffer: next, callback: read } = reads.ofConnection(() => true);
  expect(next()).toHaveLength(STREAM_READ_BYTES);
  read(100);
  // As before: Node is told nothing.
  expect(next()).toBeUndefined();
  read(STREAM_READ_BYTES);
  expect(next()).toBe(reads.bytes);
  const { shortened } = waitingBytes;
  waitingBytes.hold(PLENTY_BYTES + 1);
  read(BLOCK_BYTES);
  const short = next();
  waitingBytes.release(PLENTY_BYTES + 1);
  expect(short).toHaveLength(SHORT_READ_BYTES);
  expect(short.buffer).toBe(reads.bytes.buffer);
  expect(waitingBytes.shortened).toBe(shortened + 1);
  read(SHORT_READ_BYTES);
  expect(next()).toHaveLength(STREAM_READ_BYTES);
});

test("a body that waits is joined, counted as it is held, and let go of once", () => {
  const before = waitingBytes.held;
  const body = new WaitingBody();
  for (let n = 0; n < 10_000; n++) body.keep(Buffer.from([n % 256]));
  expect(waitingBytes.held - before).toBeGreaterThanOrEqual(10_000);
  expect(waitingBytes.held - before).toBeLessThan(40_000);
  const chunks = body.take();
  expect(chunks.length).toBeLessThan(20);
  expect(Buffer.concat(chunks)).toEqual(Buffer.from(Array.from({ length: 10_000 }, (_, n) => n % 256)));
  expect(waitingBytes.held).toBe(before);
  expect(body.take()).toEqual([]);
  expect(waitingBytes.held).toBe(before);
});
