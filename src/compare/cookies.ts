/** What a Set-Cookie line says but the value, which is never looked at (RFC 6265 §5.2). */
export interface CookieForm {
  readonly name: string;
  /** Lower-case names with their values, in order; without those that say how long it lives. */
  readonly attributes: readonly string[];
  /** Seconds from now. 0: it is removed. Undefined: the session's. Infinity: it is not known how long. */
  readonly lifetime: number | undefined;
}

/** Lifetimes are the same within so many seconds, or this share: the two answers are not of one moment. */
const SAME_SECONDS = 5;
const SAME_SHARE = 0.01;
/** A time before it stands for no time at all: `Expires=Thu, 01 Jan 1970 …` removes a cookie. */
const LONG_AGO = Date.UTC(2001, 0, 1);
/** Attributes whose values have no case. */
const CASELESS = new Set(["domain", "samesite", "priority"]);

function lifetimeOf(attributes: ReadonlyMap<string, string>, answeredAt: number): number | undefined {
  const maxAge = attributes.get("max-age");
  // Max-Age goes before Expires (RFC 6265 §5.3).
  if (maxAge !== undefined && /^-?\d+$/.test(maxAge)) return Math.max(0, Number(maxAge));
  const expires = Date.parse(attributes.get("expires") ?? "");
  if (Number.isNaN(expires)) return undefined;
  if (expires < LONG_AGO) return 0;
  return Number.isNaN(answeredAt) ? Number.POSITIVE_INFINITY : Math.max(0, (expires - answeredAt) / 1000);
}

/** A cookie has a handful of attributes; what stands behind so many is one, as it is written. */
const MAX_ATTRIBUTES = 64;

/** What stands between semicolons: the pair, and at most MAX_ATTRIBUTES parts. */
function partsOf(line: string): readonly string[] {
  const parts: string[] = [];
  let from = 0;
  for (let at = line.indexOf(";"); at >= 0 && parts.length < MAX_ATTRIBUTES; at = line.indexOf(";", from)) {
    parts.push(line.slice(from, at));
    from = at + 1;
  }
  parts.push(line.slice(from));
  return parts;
}

/** `date`: the answer's Date field; a browser would count from its own clock, which is about that. */
export function cookieForm(line: string, date: string | undefined): CookieForm {
  const [pair = "", ...parts] = partsOf(line);
  const attributes = new Map<string, string>();
  for (const part of parts) {
    const at = part.indexOf("=");
    const name = (at < 0 ? part : part.slice(0, at)).trim().toLowerCase();
    const value = at < 0 ? "" : part.slice(at + 1).trim();
    const plain = name === "domain" ? value.replace(/^\./, "") : value;
    if (name !== "") attributes.set(name, CASELESS.has(name) ? plain.toLowerCase() : plain);
  }
  const lifetime = lifetimeOf(attributes, Date.parse(date ?? ""));
  attributes.delete("max-age");
  attributes.delete("expires");
  const equals = pair.indexOf("=");
  return {
    name: (equals < 0 ? "" : pair.slice(0, equals)).trim(),
    attributes: [...attributes].map(([name, value]) => (value === "" ? name : `${name}=${value}`)).sort(),
    lifetime,
  };
}

function sameLifetime(a: number | undefined, b: number | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  if (a === 0 || b === 0) return a === b;
  if (!Number.isFinite(a) || !Number.isFinite(b)) return true;
  return Math.abs(a - b) <= Math.max(SAME_SECONDS, Math.max(a, b) * SAME_SHARE);
}

function sameCookie(a: CookieForm, b: CookieForm): boolean {
  return (
    a.name === b.name &&
    a.attributes.join(";") === b.attributes.join(";") &&
    sameLifetime(a.lifetime, b.lifetime)
  );
}

/** Cookies of one name that the sides do not set alike. */
interface CookieDifference {
  readonly name: string;
  readonly legacy: readonly CookieForm[];
  readonly modern: readonly CookieForm[];
}

/** Name by name: noise of one cookie is none of another's. The order of lines means nothing. */
export function cookieDifferences(
  legacy: readonly CookieForm[],
  modern: readonly CookieForm[],
): readonly CookieDifference[] {
  const rest = differingCookies(legacy, modern);
  const names = new Set([...rest.legacy, ...rest.modern].map(({ name }) => name));
  return [...names].map((name) => ({
    name,
    legacy: rest.legacy.filter((each) => each.name === name),
    modern: rest.modern.filter((each) => each.name === name),
  }));
}

/** Cookies of each side that the other does not set alike, in their order. */
function differingCookies(
  legacy: readonly CookieForm[],
  modern: readonly CookieForm[],
): { readonly legacy: readonly CookieForm[]; readonly modern: readonly CookieForm[] } {
  const rest = new Map<string, CookieForm[]>();
  for (const cookie of modern) rest.set(cookie.name, [...(rest.get(cookie.name) ?? []), cookie]);
  const left = legacy.filter((cookie) => {
    const others = rest.get(cookie.name) ?? [];
    const at = others.findIndex((other) => sameCookie(cookie, other));
    if (at >= 0) others.splice(at, 1);
    return at < 0;
  });
  const unmatched = new Set([...rest.values()].flat());
  return { legacy: left, modern: modern.filter((cookie) => unmatched.has(cookie)) };
}

function lifetimeText(lifetime: number | undefined): readonly string[] {
  if (lifetime === undefined) return [];
  if (lifetime === 0) return ["removed"];
  return [Number.isFinite(lifetime) ? `max-age=${Math.round(lifetime)}` : "expires"];
}

/** What is shown of one attribute: all of it is compared. */
const SHOWN_CHARS = 200;

/** Names and attributes, no value: `sid; httponly; path=/`. */
export function cookieText(cookies: readonly CookieForm[]): string {
  const shown = (attributes: readonly string[]) => attributes.map((each) => each.slice(0, SHOWN_CHARS));
  return cookies
    .map(({ name, attributes, lifetime }) =>
      [name, ...shown(attributes), ...lifetimeText(lifetime)].join("; "),
    )
    .join(", ");
}
