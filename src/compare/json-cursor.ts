import { HELD } from "./heap.ts";
import { CONTAINER_WEIGHT, MAX_JSON_DEPTH, parseJson } from "./json-parse.ts";
import { nextShape, OutOfStep, type Shape, type Shapes, sameAt } from "./json-shapes.ts";
import { JsonNumber, type JsonValue } from "./json-value.ts";
import type { PathRules } from "./path-rules.ts";
import type { RuleCounts } from "./rule-use.ts";

export const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
export const BYTES = Object.freeze({ COMMA, COLON, OPEN_ARRAY, CLOSE_ARRAY, OPEN_OBJECT, CLOSE_OBJECT });

const TRUE = Buffer.from("true");
const FALSE = Buffer.from("false");
const NULL = Buffer.from("null");
const JSON_VALUES = HELD.jsonValues;
const ESCAPED = new Set(Buffer.from('"\\/bfnrt'));
const HEX = new Set(Buffer.from("0123456789abcdefABCDEF"));
const UNICODE = 0x75;
const HEX_DIGITS = 4;

/** Below 2^53. */
const MAX_KEY_DIGITS = 15;

/** What two bodies have together. */
export interface StepCounts {
  readonly rules: RuleCounts;
  /** Single values: scalars and empty containers. */
  single: number;
}

/** The word that begins with this letter; undefined: none does. */
function wordOf(byte: number): Buffer | undefined {
  if (byte === 0x74) return TRUE;
  if (byte === 0x66) return FALSE;
  return byte === 0x6e ? NULL : undefined;
}

const ONES = 0x01010101;
const HIGH_BITS = ~0x7f7f7f7f;
const QUOTES = QUOTE * ONES;
const BACKSLASHES = BACKSLASH * ONES;
const SPACES = 0x20 * ONES;

/** Whether none of four bytes ends a string, escapes or is a control (H. S. Warren, Hacker's Delight, 6-1). A few that do none of this are told as if they did. */
function isPlain(four: number): boolean {
  const quote = four ^ QUOTES;
  const backslash = four ^ BACKSLASHES;
  const found = ((quote - ONES) & ~quote) | ((backslash - ONES) & ~backslash) | ((four - SPACES) & ~four);
  return (found & HIGH_BITS) === 0;
}

/**
 * Reads the bytes of one body, which are UTF-8, without making values of them. It holds them to what the parser holds texts to
 * (RFC 8259, depth, number of values), and leaves what does not pass to it: it throws OutOfStep.
 */
export class JsonCursor {
  readonly bytes: Buffer;
  /** The same bytes, for reading four at once. */
  readonly view: DataView;
  at = 0;
  private readonly shapes: Shapes;
  private readonly counts: StepCounts;
  private values = 0;

  constructor(bytes: Uint8Array, shapes: Shapes, counts: StepCounts) {
    this.bytes = Buffer.isBuffer(bytes)
      ? bytes
      : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.shapes = shapes;
    this.counts = counts;
    if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) this.at = 3;
  }

  space(): void {
    const { bytes } = this;
    let { at } = this;
    for (;;) {
      const byte = bytes[at];
      if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) break;
      at++;
    }
    this.at = at;
  }

  count(weight: number): void {
    this.values += weight;
    if (this.values > JSON_VALUES) throw new OutOfStep("too many values");
  }

  expect(byte: number): void {
    if (this.bytes[this.at] !== byte) throw new OutOfStep("not JSON");
    this.at++;
  }

  /** Takes a comma; false: here is what closes. */
  more(close: number): boolean {
    const { bytes } = this;
    if ((bytes[this.at] as number) <= 0x20) this.space();
    const byte = bytes[this.at];
    if (byte === close) return false;
    if (byte !== COMMA) throw new OutOfStep("not JSON");
    this.at++;
    if ((bytes[this.at] as number) <= 0x20) this.space();
    return true;
  }

  /** A string, from its opening quote to behind its closing one. */
  string(): void {
    const { bytes, view } = this;
    const last = bytes.length - 4;
    let at = this.at + 1;
    while (at <= last && isPlain(view.getInt32(at, true))) at += 4;
    for (;;) {
      const byte = bytes[at] as number;
      if (byte === QUOTE) break;
      if (byte === BACKSLASH) {
        at = this.escape(at);
        continue;
      }
      // Past the end there is nothing, which fails this comparison as well.
      if (!(byte >= 0x20)) throw new OutOfStep("not JSON");
      at++;
    }
    this.at = at + 1;
  }

  /** Both cursors stand at a string. As far as the two are equal and plain is passed over; the cursors stand there then. */
  plainStart(other: JsonCursor): void {
    const { bytes, view } = this;
    const start = this.at + 1;
    const shift = other.at - this.at;
    const last = Math.min(bytes.length, other.bytes.length - shift) - 4;
    let at = start;
    while (at <= last) {
      const four = view.getInt32(at, true);
      if (four !== other.view.getInt32(at + shift, true) || !isPlain(four)) break;
      at += 4;
    }
    for (;;) {
      const byte = bytes[at] as number;
      if (byte !== other.bytes[at + shift] || byte === QUOTE || byte === BACKSLASH || !(byte >= 0x20)) break;
      at++;
    }
    this.at = at;
    other.at = at + shift;
  }

  private escape(at: number): number {
    const byte = this.bytes[at + 1] as number;
    if (ESCAPED.has(byte)) return at + 2;
    if (byte !== UNICODE) throw new OutOfStep("not JSON");
    const end = at + 2 + HEX_DIGITS;
    for (let i = at + 2; i < end; i++) if (!HEX.has(this.bytes[i] as number)) throw new OutOfStep("not JSON");
    return end;
  }

  /** A number or a word. */
  scalar(): void {
    const { bytes } = this;
    let { at } = this;
    const first = bytes[at] as number;
    if (first > 0x39) {
      const word = wordOf(first);
      if (word === undefined || !sameAt(word, bytes, at)) throw new OutOfStep("not JSON");
      this.at = at + word.length;
      return;
    }
    if (bytes[at] === 0x2d) at++;
    if (bytes[at] === 0x30) at++;
    else at = this.digits(at);
    if (bytes[at] === 0x2e) at = this.digits(at + 1);
    const letter = bytes[at];
    if (letter === 0x65 || letter === 0x45) {
      const sign = bytes[at + 1];
      at = this.digits(sign === 0x2b || sign === 0x2d ? at + 2 : at + 1);
    }
    this.at = at;
  }

  private digits(from: number): number {
    const { bytes } = this;
    let at = from;
    for (;;) {
      const byte = bytes[at] as number;
      if (!(byte >= 0x30 && byte <= 0x39)) break;
      at++;
    }
    if (at === from) throw new OutOfStep("not JSON");
    return at;
  }

  /** Takes what another cursor has passed over since `start`, if it stands here too and is a whole scalar. */
  takesScalar(other: JsonCursor, start: number): boolean {
    const { bytes, at } = this;
    const length = other.at - start;
    for (let i = 0; i < length; i++) if (bytes[at + i] !== other.bytes[start + i]) return false;
    const next = bytes[at + length] as number;
    // What follows ends it in every JSON text: no digit, no fraction, no exponent.
    if (next !== COMMA && next !== CLOSE_OBJECT && next !== CLOSE_ARRAY) return false;
    this.at = at + length;
    return true;
  }

  /** Takes a name, its colon and the space around; the cursor stands at the value then. */
  name(shape: Shape): Shape {
    const { bytes } = this;
    if (bytes[this.at] !== QUOTE) throw new OutOfStep("not JSON");
    this.count(1);
    const start = this.at + 1;
    let next = nextShape(shape, bytes, start);
    if (next === undefined) {
      this.string();
      next = this.shapes.grown(shape, bytes, start, this.at - 1);
    } else this.at = start + next.written.length;
    this.colon();
    return next;
  }

  /** Takes the name that is written so, as `name` does; false: here is something else. */
  takes(written: Uint8Array): boolean {
    const { bytes, at } = this;
    if (bytes[at] !== QUOTE || !sameAt(written, bytes, at + 1)) return false;
    this.count(1);
    this.at = at + 1 + written.length;
    this.colon();
    return true;
  }

  private colon(): void {
    const { bytes } = this;
    if (bytes[this.at] !== COLON) this.space();
    this.expect(COLON);
    if ((bytes[this.at] as number) <= 0x20) this.space();
  }

  /** Passes over a value and counts it. */
  skip(rules: PathRules | undefined, depth: number): void {
    if (depth > MAX_JSON_DEPTH) throw new OutOfStep("too deep");
    this.count(1);
    const before = this.counts.single;
    switch (this.bytes[this.at]) {
      case OPEN_OBJECT:
        if (this.opens(CLOSE_OBJECT)) this.members(this.shapes.root(rules), depth);
        break;
      case OPEN_ARRAY:
        if (this.opens(CLOSE_ARRAY)) this.elements(rules?.element, depth);
        break;
      case QUOTE:
        this.counts.single++;
        this.string();
        break;
      default:
        this.counts.single++;
        this.scalar();
    }
    if (rules !== undefined && rules.here.length > 0)
      this.counts.rules.note(rules, this.counts.single - before);
  }

  /** Takes what opens a container; false: it was empty, and is behind the cursor. */
  opens(close: number): boolean {
    this.at++;
    this.space();
    if (this.bytes[this.at] === close) {
      this.at++;
      this.counts.single++;
      return false;
    }
    this.count(CONTAINER_WEIGHT - 1);
    return true;
  }

  /** Passes over members, from a name to behind the end of the object. */
  members(first: Shape, depth: number): void {
    let shape = first;
    do {
      shape = this.name(shape);
      this.skip(shape.rules, depth + 1);
    } while (this.more(CLOSE_OBJECT));
    this.at++;
  }

  /** Passes over elements, from one to behind the end of the array. */
  elements(rules: PathRules | undefined, depth: number): void {
    do this.skip(rules, depth + 1);
    while (this.more(CLOSE_ARRAY));
    this.at++;
  }

  isContainer(at: number): boolean {
    const byte = this.bytes[at];
    return byte === OPEN_OBJECT || byte === OPEN_ARRAY;
  }

  /** The value that was passed over between two places. */
  valueOf(start: number, end: number): JsonValue {
    const byte = this.bytes[start] as number;
    if (byte === 0x74 || byte === 0x66) return byte === 0x74;
    if (byte === 0x6e) return null;
    const text = this.bytes.toString("utf8", start, end);
    if (byte !== QUOTE && byte !== OPEN_OBJECT && byte !== OPEN_ARRAY) return new JsonNumber(text);
    if (byte === QUOTE) return text.includes("\\") ? (JSON.parse(text) as string) : text.slice(1, -1);
    const parsed = parseJson(text);
    if (!parsed.ok) throw new OutOfStep(parsed.why);
    return parsed.value;
  }

  /** The scalar that begins at a place that was passed over. */
  scalarAt(start: number): JsonValue {
    const { at } = this;
    this.at = start;
    if (this.bytes[start] === QUOTE) this.string();
    else this.scalar();
    const value = this.valueOf(start, this.at);
    this.at = at;
    return value;
  }

  /**
   * A key that was passed over: a whole number without sign, or a string without escapes. Undefined: it is something else, of which
   * two spellings can be one key.
   */
  keyAt(start: number): string | number | undefined {
    const { bytes } = this;
    let at = start;
    if (bytes[at] === QUOTE) {
      do at++;
      while (bytes[at] !== QUOTE && bytes[at] !== BACKSLASH);
      return bytes[at] === QUOTE ? bytes.toString("utf8", start + 1, at) : undefined;
    }
    let number = 0;
    for (;;) {
      const byte = bytes[at] as number;
      if (!(byte >= 0x30 && byte <= 0x39)) break;
      number = number * 10 + (byte - 0x30);
      at++;
    }
    const isOther = at === start || bytes[at] === 0x2e || bytes[at] === 0x65 || bytes[at] === 0x45;
    return isOther || at - start > MAX_KEY_DIGITS ? undefined : number;
  }
}
