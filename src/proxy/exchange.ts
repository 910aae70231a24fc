import type { BackendCall, BackendErrorCode, BackendListener } from "../backends/contract.ts";
import { CHUNKED, NO_BODY, type RawHeaders } from "../domain/message.ts";
import type { OperationsRead } from "../domain/operations/asked-operations.ts";
import { REFUSALS, type RefusalCode } from "../domain/refusals.ts";
import { requestIdOf } from "../domain/request-id.ts";
import { isIdempotent } from "../domain/shadow-eligibility.ts";
import type { LaneListener, LaneRequest } from "../lanes/contract.ts";
import type { Ending, Served, ServedRequest } from "../layers/contract.ts";
import { type Decided, type Decision, decide } from "../routing/decide.ts";
import { forwardRequestTrailers, forwardTrailers } from "../routing/trailers.ts";
import { accessRecord } from "./access-record.ts";
import { BodyFirst, type Held } from "./body-first.ts";
import { giveCookies } from "./client-cookie.ts";
import type { ExchangeContext, ExchangeSettings } from "./contract.ts";
import { countAnswer } from "./count-answer.ts";
import { addDebugHeaders } from "./debug-headers.ts";
import { addressFor, type OutgoingRequest, outgoingRequest } from "./outgoing.ts";
import { ownAnswer, writeOwn } from "./own-answer.ts";
import { scanAnswer } from "./response-headers.ts";
import { ServedNotes } from "./served-notes.ts";
import { tellOver } from "./tell-over.ts";

/**
 * One request's way through the front door: it is decided, goes through its route's layers to a backend, and the answer
 * streams back; counters and the log line come last. It knows no sockets: a lane and a backend meet in it through callbacks.
 */
export class Exchange extends ServedNotes implements LaneListener, BackendListener, Served, Ending {
  eventStream = false;
  /** The front door answers this request itself. */
  own = false;
  private readonly settings: ExchangeSettings;
  private readonly lane: LaneRequest;
  private readonly startMicros: number;
  decision: Decision;
  outgoing: OutgoingRequest | undefined = undefined;
  private request: ServedRequest | undefined = undefined;
  private call: BackendCall | undefined = undefined;
  /** The whole request body has been handed on, or there is none. */
  private requestDone: boolean;
  private streamed = false;
  /** The answer is in, or will not come: nothing more is heard. */
  private answered = false;
  private clientEnded = false;
  private pauseWanted = false;
  private over = false;
  /** In words, where an upstream broke. */
  private detail: string | undefined = undefined;
  private requestBytes = 0;
  maxBodyBytes: number;
  private answerBytes = 0;
  answerMicros = 0;

  constructor(context: ExchangeContext, lane: LaneRequest, decided?: Decision) {
    super(context);
    this.settings = context.settings;
    this.lane = lane;
    this.startMicros = context.clock.micros();
    this.maxBodyBytes = this.settings.maxBodyBytes;
    context.clients.enter();
    this.decision =
      decided ?? decide(context.table.current, this.settings, lane.head, context.clock.hex, context.pins);
    this.requestDone = lane.head.framing === NO_BODY || lane.head.framing === 0;
    const { refusal, scanned, reads } = this.decision;
    if (scanned.dropped !== undefined) context.dropped(scanned.dropped, lane.head.remoteAddress);
    if (refusal !== undefined) this.refuse(refusal);
    else if (reads) this.readFirst();
    else this.ask(this.decision as Decided);
  }

  // The lane's side.

  onBody(chunk: Uint8Array): void {
    if (this.over || this.call === undefined) return;
    this.requestBytes += chunk.length;
    const { maxBodyBytes } = this;
    if (!this.upgraded && maxBodyBytes > 0 && this.requestBytes > maxBodyBytes) this.giveUp("body_too_large");
    else if (!this.call.write(chunk) && this.call !== undefined) this.lane.pause();
  }

  onBodyEnd(trailers: RawHeaders | undefined): void {
    this.requestDone = true;
    if (this.upgraded) this.context.halfClosed.watch(this, this.settings.halfClosedTunnelMs, true);
    this.call?.end(forwardRequestTrailers(trailers, this.lane.head, this.context));
  }

  onDrain(): void {
    this.pauseWanted = false;
    this.call?.resume();
  }

  onBodyStall(): void {
    if (!this.over) this.giveUp("request_timeout");
  }

  onClientEnd(): void {
    if (this.over || this.answered) return;
    this.clientEnded = true;
    const { halfClosedMs } = this.settings;
    if (this.eventStream || halfClosedMs === 0) this.leave();
    else this.context.halfClosed.watch(this, halfClosedMs);
  }

  onAbort(code: string): void {
    if (this.over) return;
    this.answered = true;
    this.cancel();
    this.error ??= code;
    this.finish();
  }

  onDone(): void {
    if (this.over) return;
    this.complete = true;
    this.finish();
  }

  // The backend's side.

  onRequestDrain(): void {
    if (this.call !== undefined) this.lane.resume();
  }

  onInform(status: number, reason: string, headers: RawHeaders): void {
    const { head } = this.lane;
    if (this.answered || head.version === "1.0") return;
    // Once: what reads the body first may have asked for it before the side does.
    if (status === 100 && (!head.expectContinue || this.continued)) return;
    this.continued ||= status === 100;
    this.lane.inform(status, reason, scanAnswer(headers, true, this.settings.debugHeaders, true).forward);
  }

  onHead(status: number, reason: string, headers: RawHeaders, framing: number): void {
    if (this.answered) return;
    // Over HTTP/2 it would open the tunnel that there is not (RFC 8441 §5).
    if (this.lane.head.upgrade && this.lane.head.version === "2.0" && status < 300 && status >= 200) {
      this.cancel();
      this.onError("upstream_invalid", `${status} where a tunnel was asked for`);
      return;
    }
    const { debugHeaders } = this.settings;
    const { forward, eventStream, streamed } = scanAnswer(
      headers,
      status !== 426,
      debugHeaders,
      framing !== CHUNKED || this.lane.head.version === "1.0",
    );
    // It may be silent for long, and only a write would tell that nobody reads it.
    if (eventStream && this.clientEnded) this.leave();
    if (this.answered) return;
    if (debugHeaders) addDebugHeaders(forward, this.decision, this.fellBack);
    giveCookies(this.decision, this, forward, this.context);
    this.status = status;
    this.eventStream = eventStream;
    // An answer of the front door's own, here a layer's, ends a connection whose request is not all here.
    const cut = this.own && !this.requestDone;
    this.lane.respond(status, reason, forward, framing, this.context.draining || cut);
    this.streamed = streamed;
    if (streamed) this.call?.allowSilence();
  }

  onUpgrade(status: number, reason: string, headers: RawHeaders): void {
    if (this.answered) return;
    this.status = status;
    this.upgraded = true;
    this.answerMicros = this.elapsed();
    this.requestDone = false;
    const { forward } = scanAnswer(headers, false, this.settings.debugHeaders, true);
    if (this.settings.debugHeaders) addDebugHeaders(forward, this.decision, this.fellBack);
    this.lane.upgrade(status, reason, forward);
    this.lane.resume();
  }

  onData(chunk: Uint8Array): void {
    if (this.answered) return;
    this.answerBytes += chunk.length;
    if (this.lane.write(chunk)) return;
    this.pauseWanted = true;
    this.call?.pause();
  }

  onEnd(trailers: RawHeaders | undefined): void {
    if (this.answered) return;
    if (!this.upgraded) this.answerMicros = this.elapsed();
    this.answered = !this.upgraded;
    if (this.upgraded) this.context.halfClosed.watch(this, this.settings.halfClosedTunnelMs, true);
    else this.call = undefined;
    this.lane.end(forwardTrailers(trailers));
  }

  onError(code: BackendErrorCode, message: string, untouched = false): void {
    if (this.answered) return;
    this.untouched = untouched;
    this.detail = message;
    this.answered = true;
    this.call = undefined;
    if (!this.upgraded) this.answerMicros = this.elapsed();
    if (this.status !== 0) {
      this.breakOff(code);
      return;
    }
    this.context.refused(code);
    this.answer(code);
  }

  /** Changes with what is written to the client, of a tunnel with what passes. */
  get written(): number {
    if (this.upgraded) return this.answerBytes + this.requestBytes;
    // What waits for the client is bounded by its own clock.
    return this.pauseWanted ? Number.NaN : this.answerBytes + this.status;
  }

  cancelHalfClosed(): void {
    if (!this.over && !this.answered) this.leave();
  }

  // What the upstream and layers ask for, and are told at the end.

  clientAddress(): string {
    return addressFor(this.decision, this.settings);
  }

  answersItself(code: RefusalCode): void {
    this.context.refused(code);
    this.error = code;
    this.answersByPolicy();
  }

  answersByPolicy(cached = false): void {
    this.own = true;
    this.cached = cached;
    this.disown();
  }

  fallsBack(status: number): void {
    this.fellBack = true;
    this.fallbackStatus = status;
    this.fallbackMicros = this.elapsed();
  }

  layerFailed(error: unknown): void {
    this.context.layerFailed(error);
    if (this.answered) return;
    this.disown();
    this.giveUp("layer_failed");
  }

  /** Its body says which route takes it. */
  private readFirst(): void {
    const { context, lane, decision, settings } = this;
    const { head } = lane;
    const { requests } = decision.table;
    requests.active++;
    const decided = (read: OperationsRead, held: Held) => {
      requests.active--;
      this.call = undefined;
      this.decision = decide(decision.table, settings, head, context.clock.hex, context.pins, read);
      const { refusal } = this.decision;
      if (refusal === undefined) this.ask(this.decision as Decided, held);
      else this.refuse(refusal);
    };
    this.call = new BodyFirst(head, context.bodies, decided, () => {
      requests.active--;
    });
    this.onInform(100, "Continue", []);
    lane.resume();
  }

  /** Asks the backend through the route's layers. `held`: what is here of the body. */
  private ask(decision: Decided, held?: Held): void {
    const { context, settings, lane } = this;
    const { live, scanned, table } = decision;
    const { head } = lane;
    table.requests.active++;
    this.counted = true;
    const upgrade = head.upgrade && scanned.upgrade !== undefined;
    const outgoing = outgoingRequest(context.clock, settings, decision, upgrade);
    this.outgoing = outgoing;
    const request: ServedRequest = {
      method: head.method,
      target: decision.target,
      headers: outgoing.headers,
      framing: head.framing,
      upgrade,
      retryable: isIdempotent(live.definition, head),
      timeoutMs: undefined,
      decision,
      requestId: outgoing.requestId,
      served: this,
    };
    this.request = request;
    const call = settings.chains.of(live.definition, decision.place)(request, this);
    // A layer may have answered, or broken, before the call was here.
    if (this.answered) return;
    this.call = call;
    if (this.pauseWanted) call.pause();
    if (this.streamed) call.allowSilence();
    if (this.answered) return;
    if (held !== undefined && this.maxBodyBytes > 0 && this.requestBytes > this.maxBodyBytes) {
      this.giveUp("body_too_large");
      return;
    }
    let takes = true;
    for (const chunk of held?.chunks ?? []) {
      if (this.answered) return;
      takes = call.write(chunk);
    }
    if (this.answered) return;
    if (this.requestDone) call.end(held?.ended?.trailers);
    else if (takes) lane.resume();
    else lane.pause();
  }

  private elapsed(): number {
    return this.context.clock.micros() - this.startMicros;
  }

  /** The client is taken to be gone. */
  private leave(): void {
    this.lane.abort();
    this.onAbort("client_left");
  }

  private cancel(): void {
    const { call } = this;
    this.call = undefined;
    call?.abort();
  }

  /** The front door ends what a side was asked: by an answer of its own, if there is none yet. */
  private giveUp(code: RefusalCode): void {
    // First: layers that are told to abort may break in turn.
    this.answered = true;
    this.cancel();
    if (this.status === 0) this.refuse(code);
    else this.breakOff(code);
  }

  /** An answer of the front door's own, counted as no side's. */
  private refuse(code: RefusalCode): void {
    this.answered = true;
    this.context.refused(code);
    this.disown();
    this.answer(code);
  }

  private answer(code: RefusalCode): void {
    const { accept, requestId: sent } = this.decision.scanned;
    const id = this.outgoing?.requestId ?? requestIdOf(sent, this.context.clock.hex);
    const own = ownAnswer(code, id, this.lane.head, accept);
    if (this.settings.debugHeaders) addDebugHeaders(own.headers, this.decision, this.fellBack);
    this.settings.chains.decorate(this.decision, own.headers);
    this.status = REFUSALS[code].status;
    this.error = code;
    const body = this.lane.head.method === "HEAD" ? undefined : own.body;
    this.answerBytes = body?.length ?? 0;
    writeOwn(this.lane, own, body, this.context.draining || !this.requestDone || code === "request_timeout");
  }

  /** The answer cannot be completed: the client must not take it for complete. */
  private breakOff(code: string): void {
    this.error = code;
    this.lane.abort();
    this.finish();
  }

  /** Counts, tells the layers, logs. */
  private finish(): void {
    this.over = true;
    this.answered = true;
    this.context.clients.leave();
    const micros = this.elapsed();
    if (this.counted) countAnswer(this.decision as Decided, this, micros);
    const { request, listener, listeners, context } = this;
    if (request !== undefined) tellOver(this, request, listener, listeners, context);
    // Modern's failure is one, although the client did not see it.
    const status = this.fellBack ? this.fallbackStatus : this.status;
    if (this.tries !== undefined || this.context.accessLog.wants(status, this.error)) this.log(micros);
    this.uncount();
  }

  /** The answer is no side's. A failure of modern's stays one, whoever answers in its place. */
  private disown(): void {
    if (!this.fellBack) this.uncount();
  }

  private uncount(): void {
    if (!this.counted) return;
    this.counted = false;
    this.decision.table.requests.active--;
  }

  private log(micros: number): void {
    const { decision, status, answerBytes: responseBytes, error, detail, tries } = this;
    const { requestBytes, shadowed, fellBack, verdicts, identity } = this;
    const side = this.counted ? decision.side : "none";
    const ended = { side, status, requestBytes, responseBytes, micros, error, detail } as const;
    const all = { ...ended, tries, shadowed, fellBack, verdicts, identity };
    this.context.accessLog.write(accessRecord(this.lane.head, decision, this.outgoing, all), this);
  }
}
