import { clientAddress } from "../domain/client-address.ts";
import type { Clock } from "../domain/clock.ts";
import type { RawHeaders } from "../domain/message.ts";
import { dropPins } from "../domain/pins.ts";
import { requestIdOf } from "../domain/request-id.ts";
import { askedHost, askedScheme } from "../routing/asked.ts";
import type { Decision, DecisionSettings } from "../routing/decide.ts";
import { forwardedElements } from "./forwarded.ts";

/** A request's headers as a side gets them (docs/contract.md, Headers): what the client sent end to end, then the front door's own. */
export interface OutgoingRequest {
  readonly requestId: string;
  readonly headers: RawHeaders;
}

const VIA: Readonly<Record<string, string>> = { "1.1": "1.1 fig", "1.0": "1.0 fig", "2.0": "2.0 fig" };

/** Completes `scanned.forward` in place. `upgrade`: the client asks for one. */
export function outgoingRequest(
  clock: Clock,
  settings: DecisionSettings,
  decision: Decision,
  upgrade: boolean,
): OutgoingRequest {
  const { head, scanned, host } = decision;
  const headers = scanned.forward;
  if (decision.table.pins !== undefined) dropPins(headers);
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
  if (head.certificate !== undefined) headers.push(...head.certificate);
  headers.push("via", VIA[head.version] ?? "1.1 fig");
  if (scanned.teTrailers) headers.push("te", "trailers", "connection", "TE");
  if (upgrade) headers.push("upgrade", scanned.upgrade as string);
  return { requestId, headers };
}

const NOBODY: readonly string[] = [];

/** The client's address, by whom the front door believes. */
export function addressFor({ head, scanned }: Decision, { trusted }: DecisionSettings): string {
  return clientAddress(head.remoteAddress, scanned.forwardedFor ?? NOBODY, trusted);
}
