import type { BackendCall, BackendListener } from "../backends/contract.ts";
import { NO_BODY, type RawHeaders } from "../domain/message.ts";
import { type RefusalCode, refusalAnswer } from "../domain/refusals.ts";
import type { ServedRequest } from "./contract.ts";
import { NO_CALL } from "./relay.ts";

/** Answers a request at once with a whole body. */
function answer(
  request: ServedRequest,
  listener: BackendListener,
  status: number,
  reason: string,
  headers: RawHeaders,
  body: Uint8Array,
): BackendCall {
  const isHead = request.method === "HEAD";
  listener.onHead(status, reason, headers, isHead ? NO_BODY : body.length);
  if (!isHead && body.length > 0) listener.onData(body);
  listener.onEnd(undefined);
  return NO_CALL;
}

/** Answers with an error of the front door's own. `extra`: headers besides, as Retry-After. */
export function refuse(
  request: ServedRequest,
  listener: BackendListener,
  code: RefusalCode,
  extra: RawHeaders = [],
): BackendCall {
  request.served.answersItself(code);
  const { status, reason, headers, body } = refusalAnswer(
    code,
    request.requestId,
    request.decision.scanned.accept,
  );
  return answer(request, listener, status, reason, [...headers, ...extra], body);
}
