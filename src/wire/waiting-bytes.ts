/** Beyond this, over all connections, they are read in short pieces. */
export const PLENTY_BYTES = 32 * 1024 * 1024;
/** What one read brings at most, once its connection has filled a smaller one; and what it brings once plenty waits. */
export const BLOCK_BYTES = 256 * 1024;
export const SHORT_READ_BYTES = 16 * 1024;
/** So many connections that rest in one turn are a crowd. */
const CROWD = 8;
/** What a stream reads at once, where nobody gave the socket a buffer of ours; what we give one that was such a stream, and each of a crowd. */
export const STREAM_READ_BYTES = 64 * 1024;

/**
 * Body bytes that were read and that their receivers have not taken yet, over all connections of the thread. No honest client
 * fails for them: each connection is paused while its own wait, and with plenty of them each may bring only little more.
 */
class WaitingBytes {
  private heldBytes = 0;
  /** Connections that are not read until the others had their turn. */
  resting = 0;
  /** How many reads were short because plenty waited. */
  shortened = 0;

  get held(): number {
    return this.heldBytes;
  }

  get plenty(): boolean {
    return this.heldBytes > PLENTY_BYTES;
  }

  /** So many always have more that a turn of full reads would be long: each of them brings less. */
  get crowded(): boolean {
    return this.resting >= CROWD;
  }

  /** What was read has to be somewhere: nothing is refused. */
  hold(bytes: number): void {
    this.heldBytes += bytes;
  }

  release(bytes: number): void {
    this.heldBytes -= bytes;
  }
}

export const waitingBytes = new WaitingBytes();

interface OnRead {
  readonly buffer: () => Buffer;
  readonly callback: (bytes: number) => boolean;
}

/** A buffer that all connections of one kind read into: a read is handed on before the next can happen, so whoever keeps bytes copies them. */
export class ReadBuffer {
  readonly bytes = Buffer.allocUnsafeSlow(BLOCK_BYTES);
  private readonly less = this.bytes.subarray(0, STREAM_READ_BYTES);
  private readonly short = this.bytes.subarray(0, SHORT_READ_BYTES);

  /**
   * How one connection reads (`onread` of net). Most have little to say: only one whose last read was full is read by the whole block.
   * Undefined is the buffer that it had before; Node takes that, though its types do not say so, and has less to do.
   */
  ofConnection(take: (bytes: number) => boolean): OnRead {
    let now: Buffer | undefined;
    let last = 0;
    return {
      buffer: () => {
        const small = waitingBytes.crowded || last < STREAM_READ_BYTES;
        const next = waitingBytes.plenty ? this.short : small ? this.less : this.bytes;
        if (next === this.short) waitingBytes.shortened++;
        if (next === now) return undefined as unknown as Buffer;
        now = next;
        return next;
      },
      callback: (bytes) => {
        last = bytes;
        return take(bytes);
      },
    };
  }
}
