import { letGo } from "../wire/let-go.ts";
import type { SignedChunks } from "./contract.ts";
import { type Signing, sha256 } from "./sigv4.ts";

/** Of a chunk, what stands around its data: `;chunk-signature=`, 64 digits, and the two line ends, beside the digits of its length. */
const FRAME_BYTES = 17 + 64 + 2 + 2;
/** Room for all of that. */
const AROUND_BYTES = 128;
/** Where data begins: behind its head. */
const DATA_AT = AROUND_BYTES - 2;
/** Data of each chunk but the last: with what stands around it, it fills a block of the connection's. S3 wants 8 KiB at least. */
const CHUNK_BYTES = 64 * 1024 - AROUND_BYTES;
const LARGE_CHUNK_BYTES = 256 * 1024 - AROUND_BYTES;
/** Bodies from this length on are sent in large chunks: each chunk makes garbage, and many small uploads at once hold less. */
const LARGE_BODY_BYTES = 4 * 1024 * 1024;
const NOTHING = sha256("");

const frameOf = (bytes: number) => bytes.toString(16).length + FRAME_BYTES;

/** Data of each chunk but the last, of a body of so many bytes. */
export function chunkOf(bytes: number): number {
  return Math.min(bytes, bytes < LARGE_BODY_BYTES ? CHUNK_BYTES : LARGE_CHUNK_BYTES);
}

/** The length of a body of so many bytes, more than none, once it stands in signed chunks. */
export function chunkedLength(bytes: number, chunk: number): number {
  const whole = Math.floor(bytes / chunk);
  const rest = bytes % chunk;
  return whole * frameOf(chunk) + (rest > 0 ? frameOf(rest) : 0) + frameOf(0) + bytes;
}

/**
 * A body in chunks, each of which signs itself and those before it (`STREAMING-AWS4-HMAC-SHA256-PAYLOAD`): it needs no hash of the
 * whole body beforehand, and nobody on the way can change it. Data is kept where its chunk is written from, so that a chunk is one
 * copy and one write.
 */
export class ChunkSigner implements SignedChunks {
  private readonly signing: Signing;
  /** Before a chunk's signature in what it signs: the same for all. */
  private readonly scope: string;
  /** Room for a head, and data. A line end goes behind that. */
  private readonly held: Buffer;
  private readonly chunk: number;
  private used = 0;
  private last: string;
  private over = false;

  /** `seed`: the signature of the request's head. `chunk`: data of each chunk but the last. */
  constructor(signing: Signing, seed: string, chunk: number) {
    this.signing = signing;
    this.scope = `AWS4-HMAC-SHA256-PAYLOAD\n${signing.stamp}\n${signing.credential}\n`;
    this.last = seed;
    this.chunk = chunk;
    this.held = Buffer.allocUnsafeSlow(chunk + AROUND_BYTES);
  }

  push(chunk: Uint8Array, write: (bytes: Uint8Array) => void): void {
    let at = 0;
    while (at < chunk.length && !this.over) {
      const taken = Math.min(this.chunk - this.used, chunk.length - at);
      this.held.set(chunk.subarray(at, at + taken), DATA_AT + this.used);
      this.used += taken;
      at += taken;
      if (this.used === this.chunk) this.give(write);
    }
  }

  end(write: (bytes: Uint8Array) => void): void {
    if (this.used > 0) this.give(write);
    this.give(write);
  }

  drop(): void {
    this.over = true;
    letGo(this.held);
  }

  private give(write: (bytes: Uint8Array) => void): void {
    const { held, used, signing, scope, over } = this;
    if (over) return;
    const end = DATA_AT + used;
    const hash = used === 0 ? NOTHING : sha256(held.subarray(DATA_AT, end));
    this.last = signing.of(`${scope}${this.last}\n${NOTHING}\n${hash}`);
    this.used = 0;
    const head = `${used.toString(16)};chunk-signature=${this.last}\r\n`;
    const begin = DATA_AT - head.length;
    held.write(head, begin, "latin1");
    held.write("\r\n", end, "latin1");
    write(held.subarray(begin, end + 2));
  }
}
