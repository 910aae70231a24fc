import type { Invocation, Invoked } from "../../aws/contract.ts";
import type { ByteBudget } from "../../domain/byte-budget.ts";
import type { Deadlines, Timed } from "../../domain/deadlines.ts";
import { messageOf } from "../../domain/errors.ts";
import type { FunctionTarget } from "../../domain/function-target.ts";
import { headerLines } from "../../domain/headers.ts";
import { CHUNKED, NO_BODY, type RawHeaders } from "../../domain/message.ts";
import { scrubbed } from "../../domain/scrub.ts";
import { KeptBody } from "../../wire/kept-body.ts";
import { joined } from "../../wire/kept-bytes.ts";
import type { BackendCall, BackendErrorCode, BackendListener, BackendRequest } from "../contract.ts";
import { answerOf, type FunctionAnswer, type FunctionHead, NoAnswer } from "./answer.ts";
import { AnswerStream } from "./answer-stream.ts";

/** AWS's bound of an event, and of what a function may return. */
const MAX_EVENT_BYTES = 6 * 1024 * 1024;
/** AWS's bound of an event that nobody waits for. */
const MAX_ASYNC_EVENT_BYTES = 1024 * 1024;
/** An answer's body may be in base64, which is undone here. */
const MAX_ANSWER_BYTES = MAX_EVENT_BYTES + 64 * 1024;
/** Of what a function says of its failure, in a log. */
const MAX_WORDS = 300;

type Asked = Omit<Invocation, "signal" | "maxBytes" | "taker">;

/** What a call needs of its upstream. */
export interface CallHome {
  readonly target: FunctionTarget;
  readonly deadlines: Deadlines;
  readonly bodies: ByteBudget;
  /** Of a streamed answer, without a byte. */
  readonly bodyIdleMs: number;
  /** Of an event stream. */
  readonly upgradeIdleMs: number;
  /** The event, as JSON; undefined: no function is there for the method. */
  event(request: BackendRequest, body: Uint8Array | undefined): Asked | undefined;
  invoke(invocation: Invocation): Promise<Invoked>;
  /** False: as many are under way as may be. Whoever was let in says `left`. */
  enter(): boolean;
  left(): void;
  ended(code: BackendErrorCode | undefined, detail: string): void;
}

/** Statuses whose answers have no body. */
const BODILESS: ReadonlySet<number> = new Set([204, 205, 304]);

/** One invocation: takes the whole request, and gives the whole answer, or what the function streams as it comes. */
export class FunctionCall implements BackendCall, Timed {
  deadlineMs = Number.POSITIVE_INFINITY;
  deadlineAt = -1;
  private readonly request: BackendRequest;
  private readonly listener: BackendListener;
  private readonly home: CallHome;
  private readonly timeoutMs: number;
  private readonly body: KeptBody;
  private readonly controller = new AbortController();
  private readonly maxEventBytes: number;
  /** Undefined: the answer comes whole. */
  private readonly stream: AnswerStream | undefined;
  private idleMs: number;
  /** The answer has no body, whatever the function streams. */
  private bodiless = false;
  /** Of the event and of what came of the answer, reserved until it is over. */
  private heldBytes = 0;
  private noMemory = false;
  private entered = false;
  private over = false;

  constructor(request: BackendRequest, listener: BackendListener, home: CallHome, timeoutMs: number) {
    this.request = request;
    this.listener = listener;
    this.home = home;
    this.timeoutMs = timeoutMs;
    this.idleMs = home.bodyIdleMs;
    this.stream = home.target.stream ? new AnswerStream(this) : undefined;
    this.maxEventBytes = home.target.async ? MAX_ASYNC_EVENT_BYTES : MAX_EVENT_BYTES;
    this.body = new KeptBody(home.bodies, this.maxEventBytes);
  }

  begin(): this {
    if (this.request.framing > this.maxEventBytes) this.tooLarge();
    return this;
  }

  write(chunk: Uint8Array): boolean {
    if (this.over || this.body.keep(chunk)) return true;
    if (this.home.bodies.held + chunk.length > this.home.bodies.limit)
      this.fail("upstream_busy", "too many bodies wait for functions", true);
    else this.tooLarge();
    return true;
  }

  end(): void {
    if (this.over) return;
    const { home, request } = this;
    const { chunks } = this.body;
    // Of a body that came at once there is one copy already.
    const sent = chunks.length <= 1 ? chunks[0] : joined(chunks);
    const asked = home.event(request, sent);
    if (asked === undefined) this.unnamed();
    else this.send(asked);
  }

  private send(event: Asked): void {
    // The event stands in its place from here on; as bytes, so that its text does not stay beside them while the function runs.
    this.body.release();
    const { payload: text } = event;
    const payload = typeof text === "string" ? Buffer.from(text) : text;
    const asked = { ...event, payload };
    if (payload.length > this.maxEventBytes) this.tooLarge();
    else if (!this.reserve(payload.length)) this.fail("upstream_busy", "too many events are under way", true);
    else if (!this.home.enter())
      this.fail("upstream_busy", "as many functions are under way as may be", true);
    else this.ask(asked);
  }

  pause(): void {
    if (this.stream === undefined || this.over) return;
    this.stream.pause();
    // It is the client that is slow.
    if (this.stream.begun) this.deadlineMs = Number.POSITIVE_INFINITY;
  }

  resume(): void {
    if (this.stream === undefined || this.over) return;
    if (this.stream.begun) this.touch();
    this.stream.resume();
  }

  allowSilence(): void {
    this.idleMs = this.home.upgradeIdleMs;
    if (this.stream?.begun === true && !this.over) this.touch();
  }

  abort(): void {
    this.finish();
    this.controller.abort();
  }

  onDeadline(): void {
    if (this.stream?.begun === true)
      this.fail("upstream_body_idle", `no byte of its answer for ${this.idleMs} ms`, false);
    else this.fail("upstream_timeout", `no answer within ${this.timeoutMs} ms`, false);
    this.controller.abort();
  }

  onStreamHead({ status, headers }: FunctionHead): void {
    if (this.over) return;
    this.home.ended(undefined, "");
    this.touch();
    this.bodiless = BODILESS.has(status) || this.request.method === "HEAD";
    this.listener.onHead(status, "", headers, this.bodiless ? NO_BODY : CHUNKED);
  }

  onStreamData(chunk: Uint8Array): void {
    if (this.over) return;
    if (this.bodiless) {
      // The answer is whole, and nobody takes what comes: it may be without an end.
      this.finish();
      this.controller.abort();
      this.listener.onEnd(undefined);
      return;
    }
    if (this.deadlineMs !== Number.POSITIVE_INFINITY) this.touch();
    this.listener.onData(chunk);
  }

  onMalformed(why: string): void {
    this.fail("upstream_invalid", `the function's stream is malformed: ${why}`, false);
    this.controller.abort();
  }

  private touch(): void {
    this.deadlineMs = this.idleMs > 0 ? this.home.deadlines.in(this.idleMs) : Number.POSITIVE_INFINITY;
  }

  private ask(asked: Asked): void {
    const { home } = this;
    this.entered = true;
    this.deadlineMs = this.timeoutMs > 0 ? home.deadlines.in(this.timeoutMs) : Number.POSITIVE_INFINITY;
    home.deadlines.add(this);
    const { signal } = this.controller;
    const taker = this.stream === undefined ? {} : { taker: this.stream };
    const bounds = { maxBytes: MAX_ANSWER_BYTES, reserve: (bytes: number) => this.reserve(bytes) };
    home.invoke({ ...asked, signal, ...bounds, ...taker }).then(
      (invoked) => this.settle(invoked),
      (error: unknown) => this.fail("function_refused", messageOf(error), false),
    );
  }

  reserve(bytes: number): boolean {
    if (this.over) return false;
    if (this.home.bodies.reserve(bytes)) {
      this.heldBytes += bytes;
      return true;
    }
    this.noMemory = true;
    return false;
  }

  release(bytes: number): void {
    if (this.over) return;
    this.heldBytes -= bytes;
    this.home.bodies.release(bytes);
  }

  private settle(invoked: Invoked): void {
    if (this.over) return;
    if (invoked.kind === "threw") {
      const { errorType, errorMessage } = invoked;
      // A message may be as long as an answer, and clients wait for this thread: only what may be shown, and what it is told by, is looked at.
      const words = scrubbed(`${errorType}: ${errorMessage}`.slice(0, 4 * MAX_WORDS)).slice(0, MAX_WORDS);
      const id = invoked.requestId === undefined ? "" : ` (Lambda's request ${invoked.requestId})`;
      this.fail("function_failed", `the function failed: ${words}${id}`, false);
    } else if (invoked.kind === "failed") {
      this.failed(invoked);
    } else if (this.stream !== undefined) {
      this.streamed(this.stream);
    } else {
      this.answered(invoked);
    }
  }

  private failed({ why, detail, status }: Extract<Invoked, { kind: "failed" }>): void {
    if (this.noMemory) this.fail("upstream_busy", "too many answers of functions are in memory", false);
    else if (status === 413) this.tooLarge();
    else if (status === 429) this.fail("upstream_busy", detail, true);
    else if (why === "unreachable") this.fail("upstream_refused", detail, true);
    else if (why === "broken" || why === "ended") this.fail("upstream_reset", detail, false);
    else if (why === "too_large" || why === "malformed") this.fail("upstream_invalid", detail, false);
    // A function that was not found, or may not be invoked, did not run; of a fault of Lambda's own that is not known.
    else this.fail("function_refused", detail, status === undefined || status < 500);
  }

  private streamed(stream: AnswerStream): void {
    if (!stream.begun) {
      this.onMalformed("it ended before its head was whole");
    } else {
      this.finish();
      this.listener.onEnd(undefined);
    }
  }

  private answered({ payload, requestId }: Extract<Invoked, { kind: "returned" }>): void {
    const { request } = this;
    const { target } = this.home;
    let answer: FunctionAnswer;
    try {
      answer = target.async ? accepted(request, requestId) : answerOf(payload, target.payload);
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error;
      this.fail("upstream_invalid", `the function's answer is malformed: ${error.message}`, false);
      return;
    }
    this.home.ended(undefined, "");
    this.give(answer);
  }

  private give({ status, headers, body }: FunctionAnswer): void {
    const { listener } = this;
    const bodiless = BODILESS.has(status);
    const length = bodiless ? [] : ["content-length", String(body.length)];
    const framing = bodiless || this.request.method === "HEAD" ? NO_BODY : body.length;
    listener.onHead(status, "", [...headers, ...length] as RawHeaders, framing);
    if (framing > 0 && !this.over) listener.onData(body);
    if (this.over) return;
    this.finish();
    listener.onEnd(undefined);
  }

  /** It is this request's method that has no function: those that there are can be asked as before. */
  private unnamed(): void {
    if (this.over) return;
    this.finish();
    this.listener.onError("function_refused", `there is no function for ${this.request.method}`, true);
  }

  private tooLarge(): void {
    this.fail("function_body_too_large", `events have ${this.maxEventBytes} bytes at most`, true);
  }

  private fail(code: BackendErrorCode, detail: string, untouched: boolean): void {
    if (this.over) return;
    this.finish();
    if (this.stream?.begun !== true) this.home.ended(code, detail);
    this.listener.onError(code, detail, untouched);
  }

  private finish(): void {
    if (this.over) return;
    this.over = true;
    this.home.deadlines.remove(this);
    if (this.body.whole) this.body.release();
    this.home.bodies.release(this.heldBytes);
    if (this.entered) this.home.left();
  }
}

/** Lambda has the event. What finds it in logs: the request's id, which the event has, and Lambda's, which its function logs. */
function accepted({ headers }: BackendRequest, lambdaId: string | undefined): FunctionAnswer {
  const ours = headerLines(headers, "x-request-id")[0];
  return {
    status: 202,
    headers: [
      ...(ours === undefined ? [] : ["x-request-id", ours]),
      ...(lambdaId === undefined ? [] : ["x-amzn-requestid", lambdaId]),
    ],
    body: new Uint8Array(0),
  };
}
