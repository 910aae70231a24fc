import type { ReadGate } from "./read-gate.ts";

/** A stream of an HTTP/2 connection, as far as its bytes are concerned. */
interface Held {
  readonly readableLength: number;
}

/** A frame's head, and as much padding as it may have (RFC 9113 §6.1). */
const FRAME_BYTES = 9 + 256;

/**
 * Gives back at once what a connection's reads took: node:http2 reads into 64 KiB that are new each time, and streams get views of
 * them. The collector would only when tens of MiB have come. Whoever needs bytes of a body has copied them.
 */
export class ReadMemory {
  /** Those of the connection that may hold views. */
  readonly streams = new Set<Held>();
  /** Whether the connection is read in this turn. */
  readonly reads: ReadGate;
  private latest: ArrayBuffer | undefined;
  private seen = 0;
  private held = 0;

  constructor(reads: ReadGate) {
    this.reads = reads;
  }

  /** A stream hands on `chunk`. With the first one of another read, those of the one before have all been handed to their streams. */
  onChunk(chunk: Buffer): void {
    const buffer = chunk.buffer as ArrayBuffer;
    const before = this.latest;
    this.reads.onPiece(chunk.length);
    this.seen += chunk.length + FRAME_BYTES;
    if (buffer === before) return;
    this.latest = buffer;
    if (before !== undefined && !this.anyHeld()) before.transfer(0);
  }

  /** Bytes of bodies that have come since the last time, with those of their frames: some wait in their streams. */
  takeSeen(): number {
    let held = 0;
    for (const { readableLength } of this.streams) held += readableLength;
    const bytes = this.seen + held - this.held;
    this.seen = 0;
    this.held = held;
    return bytes;
  }

  private anyHeld(): boolean {
    for (const { readableLength } of this.streams) if (readableLength > 0) return true;
    return false;
  }
}
