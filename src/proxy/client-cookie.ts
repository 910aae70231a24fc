import { type CookieCaching, clientCookie, makePrivate } from "../domain/client-cookie.ts";
import type { Decision } from "../routing/decide.ts";

/** Puts the client's fresh cookie on an answer, unless that is one for everybody. Undefined: none was drawn. */
export function giveCookie(
  { freshClient, head, keySource, scanned }: Decision,
  headers: string[],
): CookieCaching | undefined {
  if (freshClient === undefined) return undefined;
  const caching = makePrivate(headers, keySource?.kind === "client");
  if (caching === "left_out") return caching;
  const secure = head.encrypted || scanned.forwardedProto?.toLowerCase() === "https";
  headers.push("set-cookie", clientCookie(freshClient, secure));
  return caching;
}
