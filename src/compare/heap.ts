import { getHeapStatistics } from "node:v8";
import { resourceLimits } from "node:worker_threads";

/** Bound on the comparing thread's heap, MiB. Where the front door's own is small, the thread's is a quarter of that. */
const MAX_HEAP_MB = 512;
const MIN_HEAP_MB = 64;
const SHARE_OF_OWN = 1 / 4;
/** Beside it, what is not yet old. */
const YOUNG_SHARE = 1 / 8;

/**
 * Bounds on what a thread with a heap of MAX_HEAP_MB makes of one body; a smaller heap has its share of each. A thread that
 * reaches its heap's limit may take the process with it, so that these keep it at about half of it: a value of the most
 * wasteful JSON takes 130 bytes, and both bodies are held at once.
 */
const MAX_JSON_VALUES = 1_000_000;
const MAX_TEXT_BYTES = 16 << 20;
/** Elements, texts and attributes of XML or HTML; each takes a kilobyte or less, the parser's own included. */
const MAX_MARKUP_NODES = 100_000;
/** Of a form, a body of parts or an event stream: every two bytes can be a value. */
const MAX_VALUED_BYTES = 1 << 20;
/** Decoded bytes are beside the heap. */
const MAX_DECODED_BYTES = 64 << 20;

/** The limits that a thread beside this one is started with. */
export function threadLimits(ownHeapBytes = getHeapStatistics().heap_size_limit) {
  const wanted = Math.floor((ownHeapBytes / 1024 ** 2) * SHARE_OF_OWN);
  const heapMb = Math.min(MAX_HEAP_MB, Math.max(MIN_HEAP_MB, wanted));
  return { maxOldGenerationSizeMb: heapMb, maxYoungGenerationSizeMb: Math.ceil(heapMb * YOUNG_SHARE) };
}

/** Of a thread that was started with limits; any other has all of it. */
function shareOf({ maxOldGenerationSizeMb = MAX_HEAP_MB }: typeof resourceLimits): number {
  return maxOldGenerationSizeMb > 0 ? Math.min(1, maxOldGenerationSizeMb / MAX_HEAP_MB) : 1;
}

const SHARE = shareOf(resourceLimits);

/** The bounds of the thread that reads this. */
export const HELD = Object.freeze({
  jsonValues: Math.floor(MAX_JSON_VALUES * SHARE),
  markupNodes: Math.floor(MAX_MARKUP_NODES * SHARE),
  valuedBytes: Math.floor(MAX_VALUED_BYTES * SHARE),
  textBytes: Math.floor(MAX_TEXT_BYTES * SHARE),
  decodedBytes: Math.floor(MAX_DECODED_BYTES * SHARE),
});
