import { HELD } from "./heap.ts";
import { JsonNumber, type JsonValue, RepeatedMember } from "./json-value.ts";

/** Deeper bodies are not compared. Other readers refuse them too, and RFC 8259 §9 allows a limit. */
export const MAX_JSON_DEPTH = 512;
/** A filled array or object counts as so many of the values and names that bound a body. */
export const CONTAINER_WEIGHT = 3;

/** One of each is enough, since a body can hold very many. */
const NO_MEMBERS: JsonValue = new Map();
const NO_ELEMENTS: JsonValue = Object.freeze([]);
/** An array that grows by push gets room for this many elements at once. */
const PUSH_ROOM = 17;

export type ParsedJson =
  | { readonly ok: true; readonly value: JsonValue }
  /** `malformed`: not JSON. `too_deep`, `too_large`: past a bound above, so it may be JSON or not. */
  | { readonly ok: false; readonly why: Unread };

type Unread = "malformed" | "too_deep" | "too_large";

const WORDS: readonly (readonly [string, boolean | null])[] = [
  ["true", true],
  ["false", false],
  ["null", null],
];
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const RECORD_SEPARATOR = "\u001e";
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

class Failure extends Error {
  readonly why: Unread;

  constructor(why: Unread) {
    super(why);
    this.why = why;
  }
}

class Reader {
  private readonly text: string;
  private at = 0;
  private values = 0;

  constructor(text: string) {
    this.text = text;
  }

  document(): JsonValue {
    this.space();
    const value = this.value(0);
    this.space();
    if (this.at !== this.text.length) throw new Failure("malformed");
    return value;
  }

  /** One JSON text after another, each perhaps behind a record separator (RFC 7464). */
  sequence(): JsonValue[] {
    const values: JsonValue[] = [];
    this.separators();
    while (this.at < this.text.length) {
      values.push(this.value(0));
      // Two texts with nothing between them are none: `12` is not `1` and `2`.
      if (this.at < this.text.length && !this.separators()) throw new Failure("malformed");
    }
    return values;
  }

  private separators(): boolean {
    const start = this.at;
    do this.space();
    while (this.take(RECORD_SEPARATOR));
    return this.at > start;
  }

  private space(): void {
    for (;;) {
      const char = this.text.charCodeAt(this.at);
      if (char !== 0x20 && char !== 0x0a && char !== 0x0d && char !== 0x09) return;
      this.at++;
    }
  }

  private count(weight: number): void {
    this.values += weight;
    if (this.values > HELD.jsonValues) throw new Failure("too_large");
  }

  private take(char: string): boolean {
    if (this.text[this.at] !== char) return false;
    this.at++;
    return true;
  }

  private expect(char: string): void {
    if (!this.take(char)) throw new Failure("malformed");
  }

  private value(depth: number): JsonValue {
    if (depth > MAX_JSON_DEPTH) throw new Failure("too_deep");
    this.count(1);
    switch (this.text.charCodeAt(this.at)) {
      case 0x7b:
        return this.object(depth);
      case 0x5b:
        return this.array(depth);
      case QUOTE:
        return this.string();
      default:
        return this.scalar();
    }
  }

  private object(depth: number): JsonValue {
    this.at++;
    this.space();
    if (this.take("}")) return NO_MEMBERS;
    this.count(CONTAINER_WEIGHT - 1);
    const members = new Map<string, JsonValue>();
    const repeated = new Map<string, JsonValue[]>();
    do {
      this.space();
      if (this.text.charCodeAt(this.at) !== QUOTE) throw new Failure("malformed");
      this.count(1);
      const name = this.string();
      this.space();
      this.expect(":");
      this.space();
      const value = this.value(depth + 1);
      this.space();
      const before = members.get(name);
      if (before === undefined) members.set(name, value);
      else {
        const values = repeated.get(name) ?? [before];
        values.push(value);
        repeated.set(name, values);
      }
    } while (this.take(","));
    this.expect("}");
    for (const [name, values] of repeated) members.set(name, new RepeatedMember(values));
    return members;
  }

  private array(depth: number): JsonValue {
    this.at++;
    this.space();
    if (this.take("]")) return NO_ELEMENTS;
    this.count(CONTAINER_WEIGHT - 1);
    const values: JsonValue[] = [];
    do {
      this.space();
      values.push(this.value(depth + 1));
      this.space();
    } while (this.take(","));
    this.expect("]");
    return values.length < PUSH_ROOM ? values.slice() : values;
  }

  private string(): string {
    const start = this.at;
    let escaped = false;
    let at = start + 1;
    for (;;) {
      const char = this.text.charCodeAt(at);
      if (char === QUOTE) break;
      // NaN, the end of the text, fails this comparison as well.
      if (!(char >= 0x20)) throw new Failure("malformed");
      if (char === BACKSLASH) {
        escaped = true;
        at++;
      }
      at++;
    }
    this.at = at + 1;
    if (!escaped) return this.text.slice(start + 1, at);
    try {
      return JSON.parse(this.text.slice(start, at + 1)) as string;
    } catch {
      throw new Failure("malformed");
    }
  }

  private scalar(): JsonValue {
    for (const [word, value] of WORDS) {
      if (this.text.startsWith(word, this.at)) {
        this.at += word.length;
        return value;
      }
    }
    NUMBER.lastIndex = this.at;
    if (!NUMBER.test(this.text)) throw new Failure("malformed");
    const start = this.at;
    this.at = NUMBER.lastIndex;
    return new JsonNumber(this.text.slice(start, this.at));
  }
}

function parsed(read: () => JsonValue): ParsedJson {
  try {
    return { ok: true, value: read() };
  } catch (error) {
    if (error instanceof Failure) return { ok: false, why: error.why };
    throw error;
  }
}

/** Reads JSON text (RFC 8259) and keeps what JSON.parse loses: the text of numbers, and repeated names. Never throws. */
export function parseJson(text: string): ParsedJson {
  return parsed(() => new Reader(text).document());
}

/** Reads JSON lines as an array of their values, all under one document's bounds. Never throws. */
export function parseJsonLines(text: string): ParsedJson {
  return parsed(() => new Reader(text).sequence());
}
