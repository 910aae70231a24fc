import { crc32 } from "node:zlib";

/** A prime, so that no buffer of anybody begins where it does. */
const BLOCK_BYTES = 65_521;

function made() {
  const block = Buffer.allocUnsafe(BLOCK_BYTES);
  let state = 1;
  for (let i = 0; i < BLOCK_BYTES; i++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    // Letters, so that a damaged body can be read.
    block[i] = 97 + ((state >>> 16) % 26);
  }
  return block;
}
const BLOCK = made();

/** The body `size` bytes long from `from` on, in pieces that are parts of one block: bodies of 16 MiB cost no memory. */
export function* pieces(size, from = 0) {
  for (let at = from; at < size; ) {
    const begin = at % BLOCK_BYTES;
    const take = Math.min(size - at, BLOCK_BYTES - begin);
    yield BLOCK.subarray(begin, begin + take);
    at += take;
  }
}

/** Takes bytes as they come: how many, and their checksum. */
export class Sum {
  bytes = 0;
  crc = 0;

  take(chunk) {
    this.bytes += chunk.length;
    this.crc = crc32(chunk, this.crc);
  }

  /** Fails unless it was the body of `size` bytes, from `from` on. */
  mustBe(size, from = 0) {
    if (this.bytes !== size - from) throw new Error(`${this.bytes} bytes instead of ${size - from}`);
    if (this.crc !== sumOf(size, from)) throw new Error(`${size - from} bytes, but other ones`);
  }
}

const sums = new Map();

/** The checksum of a body; each is worked out once. */
export function sumOf(size, from = 0) {
  const key = `${size} ${from}`;
  let crc = sums.get(key);
  if (crc === undefined) {
    crc = 0;
    for (const piece of pieces(size, from)) crc = crc32(piece, crc);
    sums.set(key, crc);
  }
  return crc;
}

/** Writes `parts` to a stream, waiting for it. */
export async function pour(parts, stream) {
  for (const part of parts) {
    if (stream.destroyed) return;
    if (stream.write(part)) continue;
    await new Promise((resolve) => {
      const over = () => {
        stream.off("drain", over);
        stream.off("close", over);
        resolve();
      };
      stream.on("drain", over);
      stream.on("close", over);
    });
  }
}
