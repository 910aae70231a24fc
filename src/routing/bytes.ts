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
  let decoded = "";
  let from = 0;
  for (let at = text.indexOf("%"); at >= 0; at = text.indexOf("%", at + 1)) {
    const byte = escapedByte(text, at);
    if (byte < 0) continue;
    decoded += text.slice(from, at) + String.fromCharCode(byte);
    from = at + 3;
    at += 2;
  }
  return decoded + text.slice(from);
}

const LETTER_U = 0x75;

/** Bytes of `%uXXXX` at the end of `bytes`, as IIS and old scripts read it: full-width forms of ASCII are ASCII. Undefined: none. */
function wideEscape(bytes: readonly number[]): Buffer | undefined {
  const at = bytes.length - 6;
  if (bytes[at] !== PERCENT || ((bytes[at + 1] as number) | 0x20) !== LETTER_U) return undefined;
  let code = 0;
  for (let i = at + 2; i < bytes.length; i++) {
    const digit = hexValue(bytes[i] as number);
    if (digit < 0) return undefined;
    code = code * 16 + digit;
  }
  if (code >= 0xff01 && code <= 0xff5e) code -= 0xfee0;
  return code < 0x100 ? Buffer.of(code) : Buffer.from(String.fromCharCode(code));
}

/**
 * Decoded again and again until nothing changes. One pass: escapes never overlap, so the order of decoding does not matter,
 * and an escape can only be completed by the byte that was added last. Linear in the length, whatever was nested.
 * `wide`: `%uXXXX` is an escape too.
 */
export function decodeFully(text: string, wide = false): string {
  if (!text.includes("%")) return text;
  const bytes: number[] = [];
  for (let at = 0; at < text.length; at++) {
    bytes.push(text.charCodeAt(at));
    while (bytes.length >= 3) {
      if (bytes[bytes.length - 3] === PERCENT) {
        const high = hexValue(bytes[bytes.length - 2] as number);
        const low = hexValue(bytes[bytes.length - 1] as number);
        if (high < 0 || low < 0) break;
        bytes.length -= 3;
        bytes.push(high * 16 + low);
        continue;
      }
      const escaped = wide ? wideEscape(bytes) : undefined;
      if (escaped === undefined) break;
      bytes.length -= 6;
      for (const byte of escaped) bytes.push(byte);
    }
  }
  let decoded = "";
  for (const byte of bytes) decoded += String.fromCharCode(byte);
  return decoded;
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
