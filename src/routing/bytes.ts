/** Percent-decoding over latin1 strings (one char, one byte), which is how request targets reach us. */

const PERCENT = 0x25;

function hexValue(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const lower = code | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

/** The byte that `%XY` at `at` stands for, or -1. */
function escapedByte(text: string, at: number): number {
  const high = hexValue(text.charCodeAt(at + 1));
  if (high < 0) return -1;
  const low = hexValue(text.charCodeAt(at + 2));
  return low < 0 ? -1 : high * 16 + low;
}

/** Decoded once; undefined when any `%` is not followed by two hex digits. */
export function decodeOnce(text: string): string | undefined {
  let at = text.indexOf("%");
  if (at < 0) return text;
  let decoded = "";
  let from = 0;
  while (at >= 0) {
    const byte = escapedByte(text, at);
    if (byte < 0) return undefined;
    decoded += text.slice(from, at) + String.fromCharCode(byte);
    from = at + 3;
    at = text.indexOf("%", from);
  }
  return decoded + text.slice(from);
}

/** Decoded once, what is not a valid escape left as it is. */
export function decodeLoosely(text: string): string {
  if (!text.includes("%")) return text;
  const codes = new Uint16Array(text.length);
  let end = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    const byte = code === PERCENT ? escapedByte(text, at) : -1;
    codes[end++] = byte < 0 ? code : byte;
    if (byte >= 0) at += 2;
  }
  return Buffer.from(codes.buffer).toString("utf16le", 0, end * 2);
}

const LETTER_U = 0x75;

/** What `%u` and four digits before `end` stand for, as IIS reads them: full-width forms of ASCII are ASCII. Undefined: none. */
function wideEscape(codes: Uint16Array, end: number): Uint8Array | undefined {
  const at = end - 6;
  if (codes[at] !== PERCENT || ((codes[at + 1] as number) | 0x20) !== LETTER_U) return undefined;
  let code = 0;
  for (let i = at + 2; i < end; i++) {
    const digit = hexValue(codes[i] as number);
    if (digit < 0) return undefined;
    code = code * 16 + digit;
  }
  if (code >= 0xff01 && code <= 0xff5e) code -= 0xfee0;
  return code < 0x100 ? Uint8Array.of(code) : Buffer.from(String.fromCharCode(code));
}

/**
 * Decoded again and again until nothing changes. One pass: escapes never overlap, so the order of decoding does not matter,
 * and an escape can only be completed by the byte that was added last. Linear in the length, whatever was nested.
 * `wide`: `%u` and four digits are an escape too.
 */
export function decodeFully(text: string, wide = false): string {
  if (!text.includes("%")) return text;
  const codes = new Uint16Array(text.length);
  let end = 0;
  for (let at = 0; at < text.length; at++) {
    codes[end++] = text.charCodeAt(at);
    while (end >= 3) {
      if (codes[end - 3] === PERCENT) {
        const high = hexValue(codes[end - 2] as number);
        const low = hexValue(codes[end - 1] as number);
        if (high < 0 || low < 0) break;
        end -= 2;
        codes[end - 1] = high * 16 + low;
        continue;
      }
      const escaped = wide ? wideEscape(codes, end) : undefined;
      if (escaped === undefined) break;
      end -= 6;
      for (const byte of escaped) codes[end++] = byte;
    }
  }
  return Buffer.from(codes.buffer).toString("utf16le", 0, end * 2);
}

/** ASCII in more bytes than UTF-8 allows (RFC 3629 §3), which decoders that do not check take for it. */
const OVERLONG = /[\xc0\xc1][\x80-\xbf]|\xe0[\x80\x81][\x80-\xbf]|\xf0\x80[\x80\x81][\x80-\xbf]/g;

export function shortened(text: string): string {
  return text.replace(OVERLONG, (bytes) => {
    const high = bytes.charCodeAt(bytes.length - 2);
    return String.fromCharCode(((high & 1) << 6) | (bytes.charCodeAt(bytes.length - 1) & 0x3f));
  });
}

/** ASCII letters in lower case: other bytes are of letters that nobody folds alike. */
export function foldAscii(text: string): string {
  return /[A-Z]/.test(text) ? text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase()) : text;
}

/** The UTF-8 bytes of a text as a latin1 string: how a configured value compares with received bytes. */
export function latin1OfUtf8(text: string): string {
  return Buffer.from(text).toString("latin1");
}
