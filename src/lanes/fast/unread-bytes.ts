/** A block of which less than this part is still to be read is let go of, and its rest copied. */
const KEPT_PART = 4;

/**
 * What a connection brought and nobody has read yet: pipelined requests, a head that is not whole. Bytes come as views that are the
 * caller's only during the call. They are copied once however many requests they hold: what a request leaves of them stays where it is.
 */
export class UnreadBytes {
  private view: Buffer | undefined = undefined;
  /** This connection's own; `view` lies in it once it is kept. */
  private block: Buffer | undefined = undefined;

  get length(): number {
    return this.view?.length ?? 0;
  }

  /** Bytes that are read in this turn, or kept at its end. There are no others. */
  lend(bytes: Buffer): void {
    this.view = bytes;
  }

  /** Those that were lent are kept, if they are there still. */
  keepLent(bytes: Buffer): void {
    if (this.view === bytes) this.own(bytes);
  }

  /** Keeps `bytes` behind what is there. */
  keep(bytes: Buffer): void {
    const { view, block } = this;
    if (view === undefined) {
      this.own(bytes);
      return;
    }
    const needed = view.length + bytes.length;
    const at = view.byteOffset;
    if (block !== undefined && at + needed <= block.length && isIn(block, view)) {
      block.set(bytes, at + view.length);
      this.view = block.subarray(at, at + needed);
      return;
    }
    // Room for as much again: what comes in small pieces is moved seldom.
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, 2 * view.length));
    larger.set(view);
    larger.set(bytes, view.length);
    this.block = larger;
    this.view = larger.subarray(0, needed);
  }

  /** Gives what is there; what is left of it may be lent or kept again. */
  take(): Buffer | undefined {
    const { view } = this;
    this.view = undefined;
    return view;
  }

  /** Nothing is left of what was taken. */
  trim(): void {
    if (this.view === undefined) this.block = undefined;
  }

  private own(bytes: Buffer): void {
    const { block } = this;
    this.view = bytes;
    if (block !== undefined && isIn(block, bytes) && bytes.length * KEPT_PART >= block.length) return;
    const own = Buffer.allocUnsafeSlow(bytes.length);
    own.set(bytes);
    this.block = own;
    this.view = own;
  }
}

/** A block has its memory for itself. */
function isIn(block: Buffer, view: Buffer): boolean {
  return view.buffer === block.buffer;
}
