/**
 * W3C Trace Context, https://www.w3.org/TR/trace-context/ §3.2. Of a request that is not traced here, traceparent and tracestate
 * pass as they came, whatever is in them, and none is made.
 */

const DASH = 0x2d;
const ZERO = 0x30;
const LOWER_F = 0x66;
/** Length of version 00: `00-` 32 `-` 16 `-` 2. */
const LENGTH = 55;

/** 1 where a char code below 128 is one of 0-9 a-f. */
const IS_HEX = new Uint8Array(128);
for (const digit of "0123456789abcdef") IS_HEX[digit.charCodeAt(0)] = 1;

function isHex(text: string, from: number, to: number): boolean {
  for (let i = from; i < to; i++) {
    if (IS_HEX[text.charCodeAt(i)] !== 1) return false;
  }
  return true;
}

function isZero(text: string, from: number, to: number): boolean {
  for (let i = from; i < to; i++) {
    if (text.charCodeAt(i) !== ZERO) return false;
  }
  return true;
}

/** Strict for version 00. A version not known yet is read as §4.3 asks: the same fields, anything after one more dash. */
export function isTraceparent(value: string): boolean {
  if (value.length !== LENGTH) {
    if (value.length < LENGTH || value.charCodeAt(LENGTH) !== DASH || isZero(value, 0, 2)) return false;
  }
  if (value.charCodeAt(2) !== DASH || value.charCodeAt(35) !== DASH || value.charCodeAt(52) !== DASH) {
    return false;
  }
  if (!isHex(value, 0, 2) || !isHex(value, 3, 35) || !isHex(value, 36, 52) || !isHex(value, 53, 55)) {
    return false;
  }
  if (value.charCodeAt(0) === LOWER_F && value.charCodeAt(1) === LOWER_F) return false;
  return !isZero(value, 3, 35) && !isZero(value, 36, 52);
}

/** The trace's id, 32 lower-case hex digits; "": the header is none, or not valid. */
export function traceIdOf(header: string | undefined): string {
  return header !== undefined && isTraceparent(header) ? header.slice(3, 35) : "";
}
