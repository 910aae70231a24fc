import { HELD } from "../heap.ts";
import { MAX_JSON_DEPTH } from "../json-parse.ts";
import type { JsonValue } from "../json-value.ts";
import { CONTENT } from "../path-rules.ts";

/** Elements with more attributes are not compared: parsers take time that grows with the square of their number. */
const MAX_ATTRIBUTES = 2_000;
/** Tags times the elements that are open around each: of a page of 100,000 tags, 50 deep on average. */
const MAX_STEPS = 5_000_000;
/** What is parsed at once, so that bounds are looked at in between. */
const PIECE_CHARS = 8_192;

type Unread = "malformed" | "too_deep" | "too_large";

export type ParsedMarkup =
  | { readonly ok: true; readonly value: JsonValue }
  | { readonly ok: false; readonly why: Unread };

/** Ends the parsing of a body. */
export class NotRead extends Error {
  readonly why: Unread;

  constructor(why: Unread) {
    super(why);
    this.why = why;
  }
}

/** What parsing gave, or why it ended. */
export function readMarkup(read: () => JsonValue): ParsedMarkup {
  try {
    return { ok: true, value: read() };
  } catch (error) {
    if (error instanceof NotRead) return { ok: false, why: error.why };
    throw error;
  }
}

/** A text in pieces. */
export function* piecesOf(text: string): Generator<string> {
  for (let at = 0; at < text.length; at += PIECE_CHARS) yield text.slice(at, at + PIECE_CHARS);
}

/** Counts what is made of one body, and ends it at the bounds. */
export class MarkupBounds {
  private nodes = 0;
  private walked = 0;

  count(nodes = 1): void {
    this.nodes += nodes;
    if (this.nodes > HELD.markupNodes) throw new NotRead("too_large");
  }

  steps(steps: number): void {
    this.walked += steps;
    if (this.walked > MAX_STEPS) throw new NotRead("too_large");
  }

  depth(depth: number): void {
    if (depth > MAX_JSON_DEPTH) throw new NotRead("too_deep");
  }

  attributes(count: number): void {
    if (count > MAX_ATTRIBUTES) throw new NotRead("too_large");
  }
}

export const TEXT = "text()";

/**
 * An element as a value: attributes under `@name`, and what it holds, in its order, each a text or an element under its name. No order of attributes
 * is left.
 */
export function elementValue(
  attributes: Iterable<readonly [name: string, value: string]>,
  content: readonly JsonValue[],
): Map<string, JsonValue> {
  const members = new Map<string, JsonValue>();
  for (const [name, value] of attributes) members.set(`@${name}`, value);
  return members.set(CONTENT, content);
}

export function contentOf(name: string, value: JsonValue): JsonValue {
  return new Map([[name, value]]);
}
