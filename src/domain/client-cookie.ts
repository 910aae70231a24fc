import { onlyHeader } from "./headers.ts";
import { type RawHeaders, SAFE_METHODS } from "./message.ts";

/** The front door's own cookie: which client this is, for `sticky: [client]`. Random, and nothing else is in it. */
export const CLIENT_COOKIE = "fig_client";

/** Random bytes of a value: no two clients get the same. */
export const CLIENT_ENTROPY = 16;

/** What browsers keep at most: 400 days (RFC 6265bis §5.5). */
const MAX_AGE_SECONDS = 400 * 24 * 60 * 60;

/** What this front door made, and not what somebody thought up. */
export function isClientValue(value: string | undefined): value is string {
  return value !== undefined && value.length === CLIENT_ENTROPY * 2 && /^[0-9a-f]+$/.test(value);
}

/**
 * A browser opens a page: a fresh value may decide where. Any other request may be one of many that a page sends at once, and
 * each would draw for itself.
 */
export function isNavigation(method: string, headers: RawHeaders): boolean {
  if (onlyHeader(headers, "sec-fetch-mode") === "navigate") return true;
  return SAFE_METHODS.has(method) && /\btext\/html\b/i.test(onlyHeader(headers, "accept") ?? "");
}

/** `secure`: the client speaks TLS. */
export function clientCookie(value: string, secure: boolean): string {
  return `${CLIENT_COOKIE}=${value}; Path=/; Max-Age=${MAX_AGE_SECONDS}; HttpOnly; SameSite=Lax${secure ? "; Secure" : ""}`;
}

/** Fields by which caches on the way are told apart from browsers (RFC 9213, and what came before it). */
const TARGETED = /^(?:[a-z0-9-]*cdn-cache-control|surrogate-control)$/;

/**
 * What becomes of an answer that is to carry the cookie: it was private already (`kept`), or becomes it where nothing was said
 * of caches (`private`) or something else was (`made_private`), or it goes without the cookie (`left_out`).
 */
export type CookieCaching = "kept" | "private" | "made_private" | "left_out";

/**
 * Makes an answer's fields private in place, so that no shared cache stores the cookie that they will carry (RFC 9111 §3).
 * `decided`: the cookie decided this answer. Another answer that is meant for shared caches stays as it is: `left_out`.
 */
export function makePrivate(headers: string[], decided: boolean): CookieCaching {
  const said: string[] = [];
  let targeted = false;
  for (let i = 0; i < headers.length; i += 2) {
    const name = (headers[i] as string).toLowerCase();
    if (name === "cache-control") said.push(...directives(headers[i + 1] as string));
    else if (TARGETED.test(name)) targeted = true;
  }
  const bare = said.map((directive) => directive.split("=", 1)[0]?.trim().toLowerCase() ?? "");
  const own = said.some((directive) => /^(?:private|no-store)$/i.test(directive));
  if (own && !targeted) return "kept";
  if (!decided && (targeted || bare.includes("public") || bare.includes("s-maxage"))) return "left_out";
  const left = said.filter((_, i) => !["public", "s-maxage", "private"].includes(bare[i] as string));
  let kept = 0;
  for (let i = 0; i < headers.length; i += 2) {
    const name = (headers[i] as string).toLowerCase();
    if (name === "cache-control" || TARGETED.test(name)) continue;
    headers[kept] = headers[i] as string;
    headers[kept + 1] = headers[i + 1] as string;
    kept += 2;
  }
  headers.length = kept;
  headers.push("cache-control", ["private", ...left].join(", "));
  return targeted || bare.some((name) => ["public", "s-maxage", "max-age"].includes(name))
    ? "made_private"
    : "private";
}

/** The directives of a Cache-Control line; commas in quotes part none. */
function directives(line: string): readonly string[] {
  return (line.match(/(?:[^,"]|"(?:[^"\\]|\\.)*"?)+/g) ?? [])
    .map((each) => each.trim())
    .filter((each) => each !== "");
}
