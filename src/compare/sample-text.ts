import { isNamedElement, tellingNeighbours } from "../domain/credential-neighbours.ts";
import { isCredentialName } from "../domain/credentials.ts";
import { printableJson } from "../domain/printable.ts";
import { REDACTED } from "../domain/redaction.ts";
import { scrubbed } from "../domain/scrub.ts";
import { isArray, isObject, JsonNumber, type JsonValue, RepeatedMember } from "./json-value.ts";
import type { PathRules } from "./path-rules.ts";

/** A stored value is cut to this many bytes of UTF-8. */
const MAX_SAMPLE_BYTES = 256;
/** A string is scrubbed up to here. A name stands before its value, so none is missed in the part that is kept. */
const SCRUB_CHARS = 4096;

export const REDACTED_SAMPLE = JSON.stringify(REDACTED);

/** Cuts to `maxBytes` of UTF-8, never inside a character. */
export function cutUtf8(text: string, maxBytes: number): string {
  if (text.length * 3 <= maxBytes || Buffer.byteLength(text) <= maxBytes) return text;
  const bytes = Buffer.from(text.slice(0, maxBytes));
  let end = Math.min(maxBytes, bytes.length);
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
  return bytes.toString("utf8", 0, end);
}

/** JSON text as it is stored: printable and cut. */
export function sampleOf(json: string): string {
  return cutUtf8(printableJson(json), MAX_SAMPLE_BYTES);
}

/** A string as a sample: scrubbed of what reads like a credential. */
export function textSample(text: string): string {
  return sampleOf(JSON.stringify(scrubbed(text.slice(0, SCRUB_CHARS))));
}

class Writer {
  text = "";
  private readonly most: number;

  /** `most`: no more characters are wanted. */
  constructor(most: number) {
    this.most = most;
  }

  /** There is enough text, and the rest need not be written. */
  get full(): boolean {
    return this.text.length > this.most;
  }

  private string(text: string): string {
    return JSON.stringify(scrubbed(text.slice(0, Math.max(SCRUB_CHARS, this.most))));
  }

  value(value: JsonValue, rules: PathRules | undefined): void {
    if (rules?.redact) this.text += REDACTED_SAMPLE;
    else if (typeof value === "string") this.text += this.string(value);
    else if (value instanceof JsonNumber) this.text += value.source.slice(0, this.most + 1);
    else if (value instanceof RepeatedMember) this.value(value.values.at(-1) as JsonValue, rules);
    else if (isArray(value)) this.array(value, rules?.element);
    else if (isObject(value)) this.object(value, rules);
    else this.text += String(value);
  }

  private array(values: readonly JsonValue[], rules: PathRules | undefined): void {
    this.text += "[";
    for (let i = 0; i < values.length && !this.full; i++) {
      if (i > 0) this.text += ",";
      if (isNamedElement(values, i)) this.text += REDACTED_SAMPLE;
      else this.value(values[i] as JsonValue, rules);
    }
    this.text += "]";
  }

  private object(members: ReadonlyMap<string, JsonValue>, rules: PathRules | undefined): void {
    this.text += "{";
    const named = tellingNeighbours(members);
    let first = true;
    for (const [name, value] of members) {
      if (this.full) break;
      if (!first) this.text += ",";
      first = false;
      this.text += `${this.string(name)}:`;
      if (isCredentialName(name) || named?.(name)) this.text += REDACTED_SAMPLE;
      else this.value(value, rules?.member(name));
    }
    this.text += "}";
  }
}

/** A JSON value as a sample. What the rules redact, and every credential, is left out at any depth. */
export function jsonSample(value: JsonValue, rules: PathRules | undefined): string {
  const writer = new Writer(MAX_SAMPLE_BYTES);
  writer.value(value, rules);
  return sampleOf(writer.text);
}

/** The same as a whole: undefined if it has more than `maxChars` characters. */
export function wholeJson(
  value: JsonValue,
  rules: PathRules | undefined,
  maxChars: number,
): string | undefined {
  const writer = new Writer(maxChars);
  writer.value(value, rules);
  return writer.full ? undefined : printableJson(writer.text);
}
