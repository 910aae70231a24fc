import { indexOfHeader, onlyHeader } from "./headers.ts";
import { type RawHeaders, UNIX_ADDRESS } from "./message.ts";
import type { StickySource } from "./route.ts";

interface StickyKey {
  readonly source: StickySource;
  /** The bytes as received, one char a byte; never empty. */
  readonly key: string;
}

const SPACE = 0x20;
const TAB = 0x09;
const EQUALS = 0x3d;

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
export function firstCookie(headers: RawHeaders, name: string): string | undefined {
  for (let at = indexOfHeader(headers, "cookie"); at >= 0; at = indexOfHeader(headers, "cookie", at + 2)) {
    const value = cookieIn(headers[at + 1] as string, name);
    if (value !== undefined) return value;
  }
  return undefined;
}

/** Of whom a key is asked for. */
interface KeyedClient {
  /** From `clientAddress()`; "" when unknown. */
  readonly address: string;
  /** The value of the front door's own cookie, sent or fresh; undefined: none. */
  readonly cookie: string | undefined;
}

function keyIn(source: StickySource, headers: RawHeaders, client: KeyedClient): string | undefined {
  switch (source.kind) {
    case "ip":
      // All that come over a Unix socket would be one.
      return client.address === UNIX_ADDRESS ? undefined : client.address;
    case "client":
      return client.cookie;
    case "header":
      return onlyHeader(headers, source.name);
    case "cookie":
      return firstCookie(headers, source.name);
  }
}

/**
 * The sticky key (docs/contract.md, Sticky): the bytes of the first source that is there and not empty, and which one it was.
 * The first cookie of a name counts, undecoded; a header sent twice is not a key.
 */
export function stickyKey(
  sources: readonly StickySource[],
  headers: RawHeaders,
  client: KeyedClient,
): StickyKey | undefined {
  for (let i = 0; i < sources.length; i++) {
    const source = sources[i] as StickySource;
    const key = keyIn(source, headers, client);
    if (key) return { source, key };
  }
  return undefined;
}

/**
 * The key of the request that a CORS preflight announces. A preflight has no cookies and no headers of its own, so a source that
 * the request may have is not told: "untold". `announced`: lower-case names in Access-Control-Request-Headers.
 */
export function announcedKey(
  sources: readonly StickySource[],
  headers: RawHeaders,
  client: KeyedClient,
  announced: readonly string[],
): StickyKey | "untold" | undefined {
  for (const source of sources) {
    const key = keyIn(source, headers, client);
    if (key) return { source, key };
    if (source.kind === "cookie" || source.kind === "client") return "untold";
    if (source.kind === "header" && announced.includes(source.name)) return "untold";
  }
  return undefined;
}

/** As it is written in a route file: `client`, `cookie:device`, `header:x-user-id`, `ip`. */
export function stickySourceText(source: StickySource): string {
  return source.kind === "cookie" || source.kind === "header" ? `${source.kind}:${source.name}` : source.kind;
}
