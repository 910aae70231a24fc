import type { BackendCall, BackendListener } from "../backends/contract.ts";
import type { Deadlines, Timed } from "../domain/deadlines.ts";
import type { RawHeaders } from "../domain/message.ts";
import { WaitingBody } from "../wire/waiting-body.ts";
import { refuse } from "./answer.ts";
import type { OverListener, ServedRequest } from "./contract.ts";
import { Relay } from "./relay.ts";

interface HoldOptions<Value> {
  readonly deadlines: Deadlines;
  /** Whose wait it is: of a traced request it has a span of this name. */
  readonly name?: string;
  /** Past it the request is refused with `layer_timeout`. */
  readonly timeoutMs: number;
  /** Is aborted when the client leaves or the time is over. */
  readonly work: (signal: AbortSignal) => Promise<Value>;
  /** Goes on: asks what comes below with this listener, or answers. */
  readonly go: (value: Value, listener: BackendListener) => BackendCall;
}

/**
 * Holds a request while a promise settles. No byte of its body is asked for meanwhile, and what came all the same (a read's
 * worth) waits. A promise that fails is `layer_failed`.
 */
export function hold<Value>(
  request: ServedRequest,
  listener: BackendListener,
  options: HoldOptions<Value>,
): BackendCall {
  const held = new HeldCall(request, listener, options.deadlines, options.timeoutMs);
  if (request.trace !== undefined) held.waiting = request.trace.child(options.name ?? "wait");
  request.served.onOver(held);
  // What is thrown at once is a promise that fails.
  const work = async () => options.work(held.controller.signal);
  work().then(
    (value) => held.go((below) => options.go(value, below)),
    (error: unknown) => held.fail(error),
  );
  return held;
}

class HeldCall extends Relay implements Timed, OverListener {
  readonly controller = new AbortController();
  deadlineMs: number;
  deadlineAt = -1;
  private readonly request: ServedRequest;
  private readonly deadlines: Deadlines;
  /** Ends the span of the wait. */
  waiting: ((error?: string) => void) | undefined = undefined;
  private held = true;
  private readonly body = new WaitingBody();
  private ending: { readonly trailers: RawHeaders | undefined } | undefined = undefined;
  private paused = false;

  constructor(request: ServedRequest, listener: BackendListener, deadlines: Deadlines, timeoutMs: number) {
    super(listener);
    this.request = request;
    this.deadlines = deadlines;
    this.deadlineMs = deadlines.in(timeoutMs);
    deadlines.add(this);
  }

  go(open: (listener: BackendListener) => BackendCall): void {
    if (!this.held) return;
    const chunks = this.body.take();
    this.release();
    try {
      this.call = open(this);
      let taken = true;
      for (const chunk of chunks) taken = this.call.write(chunk);
      if (this.ending !== undefined) this.call.end(this.ending.trailers);
      else if (chunks.length > 0 && taken) this.listener.onRequestDrain();
      if (this.paused) this.call.pause();
    } catch (error) {
      this.request.served.layerFailed(error);
    }
  }

  fail(error: unknown): void {
    if (this.release("failed")) this.request.served.layerFailed(error);
  }

  onDeadline(): void {
    if (!this.release("timeout")) return;
    this.controller.abort();
    try {
      refuse(this.request, this.listener, "layer_timeout");
    } catch (error) {
      this.request.served.layerFailed(error);
    }
  }

  /** A layer above may have broken before it could say that the client is gone. */
  onOver(): void {
    if (this.release()) this.controller.abort();
  }

  override write(chunk: Uint8Array): boolean {
    if (!this.held) return this.call.write(chunk);
    this.body.keep(chunk);
    return false;
  }

  override end(trailers: RawHeaders | undefined): void {
    if (this.held) this.ending = { trailers };
    else this.call.end(trailers);
  }

  override pause(): void {
    this.paused = true;
    this.call.pause();
  }

  override resume(): void {
    this.paused = false;
    this.call.resume();
  }

  override abort(): void {
    if (this.release()) this.controller.abort();
    else this.call.abort();
  }

  /** False: it was let go before. */
  private release(error?: string): boolean {
    if (!this.held) return false;
    this.waiting?.(error);
    this.held = false;
    this.body.take();
    this.deadlines.remove(this);
    return true;
  }
}
