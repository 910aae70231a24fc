import type { Invocation, Invoked } from "../../aws/contract.ts";
import type { ByteBudget } from "../../domain/byte-budget.ts";
import type { Deadlines, Timed } from "../../domain/deadlines.ts";
import { messageOf } from "../../domain/errors.ts";
import type { FunctionTarget } from "../../domain/function-target.ts";
import { NO_BODY, type RawHeaders } from "../../domain/message.ts";
import { scrubbed } from "../../domain/scrub.ts";
import { KeptBody } from "../../wire/kept-body.ts";
import { joined } from "../../wire/kept-bytes.ts";
import type { BackendCall, BackendErrorCode, BackendListener, BackendRequest } from "../contract.ts";
import { answerOf, type FunctionAnswer, NoAnswer } from "./answer.ts";

/** AWS's bound of an event, and of what a function may return. */
const MAX_EVENT_BYTES = 6 * 1024 * 1024;
/** An answer's body may be in base64, which is undone here. */
const MAX_ANSWER_BYTES = MAX_EVENT_BYTES + 64 * 1024;
/** Of what a function says of its failure, in a log. */
const MAX_WORDS = 300;

/** What a call needs of its upstream. */
export interface CallHome {
  readonly target: FunctionTarget;
  readonly deadlines: Deadlines;
  readonly bodies: ByteBudget;
  /** The event, as JSON; undefined: no function is there for the method. */
  event(
    request: BackendRequest,
    body: Uint8Array | undefined,
  ): Omit<Invocation, "signal" | "maxBytes"> | undefined;
  invoke(invocation: Invocation): Promise<Invoked>;
  /** False: as many are under way as may be. Whoever was let in says `left`. */
  enter(): boolean;
  left(): void;
  ended(code: BackendErrorCode | undefined, detail: string): void;
}

/** Statuses whose answers have no body. */
const BODILESS: ReadonlySet<number> = new Set([204, 205, 304]);

/** One invocation: takes the whole request, and gives the whole answer. */
export class FunctionCall implements BackendCall, Timed {
  deadlineMs = Number.POSITIVE_INFINITY;
  deadlineAt = -1;
  private readonly request: BackendRequest;
  private readonly listener: BackendListener;
  private readonly home: CallHome;
  private readonly timeoutMs: number;
  private readonly body: KeptBody;
  private readonly controller = new AbortController();
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
    this.body = new KeptBody(home.bodies, MAX_EVENT_BYTES);
  }

  begin(): this {
    if (this.request.framing > MAX_EVENT_BYTES) this.tooLarge();
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
    const sent = this.body.chunks.length === 0 ? undefined : joined(this.body.chunks);
    const asked = home.event(request, sent);
    if (asked === undefined)
      this.fail("function_refused", `there is no function for ${request.method}`, true);
    else this.send(asked, Buffer.byteLength(asked.payload));
  }

  private send(asked: Omit<Invocation, "signal" | "maxBytes">, bytes: number): void {
    // The event stands in its place from here on.
    this.body.release();
    if (bytes > MAX_EVENT_BYTES) this.tooLarge();
    else if (!this.reserve(bytes)) this.fail("upstream_busy", "too many events are under way", true);
    else if (!this.home.enter())
      this.fail("upstream_busy", "as many functions are under way as may be", true);
    else this.ask(asked);
  }

  pause(): void {}

  resume(): void {}

  allowSilence(): void {}

  abort(): void {
    this.finish();
    this.controller.abort();
  }

  onDeadline(): void {
    this.fail("upstream_timeout", `no answer within ${this.timeoutMs} ms`, false);
    this.controller.abort();
  }

  private ask(asked: Omit<Invocation, "signal" | "maxBytes">): void {
    const { home } = this;
    this.entered = true;
    this.deadlineMs = this.timeoutMs > 0 ? home.deadlines.in(this.timeoutMs) : Number.POSITIVE_INFINITY;
    home.deadlines.add(this);
    const { signal } = this.controller;
    home
      .invoke({ ...asked, signal, maxBytes: MAX_ANSWER_BYTES, reserve: (bytes) => this.reserve(bytes) })
      .then(
        (invoked) => this.settle(invoked),
        (error: unknown) => this.fail("function_refused", messageOf(error), false),
      );
  }

  private reserve(bytes: number): boolean {
    if (this.over) return false;
    if (this.home.bodies.reserve(bytes)) {
      this.heldBytes += bytes;
      return true;
    }
    this.noMemory = true;
    return false;
  }

  private settle(invoked: Invoked): void {
    if (this.over) return;
    if (invoked.kind === "threw") {
      const { errorType, errorMessage } = invoked;
      // A message may be as long as an answer, and clients wait for this thread: only what may be shown, and what it is told by, is looked at.
      const words = scrubbed(`${errorType}: ${errorMessage}`.slice(0, 4 * MAX_WORDS)).slice(0, MAX_WORDS);
      this.fail("function_failed", `the function failed: ${words}`, false);
    } else if (invoked.kind === "failed") {
      this.failed(invoked);
    } else {
      this.answered(invoked.payload);
    }
  }

  private failed({ why, detail, status }: Extract<Invoked, { kind: "failed" }>): void {
    if (this.noMemory) this.fail("upstream_busy", "too many answers of functions are in memory", false);
    else if (status === 413) this.tooLarge();
    else if (status === 429) this.fail("upstream_busy", detail, true);
    else if (why === "unreachable") this.fail("upstream_refused", detail, true);
    else if (why === "broken" || why === "ended") this.fail("upstream_reset", detail, false);
    else if (why === "too_large") this.fail("upstream_invalid", detail, false);
    // A function that was not found, or may not be invoked, did not run; of a fault of Lambda's own that is not known.
    else this.fail("function_refused", detail, status === undefined || status < 500);
  }

  private answered(payload: Uint8Array): void {
    const { target } = this.home;
    let answer: FunctionAnswer;
    try {
      answer = target.async ? ACCEPTED : answerOf(payload, target.payload);
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

  private tooLarge(): void {
    this.fail("function_body_too_large", `events have ${MAX_EVENT_BYTES} bytes at most`, true);
  }

  private fail(code: BackendErrorCode, detail: string, untouched: boolean): void {
    if (this.over) return;
    this.finish();
    this.home.ended(code, detail);
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

const ACCEPTED: FunctionAnswer = { status: 202, headers: [], body: new Uint8Array(0) };
