import type { RawHeaders } from "../../domain/message.ts";
import type { BackendErrorCode } from "../contract.ts";

/** What a connection tells the call it works for. */
export interface ConnectionUser {
  onConnected(): void;
  onWritable(): void;
  onInform(status: number, reason: string, headers: RawHeaders): void;
  onHead(status: number, reason: string, headers: RawHeaders, framing: number): void;
  onUpgrade(status: number, reason: string, headers: RawHeaders): void;
  onData(chunk: Buffer): void;
  onEnd(trailers: RawHeaders | undefined): void;
  /** `untouched`: the server sent no byte of an answer. */
  onBroken(code: BackendErrorCode, message: string, untouched: boolean): void;
}

/** Where a connection goes when its answer is complete. */
export interface ConnectionHome<Connection> {
  /** May carry another request; `idleMs` is how long the server keeps it. */
  onFree(connection: Connection): void;
  onGone(connection: Connection): void;
}
