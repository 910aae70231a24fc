import { headerLines, withoutBlanks } from "../domain/headers.ts";
import type { RawHeaders } from "../domain/message.ts";

/** Browsers keep cookies of up to 4,096 bytes with their name and attributes (RFC 6265 §6.1). */
const MAX_CHUNK_CHARS = 3_800;
/** All of a session's text: with the default `limits.headers` of 16 KiB, a request has room for logins under way and for other fields. */
export const MAX_SESSION_CHARS = 8 * 1024;
const CHUNK_COUNT = Math.ceil(MAX_SESSION_CHARS / MAX_CHUNK_CHARS);
const HOST_PREFIX = "__Host-";
/** Between the session's name and a login's own. */
const ATTEMPT = "_login_";

/** A browser sends a cookie with this prefix only to the host that set it, and over TLS (RFC 6265bis §4.1.3.2). */
export function cookieName(base: string, secure: boolean): string {
  return secure ? HOST_PREFIX + base : base;
}

/** The cookie of one login under way: several tabs have one each. */
export function attemptName(base: string, secure: boolean, state: string): string {
  return `${cookieName(base, secure)}${ATTEMPT}${state.slice(0, 16)}`;
}

/** Names and values as they were sent; of two with one name the first. Several lines read as one (RFC 9113 §8.2.3). */
export function sentCookies(headers: RawHeaders): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const line of headerLines(headers, "cookie"))
    for (const pair of line.split(";")) {
      const equals = pair.indexOf("=");
      if (equals < 0) continue;
      const name = withoutBlanks(pair.slice(0, equals));
      if (!found.has(name)) found.set(name, withoutBlanks(pair.slice(equals + 1)));
    }
  return found;
}

/** A text that may be in several cookies: the first begins with their number and a dot. Undefined: not whole, or not there. */
export function readChunks(cookies: ReadonlyMap<string, string>, name: string): string | undefined {
  const first = cookies.get(name);
  const [, digits = "", text = ""] = /^([1-9])\.(.*)$/s.exec(first ?? "") ?? [];
  const count = Number(digits);
  if (count < 1 || count > CHUNK_COUNT) return undefined;
  let whole = text;
  for (let at = 1; at < count; at++) {
    const chunk = cookies.get(`${name}.${at}`);
    if (chunk === undefined) return undefined;
    whole += chunk;
  }
  return whole.length > MAX_SESSION_CHARS ? undefined : whole;
}

function setCookie(name: string, value: string, secure: boolean, maxAgeSeconds: number): string {
  return `${name}=${value}; Path=/; Max-Age=${maxAgeSeconds}; HttpOnly; SameSite=Lax${secure ? "; Secure" : ""}`;
}

/** Values of Set-Cookie for a text of at most MAX_SESSION_CHARS; chunks of an older, longer one go. */
export function writeChunks(
  name: string,
  text: string,
  sent: ReadonlyMap<string, string>,
  { secure, maxAgeSeconds }: { readonly secure: boolean; readonly maxAgeSeconds: number },
): readonly string[] {
  const count = Math.max(1, Math.ceil(text.length / MAX_CHUNK_CHARS));
  const set: string[] = [];
  for (let at = 0; at < count; at++) {
    const chunk = text.slice(at * MAX_CHUNK_CHARS, (at + 1) * MAX_CHUNK_CHARS);
    const [named, value] = at === 0 ? [name, `${count}.${chunk}`] : [`${name}.${at}`, chunk];
    set.push(setCookie(named, value, secure, maxAgeSeconds));
  }
  for (let at = count; at < CHUNK_COUNT; at++)
    if (sent.has(`${name}.${at}`)) set.push(clearCookie(`${name}.${at}`, secure));
  return set;
}

export function writeCookie(name: string, text: string, secure: boolean, maxAgeSeconds: number): string {
  return setCookie(name, text, secure, maxAgeSeconds);
}

export function clearCookie(name: string, secure: boolean): string {
  return setCookie(name, "", secure, 0);
}

/** What clears every chunk that came. */
export function clearChunks(
  name: string,
  sent: ReadonlyMap<string, string>,
  secure: boolean,
): readonly string[] {
  const names = [name, ...Array.from({ length: CHUNK_COUNT - 1 }, (_, at) => `${name}.${at + 1}`)];
  return names.filter((each) => sent.has(each)).map((each) => clearCookie(each, secure));
}

/** Logins under way, by the names of their cookies. */
export function sentAttempts(
  sent: ReadonlyMap<string, string>,
  base: string,
  secure: boolean,
): readonly (readonly [name: string, sealed: string])[] {
  const prefix = cookieName(base, secure) + ATTEMPT;
  return [...sent].filter(
    ([name]) => name.startsWith(prefix) && /^[0-9a-f]{16}$/.test(name.slice(prefix.length)),
  );
}

/** Fields without the session's cookies, with and without a prefix. The same array where there are none. */
export function withoutOwnCookies(headers: RawHeaders, base: string): RawHeaders {
  if (!headerLines(headers, "cookie").some((line) => line.includes(base))) return headers;
  const kept: string[] = [];
  for (let at = 0; at < headers.length; at += 2) {
    const [name, value] = [headers[at] as string, headers[at + 1] as string];
    if (name.toLowerCase() !== "cookie" || !value.includes(base)) kept.push(name, value);
    else {
      const rest = value.split(";").filter((pair) => !isOwn(pair, base));
      if (rest.length > 0) kept.push(name, withoutBlanks(rest.join(";")));
    }
  }
  return kept;
}

function isOwn(pair: string, base: string): boolean {
  const name = (pair.split("=", 1)[0] as string).trim();
  const bare = name.startsWith(HOST_PREFIX) ? name.slice(HOST_PREFIX.length) : name;
  return bare === base || bare.startsWith(`${base}.`) || bare.startsWith(base + ATTEMPT);
}
