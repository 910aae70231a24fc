import { STATUS_CODES } from "node:http";
import type { BackendCall, BackendListener } from "../backends/contract.ts";
import { isGrpc } from "../domain/grpc.ts";
import { NO_BODY, type RawHeaders } from "../domain/message.ts";
import { grpcRefusal, type RefusalCode, refusalAnswer } from "../domain/refusals.ts";
import type { ServedRequest } from "./contract.ts";
import { NO_CALL } from "./relay.ts";

/**
 * Answers a request at once with a whole body; `headers` have its Content-Length, but of a 204, which has none (RFC 9110
 * §8.6). `reason`: "" stands for the status's own.
 */
export function answer(
  request: ServedRequest,
  listener: BackendListener,
  status: number,
  reason: string,
  headers: RawHeaders,
  body: Uint8Array,
): BackendCall {
  const bare = request.method === "HEAD" || status === 204;
  listener.onHead(status, reason || (STATUS_CODES[status] ?? ""), headers, bare ? NO_BODY : body.length);
  if (!bare && body.length > 0) listener.onData(body);
  listener.onEnd(undefined);
  return NO_CALL;
}

/** Answers with an error of the front door's own. `extra`: headers besides, as Retry-After. `details`: what exactly, as JSON. */
export function refuse(
  request: ServedRequest,
  listener: BackendListener,
  code: RefusalCode,
  extra: RawHeaders = [],
  details?: readonly object[],
): BackendCall {
  request.served.answersItself(code);
  const { decision, requestId } = request;
  const { status, reason, headers, body } = isGrpc(decision.head.headers)
    ? grpcRefusal(code, requestId)
    : refusalAnswer(code, requestId, decision.scanned.accept, details);
  return answer(request, listener, status, reason, [...headers, ...extra], body);
}
