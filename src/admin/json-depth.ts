/** No request of the admin API needs more. */
const MAX_DEPTH = 64;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
/** What each byte outside a string does to the depth. */
const STEP = new Int8Array(256);
for (const char of "[{") STEP[char.charCodeAt(0)] = 1;
for (const char of "]}") STEP[char.charCodeAt(0)] = -1;

/** Throws where JSON is nested deeper than MAX_DEPTH: parsing and checking it costs a hundred times what looking at it does. */
export function refuseDeep(json: Uint8Array): void {
  let depth = 0;
  let inString = false;
  for (let at = 0; at < json.length; at++) {
    const byte = json[at] as number;
    if (byte === QUOTE) inString = !inString;
    else if (inString) at += byte === BACKSLASH ? 1 : 0;
    else depth += STEP[byte] as number;
    if (depth > MAX_DEPTH) throw new Error(`nested deeper than ${MAX_DEPTH}`);
  }
}
