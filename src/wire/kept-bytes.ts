import type { RawHeaders } from "../domain/message.ts";

/** Chunks from this size on have a block of their own; smaller ones are joined. */
const OWN_BYTES = 4 * 1024;
const FIRST_BLOCK_BYTES = 512;
const MAX_BLOCK_BYTES = 16 * 1024;
/** What a block costs beside its bytes, and a field of a head beside its characters. */
export const BLOCK_COST = 256;
const FIELD_COST = 64;

/** What a head takes in memory, about. */
export function headBytes(headers: RawHeaders): number {
  let bytes = 0;
  for (const text of headers) bytes += text.length;
  return bytes + (headers.length >> 1) * FIELD_COST;
}

/**
 * A copy of a body that comes in chunks. Small ones are joined into blocks, so that what is held is in proportion to the bytes
 * however they come, and `reserve` is asked for all of it: blocks as they are allocated, not as they are filled.
 */
export class KeptBytes {
  /** Of the body. */
  bytes = 0;
  /** Reserved for it. */
  held = 0;
  private readonly full: Uint8Array[] = [];
  private block: Uint8Array | undefined = undefined;
  private used = 0;

  get chunks(): readonly Uint8Array[] {
    const { full, block, used } = this;
    return block === undefined ? full : [...full, block.subarray(0, used)];
  }

  /** False: what it takes was refused, and the chunk is not kept. */
  keep(chunk: Uint8Array, reserve: (bytes: number) => boolean): boolean {
    const { block, used } = this;
    const room = block === undefined ? 0 : Math.min(block.length - used, chunk.length);
    const rest = chunk.length - room;
    if (rest > 0 && !this.reserveBlock(rest, reserve)) return false;
    block?.set(chunk.subarray(0, room), used);
    this.used = used + room;
    if (rest > 0) this.addBlock(chunk.subarray(room));
    this.bytes += chunk.length;
    return true;
  }

  private reserveBlock(rest: number, reserve: (bytes: number) => boolean): boolean {
    const cost = this.sizeFor(rest) + BLOCK_COST;
    if (!reserve(cost)) return false;
    this.held += cost;
    return true;
  }

  /** Most bodies are one chunk: the first block is as large as that. */
  private sizeFor(rest: number): number {
    if (this.block === undefined || rest >= OWN_BYTES) return rest;
    return Math.max(rest, Math.min(MAX_BLOCK_BYTES, Math.max(FIRST_BLOCK_BYTES, this.bytes)));
  }

  private addBlock(rest: Uint8Array): void {
    const next = Buffer.allocUnsafeSlow(this.sizeFor(rest.length));
    if (this.block !== undefined) this.full.push(this.block.subarray(0, this.used));
    next.set(rest);
    this.block = next;
    this.used = rest.length;
  }
}

/** One copy with memory of its own: what is sent to a thread takes its whole buffer along, which of a pooled one is others' too. */
export function joined(chunks: readonly Uint8Array[]): Uint8Array {
  let bytes = 0;
  for (const chunk of chunks) bytes += chunk.length;
  const whole = new Uint8Array(bytes);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}
