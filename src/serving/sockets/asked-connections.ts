import type { ConnectionAsk, SocketReply } from "../../domain/socket-asks.ts";
import { isTag } from "../../websockets/tags.ts";

/** An answer of `@connections`. */
export interface ConnectionsAnswer {
  readonly status: number;
  /** Of AWS's, in X-Amzn-ErrorType; undefined: none. */
  readonly error?: string;
  /** Undefined: there is none. */
  readonly body?: object;
  readonly retryAfter?: number;
}

const refused = (status: number, error: string, message: string): ConnectionsAnswer => ({
  ...{ status, error, body: { message } },
});

const FORBIDDEN = refused(403, "ForbiddenException", "Forbidden");
export const TOO_LARGE = refused(413, "PayloadTooLargeException", "The message is too large.");

/** What a request asks of connections, once it is known who sent it. `rest`: its target behind `@connections`. */
export function askOf(
  api: string,
  method: string,
  rest: string,
  body: Uint8Array,
): ConnectionAsk | ConnectionsAnswer {
  const [path = "", query = ""] = rest.split("?", 2);
  const data = Buffer.from(body).toString("base64");
  if (path === "" || path === "/") {
    const tag = new URLSearchParams(query).get("tag") ?? "";
    if (method !== "POST") return FORBIDDEN;
    if (!isTag(tag)) return refused(400, "BadRequestException", "Say which connections: ?tag=NAME");
    return { kind: "broadcast", api, tag, data };
  }
  let id: string;
  try {
    id = decodeURIComponent(path.slice(1));
  } catch {
    return refused(400, "BadRequestException", "The connection's id is not well-formed.");
  }
  if (method === "POST") return { kind: "post", api, id, data };
  if (method === "GET" || method === "DELETE") return { kind: method === "GET" ? "get" : "delete", api, id };
  return FORBIDDEN;
}

/** The answer to a request whose ask was answered. */
export function answerTo(ask: ConnectionAsk, reply: SocketReply): ConnectionsAnswer {
  switch (reply.kind) {
    case "done":
      return { status: ask.kind === "delete" ? 204 : 200 };
    case "gone":
      return refused(410, "GoneException", "The connection is gone.");
    case "too_large":
      return TOO_LARGE;
    case "not_text":
      return refused(400, "BadRequestException", "The message is not UTF-8 text.");
    case "full":
      return {
        ...refused(429, "LimitExceededException", "Too much waits for this client already."),
        retryAfter: 1,
      };
    // No answer to such a question.
    case "counted":
    case "unreachable":
      return {
        ...refused(503, "ServiceUnavailableException", "The front door that holds it gives no answer."),
        retryAfter: 1,
      };
    case "sent":
      return { status: 200, body: { sent: reply.sent, failed: reply.failed } };
    case "info": {
      const { connectedAt, lastActiveAt, sourceIp, userAgent, tags } = reply;
      return { status: 200, body: { connectedAt, lastActiveAt, identity: { sourceIp, userAgent }, tags } };
    }
  }
}
