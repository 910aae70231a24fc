import { dashed } from "./forwarding-fields.ts";
import { headerLines, indexOfHeader, spelledLines, withoutBlanks } from "./headers.ts";
import type { RawHeaders } from "./message.ts";
import type { TokenPlace } from "./policies/jwt.ts";

/** Where a request that was sent has its tokens. */
interface SentRequest {
  readonly headers: RawHeaders;
  /** Its target in origin form, as it was received. */
  readonly path: string;
}

/** More than one token came: a server behind might read another than the one that was verified (RFC 6750 §2). */
export const SEVERAL_TOKENS = Symbol("several tokens");

const BEARER = /^bearer(?: +|$)/i;

/** One cookie of a Cookie field, as `name=value`. */
function isCookie(pair: string, name: string): boolean {
  const equals = pair.indexOf("=");
  return equals >= 0 && withoutBlanks(pair.slice(0, equals)) === name;
}

function cookiesOf(headers: RawHeaders, name: string): readonly string[] {
  return headerLines(headers, "cookie")
    .flatMap((line) => line.split(";"))
    .filter((pair) => isCookie(pair, name))
    .map((pair) => withoutBlanks(pair.slice(pair.indexOf("=") + 1)));
}

function tokensAt({ kind, name }: TokenPlace, { headers, path }: SentRequest): readonly string[] {
  if (kind === "cookie") return cookiesOf(headers, name);
  if (kind === "query") {
    const mark = path.indexOf("?");
    return mark < 0 ? [] : new URLSearchParams(path.slice(mark + 1)).getAll(name);
  }
  // A side may read another spelling than the one that was verified.
  const lines = spelledLines(headers, name);
  const sent = name === "authorization" ? lines.filter((line) => BEARER.test(line)) : lines;
  const tokens = sent.map((line) => line.replace(BEARER, ""));
  // One that is no bearer's beside it is one field too many all the same (RFC 9110 §11.6.2).
  return sent.length > 0 && lines.length > 1 ? [...tokens, ""] : tokens;
}

/** The one place that most requests have their token in, without a list on the way. */
function bearerOf(headers: RawHeaders): string | undefined | typeof SEVERAL_TOKENS {
  const at = indexOfHeader(headers, "authorization");
  if (at < 0) return undefined;
  const line = headers[at + 1] as string;
  const twice = indexOfHeader(headers, "authorization", at + 2) >= 0;
  const scheme = BEARER.exec(line);
  if (twice) return SEVERAL_TOKENS;
  return scheme === null ? undefined : line.slice(scheme[0].length).trim() || undefined;
}

/** The token that a request carries; undefined: none. */
export function sentToken(
  request: SentRequest,
  places: readonly TokenPlace[],
): string | undefined | typeof SEVERAL_TOKENS {
  const [only, ...others] = places;
  if (others.length === 0 && only?.name === "authorization" && only.kind === "header")
    return bearerOf(request.headers);
  const found = places.map((place) => tokensAt(place, request));
  if (found.some((tokens) => tokens.length > 1)) return SEVERAL_TOKENS;
  const tokens = new Set(found.flat().filter((token) => token !== ""));
  if (tokens.size > 1) return SEVERAL_TOKENS;
  return tokens.values().next().value;
}

/** The same headers without the token. */
export function withoutTokens(headers: RawHeaders, places: readonly TokenPlace[]): RawHeaders {
  const fields = new Set(places.filter(({ kind }) => kind === "header").map(({ name }) => dashed(name)));
  const cookies = places.filter(({ kind }) => kind === "cookie").map(({ name }) => name);
  const kept: string[] = [];
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] as string;
    let value = headers[i + 1] as string;
    const lower = name.toLowerCase();
    if (fields.has(dashed(lower))) continue;
    if (lower === "cookie" && cookies.length > 0) {
      const pairs = value.split(";");
      const others = pairs.filter((pair) => !cookies.some((cookie) => isCookie(pair, cookie)));
      if (others.length < pairs.length) value = withoutBlanks(others.join(";"));
      if (value === "") continue;
    }
    kept.push(name, value);
  }
  return kept;
}
