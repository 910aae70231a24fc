import type { TrustedNetworks } from "../domain/client-address.ts";
import type { Clock } from "../domain/clock.ts";
import type { RawHeaders } from "../domain/message.ts";
import { requestIdOf } from "../domain/request-id.ts";
import { continueTrace } from "../domain/traceparent.ts";
import type { RequestHead } from "../lanes/contract.ts";
import type { ScannedHeaders } from "./request-headers.ts";

/** A request's headers as both sides get them (docs/contract.md, Headers): what the client sent end to end, then the front door's own. */
export class OutgoingRequest {
  readonly requestId: string;
  readonly traceId: string;
  private readonly headers: string[];
  private readonly hostIndex: number;

  constructor(requestId: string, traceId: string, headers: string[], hostIndex: number) {
    this.requestId = requestId;
    this.traceId = traceId;
    this.headers = headers;
    this.hostIndex = hostIndex;
  }

  /** No Host came (HTTP/1.0): the upstream's own is used. */
  get hostless(): boolean {
    return this.hostIndex < 0;
  }

  /** `ownHost`: Host is left to the backend. `upgrade`: the value of Upgrade, if one is asked for. */
  headersFor(ownHost: boolean, upgrade: string | undefined): RawHeaders {
    const { headers, hostIndex } = this;
    const dropHost = ownHost && hostIndex >= 0;
    if (!dropHost && upgrade === undefined) return headers;
    const copy = dropHost ? [...headers.slice(0, hostIndex), ...headers.slice(hostIndex + 2)] : [...headers];
    if (upgrade !== undefined) copy.push("upgrade", upgrade);
    return copy;
  }

  /** The same request as a shadow: marked, and with nothing left to expect. */
  shadowHeaders(ownHost: boolean): RawHeaders {
    const marked: string[] = [];
    const headers = this.headersFor(ownHost, undefined);
    for (let i = 0; i < headers.length; i += 2) {
      const name = headers[i] as string;
      if (name.length === 6 && name.toLowerCase() === "expect") continue;
      marked.push(name, headers[i + 1] as string);
    }
    marked.push("x-fig-shadow", "1");
    return marked;
  }
}

/** Completes `scanned.forward` in place. `host`: the authority the request is for. */
export function outgoingRequest(
  clock: Clock,
  settings: { readonly trusted: TrustedNetworks },
  head: RequestHead,
  scanned: ScannedHeaders,
  host: string,
): OutgoingRequest {
  const headers = scanned.forward;
  const requestId = requestIdOf(scanned.requestId, clock.hex);
  const trace = continueTrace(scanned.traceparent, clock.hex);
  const trusted = settings.trusted.has(head.remoteAddress);
  const chain = trusted ? scanned.forwardedFor?.join(", ") : undefined;
  const proto = head.encrypted ? "https" : "http";
  headers.push(
    "x-request-id",
    requestId,
    "traceparent",
    trace.traceparent,
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
  return new OutgoingRequest(requestId, trace.traceId, headers, scanned.hostIndex);
}
