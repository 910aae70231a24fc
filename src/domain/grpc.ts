import { indexOfHeader, onlyHeader } from "./headers.ts";
import { NO_BODY, type RawHeaders } from "./message.ts";

/** gRPC over HTTP/2, of any codec; gRPC-Web is ordinary HTTP. */
const CONTENT_TYPE = /^application\/grpc(?:\s*;|\+|\s*$)/i;
const UNITS_MS: Readonly<Record<string, number>> = {
  H: 3_600_000,
  M: 60_000,
  S: 1_000,
  m: 1,
  u: 1e-3,
  n: 1e-6,
};

/** Whether a message is of gRPC (gRPC over HTTP2, Requests). */
export function isGrpc(headers: RawHeaders): boolean {
  const at = indexOfHeader(headers, "content-type");
  return at >= 0 && CONTENT_TYPE.test(headers[at + 1] as string);
}

/** How long a call's client waits for it; undefined: it does not say. */
export function grpcTimeoutMs(headers: RawHeaders): number | undefined {
  const at = indexOfHeader(headers, "grpc-timeout");
  const said = at < 0 ? null : /^(\d{1,8})([HMSmun])$/.exec(headers[at + 1] as string);
  return said === null ? undefined : Math.ceil(Number(said[1]) * (UNITS_MS[said[2] as string] as number));
}

/** Fields that say how a call ended: in trailers, or in the head of an answer that is trailers only. */
export const GRPC_STATUS_FIELDS: readonly string[] = [
  "grpc-status",
  "grpc-message",
  "grpc-status-details-bin",
];

/** UNAVAILABLE, in an answer that is trailers only: no message of one is lost (gRPC over HTTP2, Responses). */
export function isUnavailable(status: number, headers: RawHeaders, framing: number): boolean {
  const empty = framing === 0 || framing === NO_BODY;
  return empty && status === 200 && isGrpc(headers) && onlyHeader(headers, "grpc-status") === "14";
}

/** A call's answer with what its trailers say, as if it were trailers only. Of other answers trailers are left out. */
export function withTrailers(headers: RawHeaders, trailers: RawHeaders): RawHeaders {
  return isGrpc(headers) ? [...headers, ...trailers] : headers;
}
