import { FigError } from "../domain/errors.ts";
import type { ConnectionAsk, SocketReply } from "../domain/socket-asks.ts";
import type { BroadcastResult, SocketInfo } from "./schemas/sockets.ts";

const FAILURES: Readonly<Record<string, readonly [code: string, message: string, remedy: string]>> = {
  gone: ["connection_gone", "there is no such connection any more", "forget its id"],
  too_large: [
    "message_too_large",
    "the message is larger than limits.message of its API",
    "send less, or raise it",
  ],
  full: [
    "client_busy",
    "too much waits for this client to read it",
    "send it again later, or close the connection",
  ],
  not_text: ["invalid_request", "the message is no text", "send UTF-8"],
  unreachable: [
    "connection_unreachable",
    "the front door that holds the connection gives no answer",
    "ask again; it is gone if it stays so",
  ],
};

interface SocketFacts {
  /** The ids of the WebSocket APIs in force. */
  readonly apis: () => readonly string[];
  /** Never rejects. */
  readonly ask: (ask: ConnectionAsk) => Promise<SocketReply>;
}

/**
 * Speaks to connections of WebSocket APIs, wherever they are. Throws `unknown_api`, `connection_gone`, `message_too_large`,
 * `client_busy`, `connection_unreachable`.
 */
export interface SocketUseCases {
  send(api: string, id: string, message: string): Promise<void>;
  look(api: string, id: string): Promise<SocketInfo>;
  close(api: string, id: string): Promise<void>;
  broadcast(api: string, tag: string, message: string): Promise<BroadcastResult>;
}

export function socketUseCases(facts: SocketFacts): SocketUseCases {
  // Not all bytes as arguments of one call: a message of 32,768 characters nearly fills the stack with them.
  const base64 = (text: string) =>
    btoa(Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join(""));

  async function ask(asked: ConnectionAsk): Promise<SocketReply> {
    if (!facts.apis().includes(asked.api))
      throw new FigError("unknown_api", `there is no WebSocket API ${asked.api}`, {
        remedy: "name one of `websockets` in the files",
      });
    const reply = await facts.ask(asked);
    const failure = FAILURES[reply.kind];
    if (failure === undefined) return reply;
    const [code, message, remedy] = failure;
    throw new FigError(code, message, { remedy });
  }

  return {
    send: async (api, id, message) => {
      await ask({ kind: "post", api, id, data: base64(message) });
    },
    look: async (api, id) => {
      const reply = await ask({ kind: "get", api, id });
      if (reply.kind !== "info")
        throw new FigError("connection_gone", "there is no such connection any more");
      const { connectedAt, lastActiveAt, sourceIp, userAgent = null, tags } = reply;
      return { connectedAt, lastActiveAt, sourceIp, userAgent, tags };
    },
    close: async (api, id) => {
      await ask({ kind: "delete", api, id });
    },
    broadcast: async (api, tag, message) => {
      const reply = await ask({ kind: "broadcast", api, tag, data: base64(message) });
      return reply.kind === "sent" ? { sent: reply.sent, failed: reply.failed } : { sent: 0, failed: 0 };
    },
  };
}
