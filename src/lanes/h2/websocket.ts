import { createHash } from "node:crypto";
import type { RawHeaders } from "../../domain/message.ts";

/** RFC 6455 §1.3. */
const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/** Fields of the handshake over HTTP/1.1, which one over HTTP/2 does without (RFC 8441 §5). */
export const HANDSHAKE_FIELDS: ReadonlySet<string> = new Set(["sec-websocket-key", "sec-websocket-accept"]);

/** `random`: sixteen bytes, hexadecimal. */
export function websocketKey(random: string): string {
  return Buffer.from(random, "hex").toString("base64");
}

/** Whether an answer of 101 is one to this request: of a WebSocket it has to show that its key was read (RFC 6455 §4.1). */
export function isAccepted(request: RawHeaders, answer: RawHeaders): boolean {
  const key = fieldOf(request, "sec-websocket-key");
  if (key === undefined) return true;
  const hash = createHash("sha1").update(key + GUID);
  return fieldOf(answer, "sec-websocket-accept") === hash.digest("base64");
}

function fieldOf(fields: RawHeaders, name: string): string | undefined {
  for (let i = 0; i < fields.length; i += 2) {
    if ((fields[i] as string).toLowerCase() === name) return fields[i + 1];
  }
  return undefined;
}
