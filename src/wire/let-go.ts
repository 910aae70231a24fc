/** Chunks from this size on have memory of their own. */
const OWN_BYTES = 8 * 1024;

/**
 * Gives a body chunk's memory back at once: whoever needed the bytes has copied them. The collector would only when tens of MiB have
 * come, and the next ones would go to memory that is new to the process.
 */
export function letGo(chunk: Buffer): void {
  const { buffer } = chunk;
  if (chunk.length >= OWN_BYTES && buffer.byteLength === chunk.length) (buffer as ArrayBuffer).transfer(0);
}
