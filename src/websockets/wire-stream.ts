import { Duplex } from "node:stream";
import type { ClientWire } from "./contract.ts";

/** A small one: what waits is counted against a bound of the client's own. */
const MARK_BYTES = 16 * 1024;

/**
 * A tunnel to a client, as the stream that `ws` speaks over. The answer to the handshake is the lane's: what `ws` writes of one, its first
 * write, goes nowhere.
 */
export class WireStream extends Duplex {
  private readonly wire: ClientWire;
  private handshake = true;
  private held: (() => void) | undefined = undefined;
  private inputOver = false;
  /** The client's bytes wait: it was told to send no more. */
  private full = false;

  constructor(wire: ClientWire) {
    super({ readableHighWaterMark: MARK_BYTES, writableHighWaterMark: MARK_BYTES, allowHalfOpen: true });
    this.wire = wire;
  }

  /** Bytes of the client's. False: no more for now. */
  feed(chunk: Uint8Array): boolean {
    if (this.destroyed || this.inputOver) return true;
    // Valid only during the call.
    const more = this.push(Buffer.from(chunk));
    if (!more) this.full = true;
    return more;
  }

  inputEnded(): void {
    if (this.inputOver) return;
    this.inputOver = true;
    if (!this.destroyed) this.push(null);
  }

  drained(): void {
    const held = this.held;
    this.held = undefined;
    held?.();
  }

  override _read(): void {
    if (!this.full) return;
    this.full = false;
    this.wire.more();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    if (this.handshake) {
      this.handshake = false;
      done();
    } else if (this.wire.send(chunk)) done();
    else this.held = done;
  }

  override _final(done: () => void): void {
    this.wire.finish();
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.held = undefined;
    if (!this.writableFinished || !this.inputOver) this.wire.breakOff();
    done(error);
  }
}
