import type { Clock } from "../domain/clock.ts";
import type { RawHeaders } from "../domain/message.ts";
import { requestIdOf } from "../domain/request-id.ts";
import { continueTrace } from "../domain/traceparent.ts";
import type { Decision, DecisionSettings } from "../routing/decide.ts";

/** A request's headers as a side gets them (docs/contract.md, Headers): what the client sent end to end, then the front door's own. */
export interface OutgoingRequest {
  readonly requestId: string;
  readonly traceId: string;
  readonly headers: RawHeaders;
}

/** Completes `scanned.forward` in place. `upgrade`: the client asks for one. */
export function outgoingRequest(
  clock: Clock,
  settings: DecisionSettings,
  { head, scanned, host }: Decision,
  upgrade: boolean,
): OutgoingRequest {
  const headers = scanned.forward;
  const requestId = requestIdOf(scanned.requestId, clock.hex);
  const { traceparent, traceId } = continueTrace(scanned.traceparent, clock.hex);
  const trusted = settings.trusted.has(head.remoteAddress);
  const chain = trusted ? scanned.forwardedFor?.join(", ") : undefined;
  const proto = head.encrypted ? "https" : "http";
  headers.push(
    "x-request-id",
    requestId,
    "traceparent",
    traceparent,
    "x-forwarded-for",
    chain === undefined ? head.remoteAddress : `${chain}, ${head.remoteAddress}`,
    "x-forwarded-proto",
    (trusted ? scanned.forwardedProto : undefined) ?? proto,
    "x-forwarded-host",
    (trusted ? scanned.forwardedHost : undefined) ?? host,
    "via",
    head.version === "1.0" ? "1.0 fig" : "1.1 fig",
  );
  if (scanned.teTrailers) headers.push("te", "trailers", "connection", "TE");
  if (upgrade) headers.push("upgrade", scanned.upgrade as string);
  return { requestId, traceId, headers };
}
