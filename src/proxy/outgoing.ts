import type { Clock } from "../domain/clock.ts";
import type { RawHeaders } from "../domain/message.ts";
import { requestIdOf } from "../domain/request-id.ts";
import { askedHost, askedScheme } from "../routing/asked.ts";
import type { Decision, DecisionSettings } from "../routing/decide.ts";
import { forwardedElements } from "./forwarded.ts";

/** A request's headers as a side gets them (docs/contract.md, Headers): what the client sent end to end, then the front door's own. */
export interface OutgoingRequest {
  readonly requestId: string;
  readonly headers: RawHeaders;
}

/** Completes `scanned.forward` in place. `upgrade`: the client asks for one. */
export function outgoingRequest(
  clock: Clock,
  settings: DecisionSettings,
  decision: Decision,
  upgrade: boolean,
): OutgoingRequest {
  const { head, scanned, host } = decision;
  const headers = scanned.forward;
  const requestId = requestIdOf(scanned.requestId, clock.hex);
  const { remoteAddress } = head;
  const chain = scanned.forwardedFor?.join(", ");
  headers.push("x-request-id", requestId);
  if (settings.forwarded !== "rfc7239")
    headers.push(
      "x-forwarded-for",
      chain === undefined ? remoteAddress : `${chain}, ${remoteAddress}`,
      "x-forwarded-proto",
      scanned.forwardedProto ?? (head.encrypted ? "https" : "http"),
      "x-forwarded-host",
      scanned.forwardedHost ?? host,
    );
  if (settings.forwarded !== "x")
    headers.push(
      "forwarded",
      forwardedElements(
        scanned.forwardedElements,
        chain,
        remoteAddress,
        askedHost(decision),
        askedScheme(decision),
      ),
    );
  headers.push("via", head.version === "1.0" ? "1.0 fig" : "1.1 fig");
  if (scanned.teTrailers) headers.push("te", "trailers", "connection", "TE");
  if (upgrade) headers.push("upgrade", scanned.upgrade as string);
  return { requestId, headers };
}
