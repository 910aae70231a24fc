/** Longest head of a client's frame (RFC 6455 §5.2): two bytes, a length of eight, a mask of four. */
const HEAD_BYTES = 14;

/**
 * Reads along in a client's bytes and finds a frame that is longer than may be, before any of it is kept. What is no frame is for
 * others to find: nothing but lengths is read.
 */
export class FrameGate {
  private readonly maxBytes: number;
  /** Of the head of the frame that has begun. */
  private readonly head = new Uint8Array(HEAD_BYTES);
  private have = 0;
  /** Bytes of the frame's payload that are still to come. */
  private left = 0;

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes;
  }

  /** How many of these bytes lie before a frame that is too long; undefined: there is none. */
  tooLongAt(chunk: Uint8Array): number | undefined {
    let at = 0;
    let begun = 0;
    while (at < chunk.length) {
      if (this.left > 0) {
        const passed = Math.min(this.left, chunk.length - at);
        this.left -= passed;
        at += passed;
        continue;
      }
      if (this.have === 0) begun = at;
      this.head[this.have++] = chunk[at++] as number;
      const length = this.length();
      if (length === undefined) continue;
      if (length > this.maxBytes) return begun;
      this.left = length;
      this.have = 0;
    }
    return undefined;
  }

  /** Of the frame's payload; undefined: its head is not all here. */
  private length(): number | undefined {
    const { head, have } = this;
    if (have < 2) return undefined;
    const second = head[1] as number;
    const short = second & 0x7f;
    const extended = short === 126 ? 2 : short === 127 ? 8 : 0;
    if (have < 2 + extended + (second & 0x80 ? 4 : 0)) return undefined;
    let length = extended === 0 ? short : 0;
    for (let i = 0; i < extended; i++) length = length * 256 + (head[2 + i] as number);
    return length;
  }
}
