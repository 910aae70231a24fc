/**
 * W3C Trace Context, https://www.w3.org/TR/trace-context/ §3.2. The front door makes no span of its own, so a valid
 * traceparent passes unchanged: parent id and flags stay the caller's.
 */
interface Trace {
  /** What the upstream gets. */
  readonly traceparent: string;
  /** 32 lower-case hex digits. */
  readonly traceId: string;
  /** The client sent none, or an invalid one: then its tracestate must not pass either (§3.3). */
  readonly made: boolean;
}

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

/**
 * The client's trace, or a new one. `header` is the value of the only traceparent header, undefined when there is none or
 * more than one. A new one has flags 00: nothing here records it, and a front door that said "sampled" would make
 * every upstream that follows its parent record every request. `hex` gives that many random bytes.
 */
export function continueTrace(header: string | undefined, hex: (bytes: number) => string): Trace {
  if (header !== undefined && isTraceparent(header)) {
    return { traceparent: header, traceId: header.slice(3, 35), made: false };
  }
  let digits = hex(24);
  // All zeros is no id; once in 2^64.
  while (isZero(digits, 0, 32) || isZero(digits, 32, 48)) digits = hex(24);
  const traceId = digits.slice(0, 32);
  return { traceparent: `00-${traceId}-${digits.slice(32)}-00`, traceId, made: true };
}
