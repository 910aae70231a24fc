import fc from "fast-check";
import { expect, test } from "vitest";
import { EventStreamDecoder, EventStreamError } from "../../src/aws/event-stream.ts";
import { eventMessage, sdkCodec } from "../support/event-messages.ts";

interface Got {
  readonly headers: Readonly<Record<string, string>>;
  readonly payload: string;
}

/** Feeds chunks; what came of them, what was said against them, and what stayed reserved. */
function read(chunks: readonly Uint8Array[], limit = Number.POSITIVE_INFINITY) {
  const got: Got[] = [];
  let held = 0;
  let most = 0;
  const decoder = new EventStreamDecoder({
    onMessage: ({ headers, payload }) =>
      got.push({ headers: Object.fromEntries(headers), payload: Buffer.from(payload).toString("latin1") }),
    reserve: (bytes) => {
      if (held + bytes > limit) return false;
      held += bytes;
      most = Math.max(most, held);
      return true;
    },
    release: (bytes) => {
      held -= bytes;
    },
  });
  let problem: string | undefined;
  try {
    for (const chunk of chunks) decoder.push(chunk);
  } catch (error) {
    if (!(error instanceof EventStreamError)) throw error;
    problem = error.message;
  }
  const { partial } = decoder;
  decoder.close();
  return { got, problem, partial, held, most };
}

const arbitraryHeaders = fc.dictionary(
  fc.string({ minLength: 1, maxLength: 20 }).filter((name) => name !== "__proto__"),
  fc.oneof(
    fc.record({ type: fc.constant("string"), value: fc.string({ maxLength: 60 }) }),
    fc.record({ type: fc.constant("boolean"), value: fc.boolean() }),
    fc.record({ type: fc.constant("byte"), value: fc.integer({ min: -128, max: 127 }) }),
    fc.record({ type: fc.constant("short"), value: fc.integer({ min: -32768, max: 32767 }) }),
    fc.record({ type: fc.constant("integer"), value: fc.integer() }),
    fc.record({ type: fc.constant("binary"), value: fc.uint8Array({ maxLength: 40 }) }),
    fc.record({ type: fc.constant("timestamp"), value: fc.date({ noInvalidDate: true }) }),
    fc.record({ type: fc.constant("uuid"), value: fc.uuid() }),
  ),
  { maxKeys: 6 },
);
const arbitraryMessages = fc.array(
  fc.record({ headers: arbitraryHeaders, body: fc.uint8Array({ maxLength: 300 }) }),
  { maxLength: 5 },
);

/** Cuts bytes into pieces of the given sizes, over and over. */
function cut(bytes: Uint8Array, sizes: readonly number[]): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const size = sizes[turn % sizes.length] as number;
    pieces.push(bytes.subarray(at, at + size));
    at += size;
  }
  return pieces;
}
const arbitrarySizes = fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 5 });

test("what the AWS SDK's codec writes is read, however it is cut into pieces", () => {
  fc.assert(
    fc.property(arbitraryMessages, arbitrarySizes, (messages, sizes) => {
      const bytes = Buffer.concat(messages.map((message) => sdkCodec().encode(message)));
      const { got, problem, partial, held } = read(cut(bytes, sizes));
      expect(problem).toBeUndefined();
      expect([partial, held]).toEqual([0, 0]);
      expect(got).toEqual(
        messages.map(({ headers, body }) => ({
          headers: Object.fromEntries(
            Object.entries(headers).flatMap(([name, { type, value }]) =>
              type === "string" ? [[name, value]] : [],
            ),
          ),
          payload: Buffer.from(body).toString("latin1"),
        })),
      );
    }),
    { numRuns: 200 },
  );
});

test("a message with any bit of it turned is never handed on", () => {
  const whole = eventMessage("PayloadChunk", Buffer.from("some bytes of an answer"));
  for (let at = 0; at < whole.length; at++) {
    for (const bit of [1, 128]) {
      const bytes = Buffer.from(whole);
      bytes[at] = (bytes[at] as number) ^ bit;
      const { got, problem } = read([bytes]);
      expect([at, got]).toEqual([at, []]);
      expect(problem).toMatch(/checksum/);
    }
  }
});

test("a stream that is cut off has part of a message left, and nothing of it is handed on", () => {
  const whole = eventMessage("PayloadChunk", Buffer.from("x".repeat(100)));
  for (let length = 1; length < whole.length; length++) {
    const { got, problem, partial } = read([whole.subarray(0, length)]);
    expect([got, problem, partial]).toEqual([[], undefined, length]);
  }
});

/** A prelude with these lengths and a right checksum. */
function prelude(total: number, headers: number): Buffer {
  const message = Buffer.alloc(12);
  message.writeUInt32BE(total, 0);
  message.writeUInt32BE(headers, 4);
  message.writeUInt32BE(crcOf(message.subarray(0, 8)), 8);
  return message;
}

/** CRC-32, bit by bit: the polynomial of RFC 1952. */
function crcOf(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return (crc ^ 0xffffffff) >>> 0;
}

test.each([
  ["longer than messages may be", prelude(0xffffffff, 0)],
  ["headers longer than they may be", prelude(1_000_000, 500_000)],
  ["shorter than its own frame", prelude(12, 0)],
  ["of no length", prelude(0, 0)],
  ["headers longer than the message", prelude(40, 30)],
])("a message that claims to be %s is refused at its first 12 bytes", (_what, bytes) => {
  const { got, problem, most } = read([bytes]);
  expect(got).toEqual([]);
  expect(problem).toMatch(/longer than messages|do not fit/);
  expect(most).toBeLessThan(1000);
});

test("a length that is claimed reserves nothing: only what came is kept, and not past what may be", () => {
  const claimed = prelude(20_000_000, 0);
  expect(read([claimed, Buffer.alloc(1000)]).most).toBeLessThan(3000);
  const chunks = [claimed, ...Array.from({ length: 100 }, () => Buffer.alloc(1000))];
  const { problem, most, held } = read(chunks, 20_000);
  expect(problem).toBe("no memory is left for its messages");
  expect(most).toBeLessThanOrEqual(20_000);
  expect(held).toBe(0);
});

test("headers that do not fit into their length are an error, with right checksums too", () => {
  const body = Buffer.from([5, 97, 98]);
  const message = Buffer.concat([prelude(12 + body.length + 4, body.length), body, Buffer.alloc(4)]);
  message.writeUInt32BE(crcOf(message.subarray(0, -4)), message.length - 4);
  expect(read([message]).problem).toBe("a header of a message is cut off");
  const typed = Buffer.from([1, 97, 10]);
  const strange = Buffer.concat([prelude(12 + typed.length + 4, typed.length), typed, Buffer.alloc(4)]);
  strange.writeUInt32BE(crcOf(strange.subarray(0, -4)), strange.length - 4);
  expect(read([strange]).problem).toBe("a header of a message is of no known type");
});
