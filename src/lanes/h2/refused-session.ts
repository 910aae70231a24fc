import { type OutgoingHttpHeaders, performServerHandshake } from "node:http2";
import type { TLSSocket } from "node:tls";
import type { RawRefusal } from "../contract.ts";

/**
 * Answers the first request of an HTTP/2 connection whose client is not to be served, and ends it behind that. Who waits for no answer
 * longer than it should is the caller's to end.
 */
export function refuseSession(socket: TLSSocket, refusal: () => RawRefusal): void {
  const session = performServerHandshake(socket, {
    maxSessionMemory: 1,
    settings: { maxConcurrentStreams: 1, enablePush: false },
  });
  session.on("error", () => {});
  session.once("stream", (stream) => {
    stream.on("error", () => {});
    const { status, headers, body } = refusal();
    const fields: OutgoingHttpHeaders = { ":status": status };
    for (let at = 0; at < headers.length; at += 2) fields[headers[at] as string] = headers[at + 1];
    stream.respond(fields);
    stream.end(body);
    stream.resume();
    session.close();
  });
}
