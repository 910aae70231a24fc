import type { RawHeaders } from "./message.ts";
import type { StickySource } from "./route.ts";

export interface StickyKey {
  readonly source: StickySource;
  /** The bytes as received, one char a byte; never empty. */
  readonly key: string;
}

const SPACE = 0x20;
const TAB = 0x09;
const EQUALS = 0x3d;

/** ASCII case-insensitive; `lower` is lower-case already. Makes no string: this runs for every header of a request. */
function isName(name: string, lower: string): boolean {
  if (name.length !== lower.length) return false;
  for (let i = 0; i < lower.length; i++) {
    const char = name.charCodeAt(i);
    const wanted = lower.charCodeAt(i);
    if (char !== wanted && !(char >= 0x41 && char <= 0x5a && char + 0x20 === wanted)) return false;
  }
  return true;
}

/** The header's value; undefined when it is missing or was sent more than once. */
function onlyValue(headers: RawHeaders, name: string): string | undefined {
  let value: string | undefined;
  for (let i = 0; i + 1 < headers.length; i += 2) {
    if (!isName(headers[i] as string, name)) continue;
    if (value !== undefined) return undefined;
    value = headers[i + 1] as string;
  }
  return value;
}

/** The first cookie of this name in one Cookie header, undecoded and quotes kept; undefined when there is none. */
function cookieIn(line: string, name: string): string | undefined {
  let start = 0;
  while (start < line.length) {
    let end = line.indexOf(";", start);
    if (end < 0) end = line.length;
    let from = start;
    while (from < end && isBlank(line.charCodeAt(from))) from++;
    if (line.startsWith(name, from)) {
      let at = from + name.length;
      while (at < end && isBlank(line.charCodeAt(at))) at++;
      if (at < end && line.charCodeAt(at) === EQUALS) {
        at++;
        while (at < end && isBlank(line.charCodeAt(at))) at++;
        let last = end;
        while (last > at && isBlank(line.charCodeAt(last - 1))) last--;
        return line.slice(at, last);
      }
    }
    start = end + 1;
  }
  return undefined;
}

function isBlank(char: number): boolean {
  return char === SPACE || char === TAB;
}

/** Several Cookie lines read as one: that is how HTTP/2 splits them (RFC 9113 §8.2.3). */
function firstCookie(headers: RawHeaders, name: string): string | undefined {
  for (let i = 0; i + 1 < headers.length; i += 2) {
    if (!isName(headers[i] as string, "cookie")) continue;
    const value = cookieIn(headers[i + 1] as string, name);
    if (value !== undefined) return value;
  }
  return undefined;
}

function keyIn(source: StickySource, headers: RawHeaders, clientAddress: string): string | undefined {
  if (source.kind === "ip") return clientAddress;
  if (source.kind === "header") return onlyValue(headers, source.name);
  return firstCookie(headers, source.name);
}

/** The key alone, for the request path: no object is made. Undefined: no key at all. */
export function stickyText(
  sources: readonly StickySource[],
  headers: RawHeaders,
  clientAddress: string,
): string | undefined {
  for (let i = 0; i < sources.length; i++) {
    const key = keyIn(sources[i] as StickySource, headers, clientAddress);
    if (key) return key;
  }
  return undefined;
}

/**
 * The sticky key (docs/contract.md, Sticky): the bytes of the first source that is there and not empty, and which one it was.
 * The first cookie of a name counts, undecoded; a header sent twice is not a key. `clientAddress` is from
 * `clientAddress()`: IPv4-mapped already written as IPv4, "" when unknown.
 */
export function stickyKey(
  sources: readonly StickySource[],
  headers: RawHeaders,
  clientAddress: string,
): StickyKey | undefined {
  for (const source of sources) {
    const key = keyIn(source, headers, clientAddress);
    if (key) return { source, key };
  }
  return undefined;
}

/** As it is written in a route file: `cookie:device`, `header:x-user-id`, `ip`. */
export function stickySourceText(source: StickySource): string {
  return source.kind === "ip" ? "ip" : `${source.kind}:${source.name}`;
}
