import type { RawHeaders } from "../../domain/message.ts";
import type { BackendErrorCode, BackendRequest } from "../contract.ts";

/** What a connection tells the call it works for. */
export interface ConnectionUser {
  onConnected(): void;
  /**
   * Before onConnected: another carrier takes the place of the one that was given; undefined: it cannot carry the request after
   * all, and the user asks its member again.
   */
  onMoved(carrier: Carrier | undefined): void;
  onWritable(): void;
  onInform(status: number, reason: string, headers: RawHeaders): void;
  onHead(status: number, reason: string, headers: RawHeaders, framing: number): void;
  onUpgrade(status: number, reason: string, headers: RawHeaders): void;
  onData(chunk: Buffer): void;
  onEnd(trailers: RawHeaders | undefined): void;
  /** `untouched`: the connection ended, and the server had sent no byte of an answer. */
  onBroken(code: BackendErrorCode, message: string, untouched: boolean): void;
}

/** What of a request is written, and how. */
export interface SentRequest {
  readonly request: BackendRequest;
  /** Of the URL asked. */
  readonly authority: string;
  /** `authority` replaces the client's Host. */
  readonly ownHost: boolean;
  /** write() or finish() follow. */
  readonly hasBody: boolean;
  /** The answer's head must come within this, ms; 0: no limit. */
  readonly responseMs: number;
  /** The head and what of the body was with it, where that was given to another connection and not sent; undefined: it was not. */
  readonly unsent: string | undefined;
}

/** What carries one request to a server: an HTTP/1.1 connection, or a stream of an HTTP/2 one. */
export interface Carrier {
  /** The present request as far as it was given, while the server has nothing of it; undefined then. Of HTTP/2 always "". */
  readonly unsent: string | undefined;
  /** Writes the head. */
  send(sent: SentRequest): void;
  /** Body bytes as they are, copied. False: wait for onWritable. */
  write(chunk: Uint8Array): boolean;
  /** Body bytes of no known length, copied. False: wait for onWritable. */
  writeChunked(chunk: Uint8Array): boolean;
  /** The request is out. `chunked`: its body had no known length. */
  finish(trailers: RawHeaders | undefined, chunked: boolean): void;
  pause(): void;
  resume(): void;
  /** The answer may be silent for long. */
  allowSilence(): void;
  /** Ends it at once, telling nobody but its home. */
  destroy(): void;
  /** As destroy, once what was written is out. */
  abandon(): void;
}

/** Where a connection goes when its answer is complete. */
export interface ConnectionHome<Connection> {
  /** May carry another request; `idleMs` is how long the server keeps it. */
  onFree(connection: Connection): void;
  onGone(connection: Connection): void;
}
