import type { ServerHttp2Stream } from "node:http2";
import type { Deadlines } from "../../domain/deadlines.ts";
import { CHUNKED, NO_BODY, type Peer } from "../../domain/message.ts";
import type { LaneListener, LaneRequest, RawRefusal } from "../contract.ts";
import { type StreamConnection, StreamRequest } from "./stream-request.ts";

const nothing = () => {};
const NOBODY: LaneListener = {
  ...{ onBody: nothing, onBodyEnd: nothing, onBodyStall: nothing, onClientEnd: nothing },
  ...{ onAbort: nothing, onDone: nothing, onDrain: nothing },
};

/** A stream whose head makes no exchange is answered like any other: its body is thrown away for a while, not reset. */
export function refusedStream(
  stream: ServerHttp2Stream,
  fields: readonly string[],
  ended: boolean,
  { status, reason, headers, body }: RawRefusal,
  peer: Peer,
  deadlines: Deadlines,
  bodyIdleMs: number,
  connection: StreamConnection,
): StreamRequest {
  const method = fields[fields.indexOf(":method") + 1] as string;
  const head = {
    ...{ method, target: "", version: "2.0", headers: [], framing: ended ? NO_BODY : CHUNKED },
    ...{ upgrade: false, expectContinue: false, ...peer },
  };
  const answer = (request: LaneRequest) => {
    const bytes = method === "HEAD" ? undefined : Buffer.from(body);
    request.respond(status, reason, headers, bytes?.length ?? NO_BODY, false);
    if (bytes !== undefined) request.write(bytes);
    request.end(undefined);
    return NOBODY;
  };
  return new StreamRequest(stream, head, answer, deadlines, bodyIdleMs, connection);
}
