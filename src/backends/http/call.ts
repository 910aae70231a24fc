import { indexOfHeader } from "../../domain/headers.ts";
import { CHUNKED, NO_BODY, type RawHeaders } from "../../domain/message.ts";
import { lastChunk, requestHead } from "../../wire/write-head.ts";
import type { BackendCall, BackendErrorCode, BackendListener, BackendRequest } from "../contract.ts";
import type { UpstreamConnection } from "./connection.ts";
import type { ConnectionUser } from "./connection-contract.ts";
import type { Endpoint } from "./endpoint.ts";

/** Picks the URL a call is sent to; `tried` is left out while there is another. */
export type Pick = (tried: ReadonlySet<Endpoint> | undefined) => Endpoint;

/** `authority`: of the URL asked; `ownHost`: it replaces the client's Host. */
function headText(
  { headers, method, target, upgrade }: BackendRequest,
  authority: string,
  ownHost: boolean,
): string {
  const at = indexOfHeader(headers, "host");
  const host = ownHost || at < 0 ? `Host: ${authority}\r\n` : "";
  const kept = ownHost && at >= 0 ? [...headers.slice(0, at), ...headers.slice(at + 2)] : headers;
  return requestHead(method, target, host, kept, upgrade ? "Connection: Upgrade\r\n" : "");
}

/**
 * One request to an upstream. Sent once, with two exceptions that cannot do anything twice: a URL that takes no
 * connection is passed over for the next, and a reused connection that dies before any byte of an answer is replaced by
 * a new one, once, if the request is retryable or no byte of it was sent.
 */
export class HttpCall implements BackendCall, ConnectionUser {
  private readonly request: BackendRequest;
  private readonly listener: BackendListener;
  private readonly pick: Pick;
  private readonly responseMs: number;
  private readonly ownHost: boolean;
  private endpoint: Endpoint;
  private connection: UpstreamConnection;
  private tried: Set<Endpoint> | undefined = undefined;
  private connected: boolean;
  private reused: boolean;
  private over = false;
  /** What was written before there was a connection. */
  private early: Uint8Array[] | undefined = undefined;
  private earlyEnd: { readonly trailers: RawHeaders | undefined } | undefined = undefined;
  /** What the reused connection was given and did not send: head, and of the body what there was. */
  private unsent: string | undefined = undefined;
  private ended = false;
  /** The answer was 101. */
  private tunnel = false;
  /** A byte of the request went out, over whichever connection. */
  private sent = false;

  constructor(
    request: BackendRequest,
    listener: BackendListener,
    pick: Pick,
    responseMs: number,
    ownHost: boolean,
  ) {
    this.request = request;
    this.listener = listener;
    this.pick = pick;
    this.responseMs = responseMs;
    this.ownHost = ownHost;
    this.endpoint = pick(undefined);
    const idle = this.endpoint.reuse(this);
    this.reused = idle !== undefined;
    this.connected = this.reused;
    this.connection = idle ?? this.endpoint.connect(this);
    if (this.reused) this.sendHead();
  }

  write(chunk: Uint8Array): boolean {
    if (!this.connected) {
      this.early ??= [];
      this.early.push(Buffer.from(chunk));
      return false;
    }
    if (chunk.length === 0) return true;
    return this.request.framing === CHUNKED && !this.tunnel
      ? this.connection.writeChunked(chunk)
      : this.connection.write(chunk);
  }

  end(trailers: RawHeaders | undefined): void {
    if (!this.connected) {
      this.earlyEnd = { trailers };
      return;
    }
    this.ended = true;
    const chunked = this.request.framing === CHUNKED && !this.tunnel;
    this.connection.finish(chunked ? lastChunk(trailers) : undefined);
  }

  pause(): void {
    this.connection.pause();
  }

  resume(): void {
    this.connection.resume();
  }

  allowSilence(): void {
    this.connection.allowSilence();
  }

  abort(): void {
    if (this.over) return;
    this.over = true;
    // A whole request is sent, although the client did not stay for the answer: it may be meant to be so.
    if (!this.connected && this.earlyEnd !== undefined) return;
    if (this.ended) this.connection.abandon();
    else this.connection.destroy();
  }

  onConnected(): void {
    this.connected = true;
    this.sendHead();
    const { early, earlyEnd } = this;
    this.early = undefined;
    this.earlyEnd = undefined;
    if (early !== undefined) for (const chunk of early) this.write(chunk);
    if (earlyEnd !== undefined) this.end(earlyEnd.trailers);
    if (this.over) this.connection.abandon();
    else if (early !== undefined && !this.over) this.listener.onRequestDrain();
  }

  onWritable(): void {
    this.listener.onRequestDrain();
  }

  onInform(status: number, reason: string, headers: RawHeaders): void {
    this.listener.onInform(status, reason, headers);
  }

  onHead(status: number, reason: string, headers: RawHeaders, framing: number): void {
    this.endpoint.succeeded();
    this.listener.onHead(status, reason, headers, framing);
  }

  onUpgrade(status: number, reason: string, headers: RawHeaders): void {
    this.endpoint.succeeded();
    this.tunnel = true;
    this.listener.onUpgrade(status, reason, headers);
  }

  onData(chunk: Buffer): void {
    this.listener.onData(chunk);
  }

  onEnd(trailers: RawHeaders | undefined): void {
    this.listener.onEnd(trailers);
  }

  onBroken(code: BackendErrorCode, message: string, untouched: boolean): void {
    this.sent ||= this.connection.unsent === undefined;
    if (!this.connected && this.passOver()) return;
    if (untouched && this.reused && code === "upstream_reset" && this.sendAgain()) return;
    if (this.over) return;
    if (untouched && !this.reused) this.endpoint.failed();
    this.over = true;
    this.listener.onError(code, message, !this.sent);
  }

  /** Another URL's turn, after one that took no connection; false when all had theirs. */
  private passOver(): boolean {
    // What was written for one URL may name it.
    if (this.unsent?.includes(`\r\nHost: ${this.endpoint.authority}\r\n`)) return false;
    this.endpoint.failed();
    this.tried ??= new Set();
    this.tried.add(this.endpoint);
    const next = this.pick(this.tried);
    if (this.tried.has(next)) return false;
    this.endpoint = next;
    const idle = next.reuse(this);
    this.reused = idle !== undefined;
    this.connection = idle ?? next.connect(this);
    if (idle !== undefined) this.onConnected();
    return true;
  }

  /** On a new connection, if that cannot do anything twice. */
  private sendAgain(): boolean {
    this.unsent = this.connection.unsent;
    if (this.unsent === undefined) {
      if (!this.request.retryable) return false;
      // The body of a retryable request is empty, and was ended if it ever will be.
      this.earlyEnd = { trailers: undefined };
    }
    this.reused = false;
    this.connected = false;
    this.connection = this.endpoint.connect(this);
    return true;
  }

  private sendHead(): void {
    const { request } = this;
    const hasBody = request.framing !== NO_BODY && request.framing !== 0;
    this.connection.send(
      this.unsent ?? headText(request, this.endpoint.authority, this.ownHost),
      request.method,
      request.upgrade,
      hasBody && !this.ended,
      this.responseMs,
    );
  }
}
