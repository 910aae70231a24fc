import type { RawHeaders } from "./message.ts";
import type { WindowKey } from "./tally.ts";

/** Of a body so much is looked at, at its beginning and at its end, and its length. */
const LOOKED_AT_BYTES = 1024;

/** Of a field so many characters at its beginning, and as many at its end: a token differs there. */
const LOOKED_AT_CHARS = 256;

/**
 * Fields that say who asks, and for which form of the answer: behind one address there may be many users. Others may change with every
 * request (ids, traces, validators), and then a page that polls would be as many witnesses.
 */
const TELLING = new Set(["accept", "accept-language", "authorization", "cookie", "x-api-key"]);
const TELLING_LENGTHS = new Set([...TELLING].map(({ length }) => length));

interface AskedRequest {
  readonly method: string;
  readonly host: string;
  /** With its query. */
  readonly path: string;
  readonly headers: RawHeaders;
}

/** Two lanes of 32 bits, each multiplied and shifted for every four bytes: what one loses the other has. */
class Lanes {
  /** Bytes of a body that make no four yet, and how many bits they are. */
  private rest = 0;
  private restBits = 0;
  private a = 0x9e3779b9 | 0;
  private b = 0x243f6a88 | 0;

  add(value: number): void {
    const a = Math.imul(this.a ^ value, 0x85ebca6b);
    this.a = a ^ (a >>> 15);
    const b = Math.imul(this.b ^ value, 0xc2b2ae35);
    this.b = b ^ (b >>> 13);
  }

  /** With its length: what ends in one text does not go on in the next. */
  addText(text: string): void {
    const { length } = text;
    this.add(length);
    const at = (i: number) => text.charCodeAt(i);
    let i = 0;
    // Characters of a request are bytes (message).
    for (; i + 3 < length; i += 4) this.add(at(i) | (at(i + 1) << 8) | (at(i + 2) << 16) | (at(i + 3) << 24));
    for (; i < length; i++) this.add(at(i));
  }

  addBytes(bytes: Uint8Array, from: number, to: number): void {
    let { rest, restBits } = this;
    for (let i = Math.max(0, from); i < Math.min(bytes.length, to); i++) {
      rest |= (bytes[i] as number) << restBits;
      restBits += 8;
      if (restBits < 32) continue;
      this.add(rest);
      [rest, restBits] = [0, 0];
    }
    this.rest = rest;
    this.restBits = restBits;
  }

  /** 1 to 2^53 - 1. */
  value(): number {
    if (this.restBits > 0) this.add(this.rest);
    const { a, b } = this;
    const high = Math.imul(a ^ (b >>> 16), 0x27d4eb2f) >>> 11;
    const low = Math.imul(b ^ (a >>> 16), 0x165667b1);
    return high * 0x1_0000_0000 + ((low ^ (low >>> 15)) >>> 0) || 1;
  }
}

function addFields(lanes: Lanes, headers: RawHeaders): void {
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const name = headers[i] as string;
    if (!TELLING_LENGTHS.has(name.length) || !TELLING.has(name.toLowerCase())) continue;
    const value = headers[i + 1] as string;
    lanes.addText(name.toLowerCase());
    if (value.length <= 2 * LOOKED_AT_CHARS) {
      lanes.addText(value);
      continue;
    }
    lanes.add(value.length);
    lanes.addText(value.slice(0, LOOKED_AT_CHARS));
    lanes.addText(value.slice(-LOOKED_AT_CHARS));
  }
}

/** Its beginning and its end, however it came in chunks. */
function addBody(lanes: Lanes, chunks: readonly Uint8Array[]): void {
  const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  lanes.add(length);
  const end = Math.max(LOOKED_AT_BYTES, length - LOOKED_AT_BYTES);
  let at = 0;
  for (const chunk of chunks) {
    lanes.addBytes(chunk, 0, LOOKED_AT_BYTES - at);
    lanes.addBytes(chunk, end - at, chunk.length);
    at += chunk.length;
  }
}

/**
 * Which request of which client it is, in one evidence window: 53 bits, nothing of it in clear. A request that is taken for another
 * costs one comparison that does not count: one in 68 billion, with all places taken (witnesses). So are bodies of one length that
 * differ behind their first KiB and before their last alone, and long fields that differ in their middle alone. `key`: the split hash of its sticky key.
 */
export function requestHash(
  { route, revision, epoch }: WindowKey,
  key: number,
  { method, host, path, headers }: AskedRequest,
  body: readonly Uint8Array[],
): number {
  const lanes = new Lanes();
  lanes.add(key);
  lanes.add(revision);
  lanes.add(epoch);
  lanes.addText(route);
  lanes.addText(method);
  lanes.addText(host);
  lanes.addText(path);
  addFields(lanes, headers);
  if (body.length > 0) addBody(lanes, body);
  return lanes.value();
}
