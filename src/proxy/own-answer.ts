import { isGrpc } from "../domain/grpc.ts";
import { NO_BODY, type RequestHead } from "../domain/message.ts";
import { grpcRefusal, type RefusalAnswer, type RefusalCode, refusalAnswer } from "../domain/refusals.ts";
import type { LaneRequest } from "../lanes/contract.ts";

/** What the front door answers by itself, as the one who asks reads it: a gRPC call fails in its trailers, whatever it is counted as. */
export function ownAnswer(
  code: RefusalCode,
  requestId: string,
  { headers }: RequestHead,
  accept: string | undefined,
): RefusalAnswer {
  return isGrpc(headers) ? grpcRefusal(code, requestId) : refusalAnswer(code, requestId, accept);
}

/** Gives the client an answer of the front door's own. `body`: undefined for a HEAD. `close`: the connection ends with it. */
export function writeOwn(
  lane: LaneRequest,
  { status, reason, headers }: RefusalAnswer,
  body: Uint8Array | undefined,
  close: boolean,
): void {
  lane.respond(status, reason, headers, body === undefined ? NO_BODY : body.length, close);
  if (body !== undefined && body.length > 0) lane.write(body);
  lane.end(undefined);
}
