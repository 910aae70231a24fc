import type { SignedChunks } from "./contract.ts";
import { type Signing, sha256 } from "./sigv4.ts";

/** Of each chunk but the last. S3 wants 8 KiB at least. */
const CHUNK_BYTES = 64 * 1024;
/** `;chunk-signature=`, 64 digits, and the two line ends. */
const FRAME_BYTES = 17 + 64 + 2 + 2;
const NOTHING = sha256("");

const frameOf = (bytes: number) => bytes.toString(16).length + FRAME_BYTES;

/** The length of a body of so many bytes once it stands in signed chunks. */
export function chunkedLength(bytes: number): number {
  const whole = Math.floor(bytes / CHUNK_BYTES);
  const rest = bytes % CHUNK_BYTES;
  return whole * frameOf(CHUNK_BYTES) + (rest > 0 ? frameOf(rest) : 0) + frameOf(0) + bytes;
}

/**
 * A body in chunks, each of which signs itself and those before it (`STREAMING-AWS4-HMAC-SHA256-PAYLOAD`): it needs no hash of the
 * whole body beforehand, and nobody on the way can change it.
 */
export class ChunkSigner implements SignedChunks {
  private readonly signing: Signing;
  private readonly held = Buffer.allocUnsafeSlow(CHUNK_BYTES);
  private used = 0;
  private last: string;
  /** The line end of the chunk before: one write with the next one's head. */
  private before = "";

  /** `seed`: the signature of the request's head. */
  constructor(signing: Signing, seed: string) {
    this.signing = signing;
    this.last = seed;
  }

  push(chunk: Uint8Array, write: (bytes: Uint8Array) => void): void {
    let at = 0;
    while (at < chunk.length) {
      const taken = Math.min(CHUNK_BYTES - this.used, chunk.length - at);
      this.held.set(chunk.subarray(at, at + taken), this.used);
      this.used += taken;
      at += taken;
      if (this.used === CHUNK_BYTES) this.give(write);
    }
  }

  end(write: (bytes: Uint8Array) => void): void {
    if (this.used > 0) this.give(write);
    this.give(write);
  }

  private give(write: (bytes: Uint8Array) => void): void {
    const data = this.held.subarray(0, this.used);
    this.used = 0;
    const { stamp, credential } = this.signing;
    const lines = ["AWS4-HMAC-SHA256-PAYLOAD", stamp, credential, this.last, NOTHING, sha256(data)];
    this.last = this.signing.of(lines.join("\n"));
    const head = `${this.before}${data.length.toString(16)};chunk-signature=${this.last}\r\n`;
    this.before = "\r\n";
    if (data.length > 0) {
      write(Buffer.from(head, "latin1"));
      write(data);
    } else write(Buffer.from(`${head}\r\n`, "latin1"));
  }
}
