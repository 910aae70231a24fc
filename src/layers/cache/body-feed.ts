import type { BackendCall, BackendListener } from "../../backends/contract.ts";
import { NO_CALL } from "../relay.ts";

/** What is handed on at once. A client that does not keep up has no more than two of it waiting. */
const PIECE_BYTES = 64 * 1024;

/** Hands on a part of a stored body, and ends the answer. */
export function feed(listener: BackendListener, body: Uint8Array, from = 0, to = body.length): BackendCall {
  if (to - from <= PIECE_BYTES) {
    if (to > from) listener.onData(from === 0 && to === body.length ? body : body.subarray(from, to));
    listener.onEnd(undefined);
    return NO_CALL;
  }
  return new BodyFeed(listener, body, from, to).begin();
}

/** As fast as its client takes it: the first piece at once, the others from `end()` on, when the caller has this call. */
class BodyFeed implements BackendCall {
  private readonly listener: BackendListener;
  private readonly body: Uint8Array;
  private at: number;
  private readonly to: number;
  private paused = false;
  private running = false;
  private over = false;

  constructor(listener: BackendListener, body: Uint8Array, from: number, to: number) {
    this.listener = listener;
    this.body = body;
    this.at = from;
    this.to = to;
  }

  begin(): this {
    this.piece();
    return this;
  }

  write(): boolean {
    return true;
  }

  end(): void {
    this.go();
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
    this.go();
  }

  allowSilence(): void {}

  abort(): void {
    this.over = true;
  }

  private go(): void {
    // What takes a piece may ask for the next at once.
    if (this.running) return;
    this.running = true;
    while (!this.over && !this.paused) {
      if (this.at < this.to) {
        this.piece();
      } else {
        this.over = true;
        this.listener.onEnd(undefined);
      }
    }
    this.running = false;
  }

  private piece(): void {
    const { at } = this;
    this.at = Math.min(this.to, at + PIECE_BYTES);
    this.listener.onData(this.body.subarray(at, this.at));
  }
}
