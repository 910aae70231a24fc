import { createHash } from "node:crypto";
import type { BackendErrorCode, BackendListener } from "../backends/contract.ts";
import { headerLines } from "../domain/headers.ts";
import { NO_BODY, type RawHeaders } from "../domain/message.ts";
import { CONNECTION_FIELD, socketFields, TAGS_FIELD } from "../domain/socket-fields.ts";
import { CONNECT_KEY } from "../domain/websocket-api.ts";
import { askedHost } from "../routing/asked.ts";
import { pathAndQuery } from "../routing/event-values.ts";
import type { ClientBytes, ClientWire, Opening, SocketGate } from "../websockets/contract.ts";
import { refuse } from "./answer.ts";
import type { DoorLayer, Open, ServedRequest } from "./contract.ts";
import { authorizer1 } from "./functions/event.ts";
import { Relay } from "./relay.ts";

/** RFC 6455 §1.3. */
const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const KEY = /^[+/0-9A-Za-z]{22}==$/;
const WANTED: RawHeaders = ["upgrade", "websocket", "sec-websocket-version", "13"];
/** Of the handshake and of framing: `$connect` goes to its side as a POST of its own. */
const HANDSHAKE =
  /^(?:upgrade|connection|te|expect|content-length|content-type|transfer-encoding|sec-websocket-.*)$/i;

/** Lets clients of a WebSocket API in, once its `$connect` says so; and hears what tags sides set by their answers to messages. */
export const websocket: DoorLayer = {
  name: "websocket",
  create({ message }, { sockets }) {
    if (message === undefined || sockets === undefined) return undefined;
    const { api, key, unasked } = message;
    if (key !== CONNECT_KEY)
      return {
        wrap: (open) => (request, listener) =>
          new TagListener(listener, request, sockets).through(open, request),
      };
    return {
      wrap: (open) => (request, listener) => {
        const socketKey = handshakeKey(request);
        if (socketKey === undefined) {
          sockets.notSocket(api);
          return refuse(request, listener, "websocket_required", WANTED);
        }
        const [, query] = pathAndQuery(request.decision);
        const { served, requestId, headers, decision } = request;
        const opening = sockets.begin(api, {
          ...{ requestId, headers, query, host: askedHost(decision), address: served.clientAddress() },
          authorizer: authorizer1({ address: "", identity: served.identity }),
        });
        if (opening === undefined) return refuse(request, listener, "draining");
        if (opening === "limit") return refuse(request, listener, "websocket_limit");
        const call = new ConnectCall(listener, request, opening, socketKey);
        return unasked ? call.openSoon() : call.ask(open, api, opening);
      },
    };
  },
};

/** Undefined: it is no handshake of version 13 (RFC 6455 §4.2.1). One with a body is none: what is a frame, and what is not, would be a guess. */
function handshakeKey({ decision: { head, scanned } }: ServedRequest): string | undefined {
  if (!head.upgrade || head.method !== "GET" || scanned.upgrade?.toLowerCase() !== "websocket")
    return undefined;
  if (head.framing !== NO_BODY && head.framing !== 0) return undefined;
  const versions = headerLines(head.headers, "sec-websocket-version");
  const keys = headerLines(head.headers, "sec-websocket-key");
  const [key = ""] = keys;
  return versions.length === 1 && versions[0] === "13" && keys.length === 1 && KEY.test(key)
    ? key
    : undefined;
}

class TagListener extends Relay {
  private readonly request: ServedRequest;
  private readonly sockets: SocketGate;

  constructor(listener: BackendListener, request: ServedRequest, sockets: SocketGate) {
    super(listener);
    this.request = request;
    this.sockets = sockets;
  }

  override onHead(status: number, reason: string, headers: RawHeaders, framing: number): void {
    const tags = headerLines(headers, TAGS_FIELD).join(",");
    const [id] = headerLines(this.request.headers, CONNECTION_FIELD);
    if (tags !== "" && id !== undefined && status < 300) this.sockets.tag(id, tags);
    super.onHead(status, reason, headers, framing);
  }
}

/** One client that asks to be let in: first `$connect` is asked, then its tunnel is a WebSocket's. */
class ConnectCall extends Relay implements ClientWire {
  private readonly request: ServedRequest;
  /** Until it is opened, or refused: its event need not last as long as the connection. */
  private opening: Opening | undefined;
  private readonly key: string;
  /** The side's answer, where it lets the client in. */
  private accepted: RawHeaders | undefined = undefined;
  /** The side has answered, or will not. */
  private answered = false;
  private over = false;
  private ended = false;
  private paused = false;
  private upgraded = false;
  private client: ClientBytes | undefined = undefined;
  /** What came before the connection was there. */
  private early: Uint8Array[] = [];

  constructor(listener: BackendListener, request: ServedRequest, opening: Opening, key: string) {
    super(listener);
    this.request = request;
    this.opening = opening;
    this.key = key;
  }

  ask(open: Open<ServedRequest>, api: string, opening: Opening): this {
    const { request } = this;
    const body = Buffer.from(JSON.stringify(opening.event));
    const kept: string[] = [];
    for (let i = 0; i < request.headers.length; i += 2) {
      const name = request.headers[i] as string;
      if (!HANDSHAKE.test(name)) kept.push(name, request.headers[i + 1] as string);
    }
    const fields = ["content-type", "application/json", "content-length", String(body.length)];
    this.through(open, {
      ...request,
      method: "POST",
      headers: [...kept, ...fields, ...socketFields(opening.id, api, CONNECT_KEY, "CONNECT")],
      framing: body.length,
      upgrade: false,
      retryable: false,
    });
    if (this.answered || this.over) return this;
    this.call.write(body);
    if (!this.answered && !this.over) this.call.end(undefined);
    return this;
  }

  /** Not in this turn: who asks has no call yet. */
  openSoon(): this {
    this.answered = true;
    queueMicrotask(() => this.open());
    return this;
  }

  // The client's side.

  override write(chunk: Uint8Array): boolean {
    if (this.client !== undefined) return this.client.bytes(chunk);
    if (this.upgraded) this.early.push(Uint8Array.from(chunk));
    return true;
  }

  override end(): void {
    this.client?.ended();
  }

  override pause(): void {
    this.paused = true;
  }

  override resume(): void {
    this.paused = false;
    this.client?.drained();
  }

  override allowSilence(): void {}

  override abort(): void {
    if (this.over) return;
    this.over = true;
    if (this.client !== undefined) this.client.gone();
    else this.refuse();
    if (!this.answered) this.call.abort();
  }

  // The side that $connect asks.

  override onRequestDrain(): void {}

  override onHead(status: number, reason: string, headers: RawHeaders, framing: number): void {
    if (status >= 200 && status < 300) {
      this.accepted = headers;
      return;
    }
    this.refused();
    super.onHead(status, reason, headers, framing);
  }

  override onData(chunk: Uint8Array): void {
    if (this.accepted === undefined) super.onData(chunk);
  }

  override onEnd(trailers: RawHeaders | undefined): void {
    this.answered = true;
    if (this.accepted === undefined) super.onEnd(trailers);
    else this.openSoon();
  }

  override onError(code: BackendErrorCode, message: string, untouched: boolean): void {
    this.answered = true;
    if (!this.over) this.refused();
    super.onError(code, message, untouched);
  }

  // The connection's side.

  send(bytes: Uint8Array): boolean {
    if (this.ended || this.over) return true;
    this.listener.onData(bytes);
    return !this.paused;
  }

  more(): void {
    if (!this.over) this.listener.onRequestDrain();
  }

  finish(): void {
    if (this.ended || this.over) return;
    this.ended = true;
    this.listener.onEnd(undefined);
  }

  /** The client is waited for as at any tunnel that one end has left. */
  breakOff(): void {
    this.finish();
  }

  private refused(): void {
    if (this.over) return;
    // From here on the answer is the client's.
    this.over = true;
    this.refuse();
  }

  private refuse(): void {
    this.opening?.refused();
    this.opening = undefined;
  }

  private open(): void {
    const { opening, accepted = [], listener } = this;
    if (this.over || opening === undefined) return;
    const [named] = headerLines(accepted, "sec-websocket-protocol");
    const protocol = offers(this.request, named) ? named : opening.protocol;
    const accept = createHash("sha1")
      .update(this.key + GUID)
      .digest("base64");
    const cookies = headerLines(accepted, "set-cookie").flatMap((cookie) => ["set-cookie", cookie]);
    this.upgraded = true;
    listener.onUpgrade(101, "Switching Protocols", [
      ...["Upgrade", "websocket", "Sec-WebSocket-Accept", accept],
      ...(protocol === undefined ? [] : ["Sec-WebSocket-Protocol", protocol]),
      ...cookies,
    ]);
    if (this.over) return;
    const tags = headerLines(accepted, TAGS_FIELD).join(",");
    const client = opening.open(this, tags === "" ? undefined : tags);
    this.client = client;
    this.opening = undefined;
    this.accepted = undefined;
    for (const chunk of this.early.splice(0)) client.bytes(chunk);
  }
}

/** A subprotocol that a client did not offer would end its connection. */
function offers({ decision: { head } }: ServedRequest, protocol: string | undefined): boolean {
  if (protocol === undefined) return false;
  const offered = headerLines(head.headers, "sec-websocket-protocol").flatMap((line) => line.split(","));
  return offered.some((name) => name.trim() === protocol);
}
