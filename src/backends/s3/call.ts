import type { AwsService, Signable, SignedRequest } from "../../aws/contract.ts";
import type { Deadlines, Timed } from "../../domain/deadlines.ts";
import { messageOf } from "../../domain/errors.ts";
import { headerLines } from "../../domain/headers.ts";
import { NO_BODY, type RawHeaders } from "../../domain/message.ts";
import { WaitingBody } from "../../wire/waiting-body.ts";
import type { Backend, BackendCall, BackendErrorCode, BackendListener, BackendRequest } from "../contract.ts";
import { giveRefusal, NO_CALL } from "../give-refusal.ts";
import { errorFields, errorName, errorWords, objectError, objectFields } from "./object-answer.ts";
import type { ObjectAsked, ObjectRefused } from "./object-request.ts";

/** Of the XML of an error. */
const MAX_ERROR_BYTES = 64 * 1024;
const CLOCK_IS_OFF = "RequestTimeTooSkewed";

/** The bucket that calls are made to. */
export interface CallHome {
  /** Its HTTP. */
  readonly http: Backend;
  readonly service: AwsService;
  readonly deadlines: Deadlines;
  /** Of a request that has no other, until its answer begins, ms; 0: none. */
  readonly timeoutMs: number;
  /** What is sent and signed for it. */
  signable(asked: ObjectAsked): Signable;
  answered(): void;
  failed(code: BackendErrorCode, detail: string): void;
}

/**
 * One request to a bucket: its head is made anew and signed, and goes over HTTP as any other. Bodies pass as they come. An error of
 * S3's is read to its end, within bounds, and becomes one of the front door's. A request without a body is signed and sent once more where a clock
 * or credentials were the only fault, and one for a head alone as a GET where it is not said what the fault is.
 */
export class ObjectCall implements BackendCall, BackendListener, Timed {
  deadlineMs = Number.POSITIVE_INFINITY;
  deadlineAt = -1;
  private readonly request: BackendRequest;
  private readonly asked: ObjectAsked;
  private readonly listener: BackendListener;
  private readonly home: CallHome;
  private readonly controller = new AbortController();
  private readonly early = new WaitingBody();
  /** Undefined: it is being signed. */
  private call: BackendCall | undefined = undefined;
  private sent: SignedRequest | undefined = undefined;
  private method: string;
  private again = true;
  private waits = false;
  private ended = false;
  private paused = false;
  private over = false;
  /** The head of an error, while its body comes. */
  private error: { readonly status: number; readonly headers: RawHeaders } | undefined = undefined;
  private xml = "";

  constructor(request: BackendRequest, asked: ObjectAsked, listener: BackendListener, home: CallHome) {
    this.request = request;
    this.asked = asked;
    this.listener = listener;
    this.home = home;
    this.method = asked.method;
  }

  begin(): this {
    const { home, asked, controller } = this;
    const signable = { ...home.signable(asked), method: this.method };
    home.service.sign(signable, controller.signal).then(
      (sent) => {
        if (!this.over) this.send(sent);
      },
      (error: unknown) => this.fail("bucket_refused", messageOf(error), true),
    );
    return this;
  }

  write(chunk: Uint8Array): boolean {
    // A request that is sent without a body has none, whatever its client sends: on the connection it would be the next request.
    if (this.over || this.asked.framing <= 0) return true;
    if (this.call !== undefined && this.pass(chunk)) return true;
    if (this.call === undefined) this.early.keep(chunk);
    this.waits = true;
    return false;
  }

  end(): void {
    this.ended = true;
    this.finishBody();
  }

  pause(): void {
    this.paused = true;
    this.call?.pause();
  }

  resume(): void {
    this.paused = false;
    this.call?.resume();
  }

  allowSilence(): void {
    this.call?.allowSilence();
  }

  abort(): void {
    if (this.over) return;
    this.finish();
    this.controller.abort();
    this.call?.abort();
  }

  onRequestDrain(): void {
    this.waits = false;
    if (!this.over) this.listener.onRequestDrain();
  }

  onInform(status: number, reason: string, headers: RawHeaders): void {
    if (status === 100) this.listener.onInform(status, reason, headers);
  }

  onHead(status: number, reason: string, headers: RawHeaders, framing: number): void {
    if (this.over) return;
    if (status >= 300 && status !== 304) {
      this.error = { status, headers };
      this.waitForError();
      return;
    }
    this.home.service.heard({ date: headerLines(headers, "date")[0], error: "" }, this.sent as SignedRequest);
    this.home.answered();
    if (this.method === this.asked.method) {
      this.listener.onHead(status, reason, objectFields(headers), framing);
      return;
    }
    // It was asked for what its head would not say; this one does, and nobody wants the body.
    this.finish();
    this.call?.abort();
    this.listener.onHead(status, reason, objectFields(headers), NO_BODY);
    this.listener.onEnd(undefined);
  }

  onUpgrade(): void {
    this.fail("upstream_invalid", "a bucket switched protocols", false);
    this.call?.abort();
  }

  onData(chunk: Uint8Array): void {
    if (this.over) return;
    if (this.error === undefined) this.listener.onData(chunk);
    else {
      this.xml += Buffer.from(chunk.subarray(0, MAX_ERROR_BYTES)).toString("latin1");
      if (this.xml.length >= MAX_ERROR_BYTES) this.onDeadline();
    }
  }

  /** Trailers are no fields of an object. */
  onEnd(): void {
    if (this.over) return;
    if (this.error !== undefined) this.settle(this.error.status, this.error.headers);
    else {
      this.finish();
      this.listener.onEnd(undefined);
    }
  }

  /** Of an error enough came, or took long enough: it is what came of it. */
  onDeadline(): void {
    const { call, error } = this;
    if (this.over || error === undefined) return;
    call?.abort();
    this.settle(error.status, error.headers);
  }

  onError(code: BackendErrorCode, message: string, untouched: boolean): void {
    this.fail(code, message, untouched);
  }

  private send(sent: SignedRequest): void {
    const { request, asked, home } = this;
    this.sent = sent;
    // Host is the upstream's own, and what was signed.
    const { host: _host, ...headers } = sent.headers;
    const chunked = sent.headers["x-amz-decoded-content-length"] !== undefined;
    const length = chunked || asked.framing < 0 ? [] : ["content-length", String(asked.framing)];
    const framing = chunked ? Number(sent.headers["content-length"]) : asked.framing;
    const call = home.http.open(
      {
        ...{ method: this.method, target: sent.target, framing, upgrade: false },
        headers: [...Object.entries(headers).flat(), ...asked.unsigned, ...length],
        ...{ retryable: request.retryable, timeoutMs: request.timeoutMs, tries: request.tries },
        ...(request.served === undefined ? {} : { served: request.served }),
      },
      this,
    );
    if (this.over) return;
    this.call = call;
    if (this.paused) call.pause();
    let taken = true;
    for (const chunk of this.early.take()) taken = this.pass(chunk);
    if (this.ended) this.finishBody();
    else if (this.waits && taken) this.onRequestDrain();
  }

  /** False: wait for the drain. */
  private pass(chunk: Uint8Array): boolean {
    const { call, sent } = this;
    if (call === undefined) return false;
    if (sent?.chunks === undefined) return call.write(chunk);
    let taken = true;
    sent.chunks.push(chunk, (bytes) => {
      taken = call.write(bytes);
    });
    return taken;
  }

  private finishBody(): void {
    const { call, sent } = this;
    if (call === undefined || this.over) return;
    sent?.chunks?.end((bytes) => call.write(bytes));
    call.end(undefined);
  }

  /** The client's answer has not begun: the time for that holds on. */
  private waitForError(): void {
    const { home, request } = this;
    const ms = request.timeoutMs ?? home.timeoutMs;
    if (ms <= 0) return;
    this.deadlineMs = home.deadlines.in(ms);
    home.deadlines.add(this);
  }

  /** The error is there. */
  private settle(status: number, headers: RawHeaders): void {
    this.home.deadlines.remove(this);
    const name = errorName(this.xml);
    const date = headerLines(headers, "date")[0];
    const { asked, home } = this;
    const mayPass = home.service.heard({ date, error: name }, this.sent as SignedRequest);
    const bodyless = asked.framing <= 0;
    if (bodyless && mayPass && this.again && status >= 400 && status <= 403) {
      this.again = false;
      this.anew(this.method);
      return;
    }
    if (this.method === "HEAD" && (status === 400 || status === 403)) {
      this.anew("GET");
      return;
    }
    if (name === CLOCK_IS_OFF && mayPass) {
      // Its body is gone; the next one is signed by the bucket's clock.
      this.fail("bucket_busy", `${errorWords(status, name, headers)}; it is corrected by S3's Date`, true);
      return;
    }
    const error = objectError(status, name);
    if (error.kind === "failure") {
      this.fail(error.code, errorWords(status, name, headers), error.untouched);
      return;
    }
    home.answered();
    this.finish();
    const details = name === "" || error.code === "object_missing" ? undefined : [{ code: name }];
    giveRefusal(this.request, this.listener, error.code, errorFields(error.code, headers), details);
  }

  private anew(method: string): void {
    this.method = method;
    this.error = undefined;
    this.xml = "";
    this.call = undefined;
    this.begin();
  }

  private fail(code: BackendErrorCode, detail: string, untouched: boolean): void {
    if (this.over) return;
    this.finish();
    this.home.failed(code, detail);
    this.listener.onError(code, detail, untouched);
  }

  private finish(): void {
    this.over = true;
    this.home.deadlines.remove(this);
    this.early.take();
    this.sent?.chunks?.drop();
  }
}

/** What a request that is not asked for gets. */
export function refuseObject(
  request: BackendRequest,
  { code, allowed }: ObjectRefused,
  listener: BackendListener,
): BackendCall {
  giveRefusal(request, listener, code, [], undefined, allowed);
  return NO_CALL;
}
