import { indexOfHeader, onlyHeader } from "../../domain/headers.ts";
import type { RawHeaders } from "../../domain/message.ts";

/**
 * Whether a request was made by a page of the same origin, or by hand. Browsers say it in Sec-Fetch-Site where the origin is a
 * secure context, in Origin with every POST, and in Referer of a link (Fetch §3, Fetch Metadata). A request that says nothing
 * is no such request.
 */
export function isSameOrigin(headers: RawHeaders, origin: string): boolean {
  // A link that a browser opens ahead of its reader is nobody's wish.
  if (indexOfHeader(headers, "sec-purpose") >= 0) return false;
  if (indexOfHeader(headers, "sec-fetch-site") >= 0)
    return ["same-origin", "none"].includes(onlyHeader(headers, "sec-fetch-site") ?? "");
  if (indexOfHeader(headers, "origin") >= 0) return onlyHeader(headers, "origin")?.toLowerCase() === origin;
  const referer = URL.parse(onlyHeader(headers, "referer") ?? "");
  return referer !== null && referer.origin === new URL(origin).origin;
}
