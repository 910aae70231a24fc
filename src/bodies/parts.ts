/** Members and elements of one body: a thread that runs out of memory while it reads JSON takes the process with it. */
const MAX_PARTS = 200_000;
const COMMA = 0x2c;
const OPENING: ReadonlySet<number> = new Set([0x5b, 0x7b]);

/** Whether JSON, as bytes, may have more parts than can be worked on. Commas within texts count too. */
export function hasTooManyParts(json: Uint8Array): boolean {
  let parts = 0;
  for (const byte of json) if (byte === COMMA || OPENING.has(byte)) parts++;
  return parts > MAX_PARTS;
}
