import { BLOCK_BYTES, waitingBytes } from "./waiting-bytes.ts";

/** Blocks kept for the next time, of all sizes. */
const MAX_FREE_BYTES = 8 * 1024 * 1024;
/** Smaller copies come from Node's own pool. */
const SMALL_BYTES = 4 * 1024;

/** By size: the power of two that it is. */
const free: Buffer[][] = Array.from({ length: Math.log2(BLOCK_BYTES) + 1 }, () => []);
let freeBytes = 0;

interface BytesWriter {
  /** Of a response, the connection: null until it is its turn. */
  readonly socket?: { readonly destroyed: boolean } | null;
  write(bytes: Buffer, done?: (error?: Error | null) => void): boolean;
  write(text: string, encoding: "latin1"): boolean;
  cork(): void;
  uncork(): void;
}

/** A response without a live connection may never say that its bytes are written. */
function willTell({ socket }: BytesWriter): boolean {
  return socket === undefined || (socket !== null && !socket.destroyed);
}

/**
 * Writes a copy of `bytes`, which are the caller's only during the call. Copies live in blocks that are used again once they
 * are written: fresh ones would be collected late, and memory would grow with the length of a body. A block is less than
 * twice its bytes, so that a receiver who does not read holds no more than what waits for it.
 */
function writeCopy(writer: BytesWriter, bytes: Uint8Array): boolean {
  const { length } = bytes;
  if (length <= SMALL_BYTES || length > BLOCK_BYTES || !willTell(writer)) {
    return writer.write(Buffer.from(bytes));
  }
  const power = 32 - Math.clz32(length - 1);
  const fitting = free[power] as Buffer[];
  const known = fitting.pop();
  const block = known ?? Buffer.allocUnsafeSlow(1 << power);
  if (known !== undefined) freeBytes -= block.length;
  block.set(bytes);
  waitingBytes.hold(block.length);
  return writer.write(block.subarray(0, length), (error) => {
    waitingBytes.release(block.length);
    // After an error something may still hold it.
    if (error || freeBytes + block.length > MAX_FREE_BYTES) return;
    freeBytes += block.length;
    fitting.push(block);
  });
}

/** Writes text (latin1), a copy of `bytes`, and text, as one where the system can. False: wait for drain. */
export function writeParts(writer: BytesWriter, before: string, bytes: Uint8Array, after: string): boolean {
  if (before === "" && after === "") return writeCopy(writer, bytes);
  writer.cork();
  if (before !== "") writer.write(before, "latin1");
  let more = writeCopy(writer, bytes);
  if (after !== "") more = writer.write(after, "latin1");
  writer.uncork();
  return more;
}
