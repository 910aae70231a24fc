import { type DroppedField, dashed, forwardingField } from "../domain/forwarding-fields.ts";
import { headerLines } from "../domain/headers.ts";
import type { RawHeaders, RequestHead } from "../domain/message.ts";
import { isFigHeader, isOwn } from "./request-headers.ts";

/** Fields of framing, routing, login and content: in no trailers (RFC 9110 §6.5.1). */
const FORBIDDEN = new Set([
  ...["connection", "keep-alive", "te", "transfer-encoding", "content-length", "host", "upgrade", "trailer"],
  ...[
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "authorization",
    "set-cookie",
    "cookie",
  ],
  ...["content-encoding", "content-type", "content-range"],
]);

/** What else changes how a request is read: controls and conditions (RFC 7231 §5.1, §5.2), who asks and from where. */
const REQUEST_MODIFIERS = /^(?:cache-control|expect|max-forwards|pragma|range|via|origin|referer)$/;
/** What ends a request line: a server that stops at the last chunk (cheroot) takes trailers for the next request. */
const REQUEST_LINE_END = /HTTP\/\d/i;
const MODIFIER_FAMILIES = /^(?:if|sec|proxy|x-http-method|x-method)-|^content-(?!md5$|digest$)/;

/**
 * A request's trailers that may go on: those that `Trailer` announced and that no head would be read differently with. Some
 * servers merge trailers into the head, even into that of the next request. The others are `told.dropped`.
 */
export function forwardRequestTrailers(
  trailers: RawHeaders | undefined,
  head: RequestHead,
  told: { dropped(fields: readonly DroppedField[], peer: string): void },
): RawHeaders | undefined {
  if (trailers === undefined || trailers.length === 0) return undefined;
  const announced = new Set(
    headerLines(head.headers, "trailer").flatMap((line) =>
      line
        .toLowerCase()
        .split(",")
        .map((name) => name.trim()),
    ),
  );
  const kept: string[] = [];
  for (let i = 0; i < trailers.length; i += 2) {
    const name = (trailers[i] as string).toLowerCase();
    const value = trailers[i + 1] as string;
    if (announced.has(name) && !matters(dashed(name)) && !REQUEST_LINE_END.test(value))
      kept.push(trailers[i] as string, value);
  }
  const dropped = (trailers.length - kept.length) / 2;
  if (dropped > 0) told.dropped(new Array<DroppedField>(dropped).fill("trailer"), head.remoteAddress);
  return kept.length === 0 ? undefined : kept;
}

/** Lower-case and with dashes: a request would be another one with this field. */
function matters(name: string): boolean {
  if (FORBIDDEN.has(name) || REQUEST_MODIFIERS.test(name) || MODIFIER_FAMILIES.test(name)) return true;
  return forwardingField(name) !== undefined || isOwn(name);
}

/** An answer's trailers that may go on: no hop-by-hop, framing or x-fig-* field. */
export function forwardTrailers(trailers: RawHeaders | undefined): RawHeaders | undefined {
  if (trailers === undefined || trailers.length === 0) return undefined;
  const kept: string[] = [];
  for (let i = 0; i < trailers.length; i += 2) {
    const name = (trailers[i] as string).toLowerCase();
    if (FORBIDDEN.has(name) || isFigHeader(name)) continue;
    kept.push(trailers[i] as string, trailers[i + 1] as string);
  }
  return kept.length === 0 ? undefined : kept;
}
