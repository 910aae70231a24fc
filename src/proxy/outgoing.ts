import type { Clock } from "../domain/clock.ts";
import type { RawHeaders } from "../domain/message.ts";
import { requestIdOf } from "../domain/request-id.ts";
import type { Decision, DecisionSettings } from "../routing/decide.ts";
import { forwardedElements } from "./forwarded.ts";

/** A request's headers as a side gets them (docs/contract.md, Headers): what the client sent end to end, then the front door's own. */
export interface OutgoingRequest {
  readonly requestId: string;
  readonly headers: RawHeaders;
}

/** The scheme that the client asked with, as far as its senders are believed. */
export function schemeOf({ head, scanned }: Pick<Decision, "head" | "scanned">): string {
  return scanned.forwardedProto ?? (head.encrypted ? "https" : "http");
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
  const proto = schemeOf(decision);
  const asked = scanned.forwardedHost ?? host;
  headers.push("x-request-id", requestId);
  if (settings.forwarded !== "rfc7239")
    headers.push(
      "x-forwarded-for",
      chain === undefined ? remoteAddress : `${chain}, ${remoteAddress}`,
      "x-forwarded-proto",
      proto,
      "x-forwarded-host",
      asked,
    );
  if (settings.forwarded !== "x")
    headers.push(
      "forwarded",
      forwardedElements(scanned.forwardedElements, chain, remoteAddress, asked, proto),
    );
  headers.push("via", head.version === "1.0" ? "1.0 fig" : "1.1 fig");
  if (scanned.teTrailers) headers.push("te", "trailers", "connection", "TE");
  if (upgrade) headers.push("upgrade", scanned.upgrade as string);
  return { requestId, headers };
}
