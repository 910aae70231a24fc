/** What one read brings at most. */
export const BLOCK_BYTES = 256 * 1024;
/** Blocks kept for the next time, at most: 8 MiB. */
const MAX_FREE = 32;
/** Smaller copies come from Node's own pool. */
const SMALL_BYTES = 4 * 1024;

const free: Buffer[] = [];

interface BytesWriter {
  write(bytes: Buffer, done?: (error?: Error | null) => void): boolean;
  write(text: string, encoding: "latin1"): boolean;
  cork(): void;
  uncork(): void;
}

/**
 * Writes a copy of `bytes`, which are the caller's only during the call. Copies live in blocks that are used again once they
 * are written: fresh ones would be collected late, and memory would grow with the length of a body.
 */
function writeCopy(writer: BytesWriter, bytes: Uint8Array): boolean {
  if (bytes.length <= SMALL_BYTES || bytes.length > BLOCK_BYTES) return writer.write(Buffer.from(bytes));
  const block = free.pop() ?? Buffer.allocUnsafeSlow(BLOCK_BYTES);
  block.set(bytes);
  return writer.write(block.subarray(0, bytes.length), (error) => {
    // After an error something may still hold it.
    if (!error && free.length < MAX_FREE) free.push(block);
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
