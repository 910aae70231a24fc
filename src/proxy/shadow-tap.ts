import type { CapturedAnswer } from "../compare/contract.ts";
import type { ByteBudget } from "../domain/byte-budget.ts";
import type { Deadlines, Timed } from "../domain/deadlines.ts";
import { withTrailers } from "../domain/grpc.ts";
import type { RawHeaders } from "../domain/message.ts";
import { mayAsk, readOperations } from "../domain/operations/asked-operations.ts";
import { countedNames } from "../domain/operations/operation-name.ts";
import type { NotComparedReason } from "../domain/outcomes.ts";
import type { Side } from "../domain/position.ts";
import type { SideAnswer, StratumOutcome } from "../domain/strata/strata-tally.ts";
import type { Open, Served, SideRequest, Tap } from "../layers/contract.ts";
import { countedOperations, type Decided } from "../routing/decide.ts";
import { headBytes, KeptBytes } from "../wire/kept-bytes.ts";
import { AnswerChecks } from "./answer-checks.ts";
import type { Control } from "./control.ts";
import type { KeyTurn } from "./key-order.ts";
import type { Witness } from "./witness.ts";

/** What a shadow costs beside heads and bodies: objects. */
const BASE_BYTES = 4096;

/** Of these the time until the answer was over says nothing of the side, or it is not the side's. */
const UNTIMED: ReadonlySet<NotComparedReason> = new Set(["cut_short", "declined", "event_stream", "upgrade"]);

/** What every copy is held by. */
interface Bounds {
  readonly budget: ByteBudget;
  readonly deadlines: Deadlines;
}

/** Calls `late` where it was not left in time. */
class Limit implements Timed {
  deadlineMs: number;
  deadlineAt = -1;
  readonly onDeadline: () => void;
  private readonly deadlines: Deadlines;

  constructor(deadlines: Deadlines, ms: number, late: () => void) {
    this.deadlines = deadlines;
    this.onDeadline = late;
    this.deadlineMs = deadlines.in(ms);
    deadlines.add(this);
  }

  leave(): void {
    this.deadlines.remove(this);
  }
}

/** A message body kept up to a bound. */
class Copy {
  kept = new KeptBytes();
  tooLarge = false;
}

/**
 * A sampled request's copy: the request's body and the serving side's answer, each up to the route's maxBody, all of it
 * reserved in one budget. It only listens: whatever it cannot keep, it lets go of, and the client's request does not notice.
 */
export class ShadowTap implements Tap {
  /** The request as the serving side was asked, without what ties it to its client. */
  readonly request: SideRequest;
  /** How the side that does not serve is asked; undefined: it cannot be. */
  readonly open: Open | undefined;
  readonly checks: AnswerChecks | undefined;
  requestTrailers: RawHeaders | undefined = undefined;
  /** Why this request will not be compared; undefined: nothing speaks against it. */
  reason: NotComparedReason | undefined = undefined;
  /** The serving side failed: nothing is compared, but which side did is told. */
  failed = false;
  private requestEnded = false;
  /** When the client had its answer, µs. */
  finishedMicros = 0;
  /** Its place among those of its sticky key; undefined: it has no key. */
  turn: KeyTurn | undefined = undefined;
  /** Whether it counts against a gate's limit on mismatches; undefined: it does, if it is compared. */
  witness: Witness | undefined = undefined;
  /** Legacy is asked once more, beside the shadow; undefined: it is not. */
  control: Control | undefined = undefined;
  private readonly budget: ByteBudget;
  private readonly deadlines: Deadlines;
  /** Until when an event stream is copied; undefined: the answer is none. */
  private stream: Limit | undefined = undefined;
  private readonly maxBodyBytes: number;
  private reserved = 0;
  private body: Copy = new Copy();
  private answer: Copy = new Copy();
  private status = 0;
  private answerHeaders: RawHeaders = [];
  private readonly exchange: Served | undefined;
  /** Names of the operations that it asks for; undefined: none were found. */
  private operations: readonly string[] | undefined;
  private servedMicros = 0;
  /** A side failed its sticky key before: it is no further witness. */
  private readonly servedAgain: boolean;
  private shadow: { readonly micros: number; readonly error: boolean; readonly again: boolean } | undefined;
  private shadowErred = false;

  constructor({ budget, deadlines }: Bounds, request: SideRequest, open: Open | undefined) {
    this.budget = budget;
    this.deadlines = deadlines;
    this.open = open;
    const { method, target, headers, framing, decision, requestId, trace, identity, served } = request;
    const { validate } = decision.live.definition.policies ?? {};
    this.exchange = served;
    this.operations = countedOperations(decision);
    this.servedAgain = decision.live.tally.failedBefore(decision.side, decision.keyHash);
    this.checks = validate?.answers === "report" ? new AnswerChecks() : undefined;
    const client = served && { address: served.clientAddress(), identity: served.identity };
    this.request = {
      method,
      target,
      headers,
      framing,
      upgrade: false,
      retryable: false,
      timeoutMs: 0,
      decision,
      requestId,
      client,
      trace,
      identity,
      checks: this.checks,
      erred: () => {
        this.shadowErred = true;
      },
    };
    this.maxBodyBytes = decision.live.definition.shadow.maxBodyBytes;
    if (!this.reserve(BASE_BYTES + headBytes(headers))) this.drop("shed");
  }

  get decision(): Decided {
    return this.request.decision;
  }

  /** Of operations that it asks for; undefined: none were found. */
  get operationNames(): readonly string[] | undefined {
    return this.operations;
  }

  /** How long its shadow may take, ms. */
  get shadowMs(): number {
    const { timeoutMs, eventStreamsMs } = this.decision.live.definition.shadow;
    return (this.eventStream ? eventStreamsMs : undefined) ?? timeoutMs;
  }

  /** It has waited for longer than it may take: the other side would answer with another time's data. */
  isLate(nowMicros: number): boolean {
    return this.shadowMs > 0 && nowMicros - this.finishedMicros > this.shadowMs * 1000;
  }

  /** The serving side's answer is an event stream that is copied: the other side's may be as silent. */
  get eventStream(): boolean {
    return this.stream !== undefined;
  }

  get requestBody(): readonly Uint8Array[] {
    return this.body.kept.chunks;
  }

  requestChunk(chunk: Uint8Array): void {
    if (this.reason === undefined && !this.keep(this.body, chunk)) this.drop("too_large");
  }

  requestEnd(trailers: RawHeaders | undefined): void {
    this.requestTrailers = trailers;
    this.requestEnded = true;
  }

  served(micros: number): void {
    this.servedMicros = micros;
  }

  answerHead(status: number, headers: RawHeaders, eventStream: boolean): void {
    if (this.reason !== undefined) return;
    if (eventStream && !this.follow()) return;
    this.status = status;
    this.answerHeaders = headers;
    if (!this.reserve(headBytes(headers))) this.drop("shed");
  }

  /** An answer past the bound is let go of; its status and headers can still be compared. */
  answerChunk(chunk: Uint8Array): void {
    if (this.reason === undefined && !this.answer.tooLarge) this.keep(this.answer, chunk);
  }

  answerEnd(trailers: RawHeaders | undefined): void {
    this.stream?.leave();
    if (trailers === undefined || this.reason !== undefined) return;
    this.answerHeaders = withTrailers(this.answerHeaders, trailers);
    if (!this.reserve(headBytes(trailers))) this.drop("shed");
  }

  fail(): void {
    const { live, side } = this.decision;
    const watched = live.guard !== undefined && side === "modern";
    if (watched && this.requestEnded && this.reason === undefined) this.failed = true;
    else this.drop("serving_error");
  }

  /** Legacy was asked too: told where one of the two alone failed. `status`: what it answered; 0: nothing. */
  tellApart(status: number): void {
    const { live, side } = this.decision;
    if (live.guard === undefined || side !== "modern") return;
    const modernFailed = this.failed || this.status >= 500;
    const legacyFailed = status === 0 || status >= 500;
    if (modernFailed === legacyFailed) return;
    live.guard.apart(modernFailed, { requestId: this.request.requestId, status: this.status });
  }

  drop(reason: NotComparedReason): void {
    this.noteOperations();
    this.reason ??= reason;
    this.letGo();
  }

  /** Reads which operations it asks for, as long as its body is here. */
  noteOperations(): void {
    if (this.operations !== undefined || this.reason !== undefined || !this.requestEnded) return;
    const { head } = this.decision;
    if (!mayAsk(head, this.requestBody)) return;
    const read = readOperations(head, this.requestBody);
    if (read.kind !== "unread") this.operations = countedNames(read.names);
  }

  /** The other side answered, or failed. */
  noteShadow(micros: number, error: boolean): void {
    const { live, shadowSide, keyHash } = this.decision;
    this.shadow = { micros, error, again: live.tally.failedBefore(shadowSide, keyHash) };
  }

  /** Reserves what a part of it takes, the other side's answer included; false: the bound is reached. */
  readonly reserve = (bytes: number): boolean => {
    if (!this.budget.reserve(bytes)) return false;
    this.reserved += bytes;
    return true;
  };

  /** Reserves what the comparing thread is given beside what is kept here: copies of both answers. */
  reserveCopies(shadowed: CapturedAnswer): boolean {
    if (shadowed.kind === "failure") return true;
    const heads = headBytes(this.answerHeaders) + headBytes(shadowed.headers);
    return this.reserve(heads + this.answer.kept.bytes + shadowed.bodyBytes);
  }

  /** What the comparing thread is given of a control. */
  reserveCopy(answer: CapturedAnswer): boolean {
    return answer.kind === "failure" || this.reserve(headBytes(answer.headers) + answer.bodyBytes);
  }

  /** Gives everything back; harmless when nothing is held. */
  release(): void {
    this.control?.giveUp();
    this.letGo();
    this.turn?.leave(true);
  }

  /** Whether an event stream is copied: only one that ends is compared, and nobody knows yet whether it will. */
  private follow(): boolean {
    const { eventStreamsMs } = this.decision.live.definition.shadow;
    if (eventStreamsMs === undefined) this.drop("event_stream");
    else this.stream = new Limit(this.deadlines, eventStreamsMs, () => this.drop("event_stream"));
    return this.stream !== undefined;
  }

  private letGo(): void {
    this.stream?.leave();
    this.body = new Copy();
    this.answer = new Copy();
    this.budget.release(this.reserved);
    this.reserved = 0;
  }

  /** A pair of which one side failed says more of the two than the errors of each. */
  noteFailedAlone(shadowSide: Side, shadowFailed: boolean): void {
    const { side, live } = this.decision;
    const failed = this.status >= 500;
    if (failed !== shadowFailed) live.tally.failedAlone(failed ? side : shadowSide);
  }

  /** How it ended, and what both sides answered, in the books of its method, path template and operations. */
  countStratum(outcome: StratumOutcome): void {
    const { live, head, captures, side, shadowSide } = this.decision;
    const { operations, reason, shadow, failed } = this;
    const { tally } = live;
    const of = { method: head.method, path: live.definition.match.path, captures, operations };
    const answers: SideAnswer[] = [];
    if (!this.servedAgain && (reason === undefined || !UNTIMED.has(reason))) {
      const error =
        failed || reason === "serving_error" || this.status >= 500 || this.exchange?.erred === true;
      answers.push({ side, micros: this.servedMicros, error });
    }
    if (shadow?.again === false)
      answers.push({ side: shadowSide, micros: shadow.micros, error: shadow.error || this.shadowErred });
    tally.stratum(of, outcome, this.witness?.again, answers);
  }

  servingAnswer(): CapturedAnswer {
    const { kept, tooLarge } = this.answer;
    return {
      kind: "answer",
      status: this.status,
      headers: this.answerHeaders,
      body: kept.chunks,
      bodyBytes: kept.bytes,
      tooLarge,
    };
  }

  /** False when the copy went past maxBody (the copy is let go of) or the budget refused (all of it is). */
  private keep(copy: Copy, chunk: Uint8Array): boolean {
    const { kept } = copy;
    if (kept.bytes + chunk.length > this.maxBodyBytes) {
      this.budget.release(kept.held);
      this.reserved -= kept.held;
      copy.kept = new KeptBytes();
      copy.tooLarge = true;
      return false;
    }
    if (!kept.keep(chunk, this.reserve)) this.drop("shed");
    return true;
  }
}
