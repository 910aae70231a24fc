/**
 * How connections of WebSocket APIs and what surrounds them meet: the layer that lets clients in, what asks sides about messages, and
 * who speaks to connections from outside. Plain values and callbacks; nothing here throws.
 */
import type { RawHeaders } from "../domain/message.ts";

/** A client that asks for a connection, after the route's policies let it pass. */
export interface Asking {
  readonly requestId: string;
  readonly address: string;
  /** The authority it asked for. */
  readonly host: string;
  readonly headers: RawHeaders;
  /** As sent, without its mark. */
  readonly query: string;
  /** `requestContext.authorizer` of its events. */
  readonly authorizer: object | undefined;
}

/** A connection's client, as its tunnel reaches it. */
export interface ClientWire {
  /** False: wait for `drained`. */
  send(bytes: Uint8Array): boolean;
  /** More bytes may come. */
  more(): void;
  /** Nothing more comes. */
  finish(): void;
  /** Not in order. */
  breakOff(): void;
}

/** What a tunnel hands on of its client. */
export interface ClientBytes {
  /** False: no more until `more`. The bytes are the caller's. */
  bytes(chunk: Uint8Array): boolean;
  ended(): void;
  drained(): void;
  /** It left, not in order. */
  gone(): void;
}

/** A connection that is about to open. One of `open` and `refused` is called, once. */
export interface Opening {
  readonly id: string;
  /** The event of `$connect`. */
  readonly event: object;
  /** What chooses among the client's subprotocols where nobody else did; undefined: none of them. */
  readonly protocol: string | undefined;
  /** The client's first byte may follow. `tags`: as a side's answer has them. */
  open(wire: ClientWire, tags: string | undefined): ClientBytes;
  refused(): void;
}

/** Where clients come in. */
export interface SocketGate {
  /** "limit": as many are open as may be. Undefined: no files in force have the API. */
  begin(api: string, asking: Asking): Opening | "limit" | undefined;
  /** A side's answer sets tags: `a, +b, -c`. */
  tag(connection: string, tags: string): void;
  /** Who did not ask for a WebSocket, or not rightly. */
  notSocket(api: string): void;
}

/** Thresholds of message routes (domain/split), by route, as they were when a connection opened. */
export type FixedThresholds = ReadonlyMap<string, number>;

/** A message, or the end of a connection, for a side. */
export interface AskedMessage {
  readonly api: string;
  readonly route: string;
  readonly key: string;
  readonly type: "MESSAGE" | "DISCONNECT";
  readonly connection: string;
  readonly requestId: string;
  readonly address: string;
  readonly host: string;
  /** The event as JSON. */
  readonly event: string;
  readonly fixed: FixedThresholds;
  /** More of an answer's body is not kept, and the message fails. */
  readonly maxBytes: number;
}

/** What came of it. `status` 0: nothing that could be an answer. */
export interface AnsweredMessage {
  readonly status: number;
  readonly body: Uint8Array;
}

/** Never rejects. */
export type AskSide = (message: AskedMessage) => Promise<AnsweredMessage>;
