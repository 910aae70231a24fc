import { FIELD_BYTES, TOKEN_BYTES } from "./grammar.ts";

/** What is wrong with a head or a trailer section; a sentence part for an error message. */
export class WireError extends Error {
  override readonly name = "WireError";
}

const CR = 0x0d;
const LF = 0x0a;
const COLON = 0x3a;
const SP = 0x20;
const HTAB = 0x09;

/**
 * Field lines of `text` from `start` to its end (the empty line that ends the section left out or in) as a flat list
 * [name, value, ...], case, order and duplicates kept, values trimmed of optional white space.
 * Strict (RFC 9112 §5): token names, no space before the colon, no folding, CRLF only; throws WireError.
 */
export function parseFields(text: string, start: number): string[] {
  const fields: string[] = [];
  const { length } = text;
  let at = start;
  while (at < length) {
    const nameStart = at;
    let byte = text.charCodeAt(at);
    if (byte === CR && text.charCodeAt(at + 1) === LF && at + 2 === length) break;
    while (TOKEN_BYTES[byte] === 1) byte = text.charCodeAt(++at);
    if (byte !== COLON || at === nameStart) throw new WireError("a field name that is not a token");
    const nameEnd = at;
    byte = text.charCodeAt(++at);
    while (byte === SP || byte === HTAB) byte = text.charCodeAt(++at);
    const valueStart = at;
    while (FIELD_BYTES[byte] === 1) byte = text.charCodeAt(++at);
    if (byte !== CR || text.charCodeAt(at + 1) !== LF)
      throw new WireError("a control character in a field value");
    let valueEnd = at;
    while (valueEnd > valueStart) {
      const last = text.charCodeAt(valueEnd - 1);
      if (last !== SP && last !== HTAB) break;
      valueEnd--;
    }
    fields.push(text.slice(nameStart, nameEnd), text.slice(valueStart, valueEnd));
    at += 2;
  }
  return fields;
}
