import { dashed } from "./forwarding-fields.ts";
import type { RawHeaders } from "./message.ts";

/**
 * Where the first header of this lower-case name stands at `from` or behind it: the index of its name, or -1. Field names
 * have no case (RFC 9110 §5.1).
 */
export function indexOfHeader(headers: RawHeaders, lower: string, from = 0): number {
  for (let i = from; i + 1 < headers.length; i += 2) {
    const name = headers[i] as string;
    if (name.length === lower.length && name.toLowerCase() === lower) return i;
  }
  return -1;
}

/** The value of a header that was sent exactly once; undefined when it is missing or was sent more often. */
export function onlyHeader(headers: RawHeaders, lower: string): string | undefined {
  const at = indexOfHeader(headers, lower);
  return at < 0 || indexOfHeader(headers, lower, at + 2) >= 0 ? undefined : headers[at + 1];
}

const SPACE = 0x20;
const TAB = 0x09;

/**
 * A field's value, or a part of one, without the blanks around it (RFC 9110 §5.6.3). `trim()` would take a byte 0xA0 for one, with which
 * many letters end in UTF-8 (`à`).
 */
export function withoutBlanks(text: string): string {
  let [start, end] = [0, text.length];
  const isBlank = (at: number) => text.charCodeAt(at) === SPACE || text.charCodeAt(at) === TAB;
  while (start < end && isBlank(start)) start++;
  while (end > start && isBlank(end - 1)) end--;
  return text.slice(start, end);
}

/** Every value sent under a lower-case name, trimmed, in order. */
export function headerLines(headers: RawHeaders, lower: string): readonly string[] {
  const lines: string[] = [];
  for (let at = indexOfHeader(headers, lower); at >= 0; at = indexOfHeader(headers, lower, at + 2)) {
    lines.push(withoutBlanks(headers[at + 1] as string));
  }
  return lines;
}

/**
 * The same with every spelling that many servers do not tell from the name: CGI, WSGI and their kin make one variable of X-Team and
 * X_Team. Who decides by a field that a side reads too has to count them all.
 */
export function spelledLines(headers: RawHeaders, lower: string): readonly string[] {
  const name = dashed(lower);
  const lines: string[] = [];
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const sent = headers[i] as string;
    if (sent.length === name.length && dashed(sent.toLowerCase()) === name)
      lines.push(withoutBlanks(headers[i + 1] as string));
  }
  return lines;
}
