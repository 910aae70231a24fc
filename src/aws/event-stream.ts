import { crc32 } from "node:zlib";
import { joined, KeptBytes } from "../wire/kept-bytes.ts";

/** Two lengths and their checksum. */
const PRELUDE_BYTES = 12;
const CHECKSUM_BYTES = 4;
/** Of the headers of one message, and of a message: the bounds of AWS's own decoder (aws-c-event-stream). */
const MAX_HEADER_BYTES = 128 * 1024;
const MAX_MESSAGE_BYTES = 24 * 1024 * 1024;

/** How long a header's value is, by its type; undefined: two bytes before it say so. */
const VALUE_BYTES: readonly (number | undefined)[] = [0, 0, 1, 2, 4, 8, undefined, undefined, 8, 16];
const TEXT = 7;

/** What came is no stream of events; why, for a log. */
export class EventStreamError extends Error {}

export interface EventMessage {
  /** Those that are texts. */
  readonly headers: ReadonlyMap<string, string>;
  /** Valid only during the call. */
  readonly payload: Uint8Array;
}

interface EventStreamHome {
  onMessage(message: EventMessage): void;
  /** So many more bytes of a message that is not whole are kept. False: they may not be. */
  reserve(bytes: number): boolean;
  release(bytes: number): void;
}

function headersOf(bytes: Buffer): ReadonlyMap<string, string> {
  const headers = new Map<string, string>();
  let at = 0;
  const take = (length: number) => {
    if (at + length > bytes.length) throw new EventStreamError("a header of a message is cut off");
    at += length;
    return bytes.subarray(at - length, at);
  };
  while (at < bytes.length) {
    const name = take(take(1).readUInt8()).toString("utf8");
    const type = take(1).readUInt8();
    if (type >= VALUE_BYTES.length) throw new EventStreamError("a header of a message is of no known type");
    const value = take(VALUE_BYTES[type] ?? take(2).readUInt16BE());
    if (type === TEXT) headers.set(name, value.toString("utf8"));
  }
  return headers;
}

/**
 * Reads `application/vnd.amazon.eventstream` as it comes: messages of a length, the length of its headers, a CRC-32 of the two,
 * headers, payload, and a CRC-32 of all before it. A message is handed on when it is whole and its checksums are right; what is kept
 * of one that is not is what came, whatever length it claims.
 */
export class EventStreamDecoder {
  private readonly home: EventStreamHome;
  private kept = new KeptBytes();
  /** Until the prelude, or the message, is whole. */
  private needed = PRELUDE_BYTES;

  constructor(home: EventStreamHome) {
    this.home = home;
  }

  /** Bytes of a message that is not whole. */
  get partial(): number {
    return this.kept.bytes;
  }

  /** Throws EventStreamError; it is of no more use then. */
  push(chunk: Uint8Array): void {
    let rest = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
    while (rest.length > 0) {
      const whole = this.kept.bytes === 0 && rest.length >= PRELUDE_BYTES ? totalOf(rest) : undefined;
      if (whole !== undefined && whole <= rest.length) {
        this.onWhole(rest.subarray(0, whole));
        rest = rest.subarray(whole);
      } else {
        const taken = Math.min(this.needed - this.kept.bytes, rest.length);
        this.keep(rest.subarray(0, taken));
        rest = rest.subarray(taken);
      }
    }
  }

  /** Lets go of what is kept. */
  close(): void {
    this.home.release(this.kept.held);
    this.kept = new KeptBytes();
    this.needed = PRELUDE_BYTES;
  }

  private keep(chunk: Uint8Array): void {
    if (!this.kept.keep(chunk, (bytes) => this.home.reserve(bytes)))
      throw new EventStreamError("no memory is left for its messages");
    if (this.kept.bytes < this.needed) return;
    const bytes = Buffer.from(joined(this.kept.chunks).buffer);
    if (this.needed === PRELUDE_BYTES) {
      this.needed = totalOf(bytes);
    } else {
      this.close();
      this.onWhole(bytes);
    }
  }

  private onWhole(bytes: Buffer): void {
    const end = bytes.length - CHECKSUM_BYTES;
    if (crc32(bytes.subarray(0, end)) !== bytes.readUInt32BE(end))
      throw new EventStreamError("the checksum of a message is wrong");
    const payloadAt = PRELUDE_BYTES + bytes.readUInt32BE(4);
    const headers = headersOf(bytes.subarray(PRELUDE_BYTES, payloadAt));
    this.home.onMessage({ headers, payload: bytes.subarray(payloadAt, end) });
  }
}

/** The length of a message that begins here, from its prelude. */
function totalOf(bytes: Buffer): number {
  const total = bytes.readUInt32BE(0);
  const headers = bytes.readUInt32BE(4);
  if (crc32(bytes.subarray(0, 8)) !== bytes.readUInt32BE(8))
    throw new EventStreamError("the checksum of a message's lengths is wrong");
  if (total > MAX_MESSAGE_BYTES || headers > MAX_HEADER_BYTES)
    throw new EventStreamError("a message is longer than messages may be");
  if (headers > total - PRELUDE_BYTES - CHECKSUM_BYTES)
    throw new EventStreamError("the lengths of a message do not fit");
  return total;
}
