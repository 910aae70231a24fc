import type { RawHeaders } from "./message.ts";

/** The field of a side's answer that sets tags, and those that tell a side of the connection. */
export const TAGS_FIELD = "x-fig-tags";
export const CONNECTION_FIELD = "x-fig-connection-id";

/** What a request for a side is told beside its event. */
export function socketFields(
  connection: string,
  api: string,
  key: string,
  type: "CONNECT" | "MESSAGE" | "DISCONNECT",
): RawHeaders {
  return [
    ...[CONNECTION_FIELD, connection, "x-fig-websocket", latin1(api)],
    ...["x-fig-route-key", latin1(key), "x-fig-event", type],
  ];
}

/** UTF-8 as fields carry it. */
function latin1(text: string): string {
  return String.fromCharCode(...new TextEncoder().encode(text));
}
