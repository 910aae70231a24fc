import { onlyHeader } from "../../domain/headers.ts";
import { CHUNKED, NO_BODY, type RawHeaders } from "../../domain/message.ts";
import type { BackendRequest } from "../contract.ts";

/** gRPC's own check (grpc/health/v1/health.proto): asked as a call, of the server as a whole. */
const GRPC_CHECK = "/grpc.health.v1.Health/Check";
/** An empty message. */
const EMPTY = new Uint8Array(5);
/** A message with `status: SERVING`. */
const SERVING = Buffer.from([0, 0, 0, 0, 2, 8, 1]);
const MAX_KEPT_BYTES = 64;

/** What is asked for at a path, and which answer passes. */
export interface HealthQuestion {
  readonly request: BackendRequest;
  /** The whole body; undefined: there is none. */
  readonly body: Uint8Array | undefined;
  /** Undefined: the head does not tell. */
  byHead(status: number): boolean | undefined;
  /** By what came behind such a head, of which `MAX_KEPT_BYTES` are kept. */
  byEnd(body: Buffer, trailers: RawHeaders | undefined): boolean;
}

const COMMON = ["User-Agent", "fig-health", "Accept", "*/*"];
const rest = { upgrade: false, retryable: false, timeoutMs: undefined };

export function questionAt(path: string): HealthQuestion {
  if (path !== GRPC_CHECK) {
    const headers = [...COMMON, "Connection", "close"];
    return {
      ...{ request: { method: "GET", target: path, headers, framing: NO_BODY, ...rest }, body: undefined },
      byHead: (status) => status >= 200 && status < 400,
      byEnd: () => false,
    };
  }
  const headers = [...COMMON, "content-type", "application/grpc", "te", "trailers"];
  return {
    ...{ request: { method: "POST", target: path, headers, framing: CHUNKED, ...rest }, body: EMPTY },
    byHead: (status) => (status === 200 ? undefined : false),
    byEnd: (body, trailers) => onlyHeader(trailers ?? [], "grpc-status") === "0" && body.equals(SERVING),
  };
}

/** So much of an answer as tells. */
export function keptOf(before: Buffer, chunk: Uint8Array): Buffer {
  return Buffer.concat([before, chunk]).subarray(0, MAX_KEPT_BYTES);
}
