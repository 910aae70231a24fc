import type { LaneListener, LaneRequest } from "../lanes/contract.ts";
import { writeOwn } from "../proxy/own-answer.ts";

/** A request that has its answer: what else it brings is nobody's. */
const DEAF: LaneListener = {
  onBody: () => {},
  onBodyEnd: () => {},
  onDrain: () => {},
  onBodyStall: () => {},
  onClientEnd: () => {},
  onAbort: () => {},
  onDone: () => {},
};

/** Answers a GET or HEAD, ahead of every route, with a body of the front door's own. */
export function answerOwn(
  request: LaneRequest,
  type: string,
  cacheControl: string,
  body: Uint8Array,
): LaneListener {
  const headers = [
    ...["content-type", type],
    ...["content-length", String(body.length), "cache-control", cacheControl],
  ];
  const own = { status: 200, reason: "OK", headers, body };
  writeOwn(request, own, request.head.method === "HEAD" ? undefined : body, true);
  return DEAF;
}
