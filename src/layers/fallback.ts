import type { BackendErrorCode, BackendListener } from "../backends/contract.ts";
import type { ByteBudget } from "../domain/byte-budget.ts";
import { declines } from "../domain/declines.ts";
import type { RawHeaders } from "../domain/message.ts";
import { REFUSALS } from "../domain/refusals.ts";
import { isSafe } from "../domain/shadow-eligibility.ts";
import { targetOf } from "../routing/decide.ts";
import { KeptBody } from "../wire/kept-body.ts";
import type { FallbackBudget, Open, OverListener, ServedRequest } from "./contract.ts";
import { Relay } from "./relay.ts";

/** A request's body is kept up to this, so that legacy can be sent it too; a longer one does not fall back. */
const MAX_KEPT_BYTES = 256 * 1024;

/** Of a client that has left: it hears nothing. */
const NOBODY: BackendListener = Object.freeze({
  onRequestDrain: () => {},
  onInform: () => {},
  onHead: () => {},
  onUpgrade: () => {},
  onData: () => {},
  onEnd: () => {},
  onError: () => {},
});

interface FallbackOptions {
  readonly budget: FallbackBudget;
  readonly budgetPercent: number;
  readonly bodies: ByteBudget;
}

/**
 * What modern cannot answer legacy answers: a safe request that modern refuses, times out on, breaks off or answers with 502
 * to 504, as long as no byte of an answer went out; any other request only if no byte of it was sent to modern. Modern's call
 * is cancelled first. Past the budget modern's answer stands. A safe request that modern declines is legacy's, too.
 */
export function fallback(
  modern: Open<ServedRequest>,
  legacy: Open<ServedRequest>,
  options: FallbackOptions,
): Open<ServedRequest> {
  return (request, listener) => {
    options.budget.request();
    if (request.decision.side === "legacy") return legacy(request, listener);
    const call = new FallbackCall(listener, request, legacy, options);
    request.served.onOver(call);
    return call.ask(modern);
  };
}

class FallbackCall extends Relay implements OverListener {
  private readonly request: ServedRequest;
  private readonly legacy: Open<ServedRequest>;
  private readonly budget: FallbackBudget;
  private readonly budgetPercent: number;
  private readonly body: KeptBody;
  private readonly safe: boolean;
  /** Modern is asked, and may still be passed over. */
  private undecided = true;
  /** Legacy is asked, and answers past this: what modern still says is not heard. */
  private passed = false;
  private ending: { readonly trailers: RawHeaders | undefined } | undefined = undefined;
  private paused = false;
  /** The client has gone; whether modern took its request is not known yet. */
  private left = false;

  constructor(
    listener: BackendListener,
    request: ServedRequest,
    legacy: Open<ServedRequest>,
    { budget, budgetPercent, bodies }: FallbackOptions,
  ) {
    super(listener);
    this.request = request;
    this.legacy = legacy;
    this.budget = budget;
    this.budgetPercent = budgetPercent;
    this.body = new KeptBody(bodies, MAX_KEPT_BYTES);
    this.safe = isSafe(request.decision.live.definition, request.decision.head);
  }

  /** Modern may fail before its call is here. */
  ask(modern: Open<ServedRequest>): this {
    const call = modern(this.request, this);
    if (this.passed) call.abort();
    else this.call = call;
    return this;
  }

  onOver(): void {
    if (!this.left) this.settle();
  }

  /** A whole request is meant to be done, although its client did not stay for the answer. One that only reads is not missed. */
  override onLeft(taken: boolean | undefined): void {
    if (this.passed) return;
    if (taken === undefined) this.left = this.undecided && !this.safe && this.body.whole;
    else if (this.left && (taken || !this.passOver(undefined))) this.settle();
  }

  override write(chunk: Uint8Array): boolean {
    if (this.undecided) this.body.keep(chunk);
    return this.call.write(chunk);
  }

  override end(trailers: RawHeaders | undefined): void {
    this.ending = { trailers };
    this.call.end(trailers);
  }

  override pause(): void {
    this.paused = true;
    this.call.pause();
  }

  override resume(): void {
    this.paused = false;
    this.call.resume();
  }

  override onRequestDrain(): void {
    if (this.passed) return;
    // Modern takes the body: what is not safe stays with it.
    if (this.undecided && !this.safe) this.settle();
    this.listener.onRequestDrain();
  }

  override onInform(status: number, reason: string, headers: RawHeaders): void {
    if (this.passed) return;
    // 100 is about the request; any other is the first byte of an answer.
    if (status !== 100) this.settle();
    this.listener.onInform(status, reason, headers);
  }

  override onHead(status: number, reason: string, headers: RawHeaders, framing: number): void {
    if (this.passed) return;
    const passes = (status >= 502 && status <= 504) || declines(status, headers);
    if (passes && this.safe && this.passOver(status)) return;
    this.settle();
    this.listener.onHead(status, reason, headers, framing);
  }

  override onUpgrade(status: number, reason: string, headers: RawHeaders): void {
    if (this.passed) return;
    this.settle();
    this.listener.onUpgrade(status, reason, headers);
  }

  override onData(chunk: Uint8Array): void {
    if (!this.passed) this.listener.onData(chunk);
  }

  override onEnd(trailers: RawHeaders | undefined): void {
    if (!this.passed) this.listener.onEnd(trailers);
  }

  override onError(code: BackendErrorCode, message: string, untouched: boolean): void {
    if (this.passed) return;
    if ((this.safe || untouched) && this.passOver(REFUSALS[code].status)) return;
    this.settle();
    this.listener.onError(code, message, untouched);
  }

  /** Gives the request to legacy; false: it cannot be given. */
  private passOver(status: number | undefined): boolean {
    const { body, request } = this;
    const listener = this.left ? NOBODY : this.listener;
    if (!this.undecided || !body.whole || !this.budget.take(this.budgetPercent)) return false;
    this.undecided = false;
    this.passed = true;
    this.call.abort();
    if (status !== undefined) request.served.fallsBack(status);
    this.call = this.legacy({ ...request, target: targetOf(request.decision, "legacy") }, listener);
    const { chunks } = body;
    let taken = true;
    for (const chunk of chunks) taken = this.call.write(chunk);
    body.release();
    if (this.ending !== undefined) this.call.end(this.ending.trailers);
    // Modern may have asked to wait, and will not ask for more.
    else if (chunks.length > 0 && taken) listener.onRequestDrain();
    if (this.left) this.call.abort();
    else if (this.paused) this.call.pause();
    return true;
  }

  /** Whoever is asked now answers. */
  private settle(): void {
    this.undecided = false;
    this.body.release();
  }
}
