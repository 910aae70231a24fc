import type { RawHeaders } from "./message.ts";

/** Field names have no case (RFC 9110 §5.1). `lower` is lower-case already. Makes no string: it runs on the request path. */
export function isHeader(name: string, lower: string): boolean {
  if (name.length !== lower.length) return false;
  for (let i = 0; i < lower.length; i++) {
    const char = name.charCodeAt(i);
    const wanted = lower.charCodeAt(i);
    if (char !== wanted && !(char >= 0x41 && char <= 0x5a && char + 0x20 === wanted)) return false;
  }
  return true;
}

/** Where the first header of this lower-case name stands at `from` or behind it: the index of its name, or -1. */
export function indexOfHeader(headers: RawHeaders, lower: string, from = 0): number {
  for (let i = from; i + 1 < headers.length; i += 2) {
    if (isHeader(headers[i] as string, lower)) return i;
  }
  return -1;
}

/** The value of a header that was sent exactly once; undefined when it is missing or was sent more often. */
export function onlyHeader(headers: RawHeaders, lower: string): string | undefined {
  const at = indexOfHeader(headers, lower);
  return at < 0 || indexOfHeader(headers, lower, at + 2) >= 0 ? undefined : headers[at + 1];
}

/** Every value sent under a lower-case name, trimmed, in order. */
export function headerLines(headers: RawHeaders, lower: string): readonly string[] {
  const lines: string[] = [];
  for (let at = indexOfHeader(headers, lower); at >= 0; at = indexOfHeader(headers, lower, at + 2)) {
    lines.push((headers[at + 1] as string).trim());
  }
  return lines;
}
