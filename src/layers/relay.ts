import type { BackendCall, BackendErrorCode, BackendListener } from "../backends/contract.ts";
import type { RawHeaders } from "../domain/message.ts";
import type { Open, SideRequest } from "./contract.ts";

/** A call that is over, or has not begun: it takes everything and does nothing. */
export const NO_CALL: BackendCall = Object.freeze({
  write: () => true,
  end: () => {},
  pause: () => {},
  resume: () => {},
  allowSilence: () => {},
  abort: () => {},
});

/**
 * Hands everything on, both ways: a layer that listens or changes overrides what it needs. One object a request. `call` is
 * what comes below; it may answer before `open` has returned.
 */
export class Relay implements BackendCall, BackendListener {
  protected readonly listener: BackendListener;
  protected call: BackendCall = NO_CALL;

  constructor(listener: BackendListener) {
    this.listener = listener;
  }

  /** Asks what comes below. */
  through<Request extends SideRequest>(open: Open<Request>, request: Request): this {
    this.call = open(request, this);
    return this;
  }

  write(chunk: Uint8Array): boolean {
    return this.call.write(chunk);
  }

  end(trailers: RawHeaders | undefined): void {
    this.call.end(trailers);
  }

  pause(): void {
    this.call.pause();
  }

  resume(): void {
    this.call.resume();
  }

  allowSilence(): void {
    this.call.allowSilence();
  }

  abort(): void {
    this.call.abort();
  }

  onRequestDrain(): void {
    this.listener.onRequestDrain();
  }

  onInform(status: number, reason: string, headers: RawHeaders): void {
    this.listener.onInform(status, reason, headers);
  }

  onHead(status: number, reason: string, headers: RawHeaders, framing: number): void {
    this.listener.onHead(status, reason, headers, framing);
  }

  onUpgrade(status: number, reason: string, headers: RawHeaders): void {
    this.listener.onUpgrade(status, reason, headers);
  }

  onData(chunk: Uint8Array): void {
    this.listener.onData(chunk);
  }

  onEnd(trailers: RawHeaders | undefined): void {
    this.listener.onEnd(trailers);
  }

  onError(code: BackendErrorCode, message: string, untouched: boolean): void {
    this.listener.onError(code, message, untouched);
  }

  onLeft(taken: boolean | undefined): void {
    this.listener.onLeft?.(taken);
  }
}
