import type { BackendCall, BackendErrorCode, BackendListener } from "../backends/contract.ts";
import type { RawHeaders } from "../domain/message.ts";
import { NOT_COMPARED_REASONS, type NotComparedReason } from "../domain/outcomes.ts";
import type { Side } from "../domain/position.ts";
import type { Ending, Open, OverListener, ServedRequest, Shadows, Tap } from "./contract.ts";
import { Relay } from "./relay.ts";

/**
 * Keeps a copy of a sampled request and of its answer for the shadow, which goes once the client has its answer. It only
 * listens: neither the request nor the answer waits for it. `copies`: how each side is asked by a shadow.
 */
export function tee(
  open: Open<ServedRequest>,
  shadows: Shadows,
  copies: Readonly<Record<Side, Open | undefined>>,
): Open<ServedRequest> {
  return (request, listener) => {
    const tap = shadows.tap(request, copies[request.decision.shadowSide], copies.legacy);
    if (tap === undefined) return open(request, listener);
    if (typeof tap === "string") {
      request.served.onOver(PASSED.get(tap) as Passed);
      return open(request, listener);
    }
    request.served.shadowed = true;
    const copying = new Tee(listener, request, tap, shadows);
    request.served.onOver(copying);
    const { checks } = tap;
    return copying.through(open, checks === undefined ? request : { ...request, checks });
  };
}

/** Counts requests without a tap. */
class Passed implements OverListener {
  private readonly reason: NotComparedReason;

  constructor(reason: NotComparedReason) {
    this.reason = reason;
  }

  onOver({ counted, eventStream, upgraded, cached }: Ending, { decision, method }: ServedRequest): void {
    if (cached) countCached(decision, method);
    if (!counted) return;
    const { reason } = this;
    const { live, shadowSide } = decision;
    live.tally.asked(method);
    if (upgraded) live.tally.notCompared("upgrade");
    else if (reason !== "skipped" && reason !== "shed") live.tally.notCompared(reason);
    else if (eventStream) live.tally.notCompared("event_stream");
    else live.tally.unsent(shadowSide, reason);
  }
}

/** One for each reason serves all requests. */
const PASSED = new Map(NOT_COMPARED_REASONS.map((reason) => [reason, new Passed(reason)]));

/** A stored answer is none of the side's now: that nobody compared it is counted, so that no figure says otherwise. */
function countCached({ live }: ServedRequest["decision"], method: string): void {
  live.tally.asked(method);
  live.tally.notCompared("cached");
}

/** One copied request. */
class Tee extends Relay implements OverListener, BackendCall {
  private readonly request: ServedRequest;
  private readonly tap: Tap;
  private readonly shadows: Shadows;

  constructor(listener: BackendListener, request: ServedRequest, tap: Tap, shadows: Shadows) {
    super(listener);
    this.request = request;
    this.tap = tap;
    this.shadows = shadows;
  }

  override write(chunk: Uint8Array): boolean {
    this.tap.requestChunk(chunk);
    return this.call.write(chunk);
  }

  override end(trailers: RawHeaders | undefined): void {
    this.tap.requestEnd(trailers);
    this.call.end(trailers);
  }

  override onHead(status: number, reason: string, headers: RawHeaders, framing: number): void {
    this.listener.onHead(status, reason, headers, framing);
    this.tap.answerHead(status, headers, this.request.served.eventStream);
  }

  override onUpgrade(status: number, reason: string, headers: RawHeaders): void {
    this.tap.drop("upgrade");
    this.listener.onUpgrade(status, reason, headers);
  }

  override onData(chunk: Uint8Array): void {
    this.tap.answerChunk(chunk);
    this.listener.onData(chunk);
  }

  override onEnd(trailers: RawHeaders | undefined): void {
    this.tap.answerEnd(trailers);
    this.listener.onEnd(trailers);
  }

  override onError(code: BackendErrorCode, message: string, untouched: boolean): void {
    this.tap.fail();
    this.listener.onError(code, message, untouched);
  }

  /** The client has legacy's answer to what modern failed, and both are known; or to what it declined. */
  private fellBack(status: number, fine: boolean): void {
    const { decision, requestId } = this.request;
    if (fine && status >= 500) decision.live.guard?.apart(true, { requestId, status });
    this.tap.drop(status >= 500 ? "serving_error" : "declined");
  }

  onOver(ending: Ending): void {
    const { counted, complete, status, error, fellBack, fallbackStatus, cached, answerMicros } = ending;
    const { tap } = this;
    if (cached) {
      // It goes nowhere.
      this.request.served.shadowed = false;
      countCached(this.request.decision, this.request.method);
      tap.release();
      return;
    }
    if (!counted) {
      tap.release();
      return;
    }
    this.request.decision.live.tally.asked(this.request.method);
    tap.served(answerMicros);
    if (fellBack) this.fellBack(fallbackStatus, complete && status < 500);
    else if (!complete && error?.startsWith("upstream_")) tap.fail();
    // Whoever listens to a stream leaves when it will.
    else if (!complete) tap.drop(ending.eventStream ? "event_stream" : "cut_short");
    this.shadows.finish(tap);
  }
}
