import type { ByteBudget } from "../../domain/byte-budget.ts";
import type { Deadlines, Timed } from "../../domain/deadlines.ts";
import { isUnavailable } from "../../domain/grpc.ts";
import { NO_BODY, type RawHeaders } from "../../domain/message.ts";
import type { Retries, RetryCause } from "../../domain/upstream.ts";
import { KeptBody } from "../../wire/kept-body.ts";
import type { BackendCall, BackendErrorCode, BackendListener, BackendRequest } from "../contract.ts";
import type { HttpCall } from "./call.ts";
import type { Member } from "./member.ts";

/** A request's body is kept up to this, so that it can be sent again; a request with a longer one is tried once. */
const MAX_RETRIED_BYTES = 256 * 1024;
/**
 * Before the first further try at an address that had one, ms; doubled each further time. A part of it is chance, so that requests
 * which failed together do not come back together.
 */
const RETRY_PAUSE_MS = 50;
/** No pause is longer. */
const MAX_RETRY_PAUSE_MS = 400;

const CAUSES: Partial<Record<BackendErrorCode, RetryCause>> = {
  upstream_refused: "connect",
  upstream_connect_timeout: "connect",
  upstream_reset: "reset",
  upstream_timeout: "timeout",
};

/** The upstream whose requests are tried again. */
export interface RetryHome {
  readonly name: string;
  readonly retries: Retries;
  /** Of kept bodies; undefined: none is kept. */
  readonly bodies: ByteBudget | undefined;
  readonly deadlines: Deadlines;
  /** 0 to 1. */
  readonly random: () => number;
  ask(request: BackendRequest, listener: BackendListener, tried: Set<Member> | undefined): HttpCall;
  hasOther(tried: ReadonlySet<Member>): boolean;
  /** Takes one retry from the budget, and counts it; false: it is spent. */
  takeRetry(): boolean;
}

/**
 * A request that may be sent twice, and is: when no answer came, or one that says that another server may do better, as long as
 * no byte of an answer went on. The next try goes to a member that had none, if there is one, and after a short pause to one that had.
 */
export class RetriedCall implements BackendCall, BackendListener, Timed {
  deadlineMs = Number.POSITIVE_INFINITY;
  deadlineAt = -1;
  private readonly request: BackendRequest;
  private readonly listener: BackendListener;
  private readonly home: RetryHome;
  private readonly body: KeptBody | undefined;
  /** Undefined while `home.ask` runs, and in a pause. */
  private call: HttpCall | undefined = undefined;
  private tried: Set<Member> | undefined = undefined;
  private left: number;
  /** No byte of an answer went on. */
  private undecided = true;
  private ending: { readonly trailers: RawHeaders | undefined } | undefined = undefined;
  private paused = false;
  private maySilent = false;
  private pauses = 0;
  /** A byte of the request was sent, in any try. */
  private sent = false;

  constructor(request: BackendRequest, listener: BackendListener, home: RetryHome) {
    this.request = request;
    this.listener = listener;
    this.home = home;
    this.left = home.retries.attempts;
    if (request.framing !== NO_BODY && request.framing !== 0) {
      if (home.bodies === undefined) this.left = 0;
      else this.body = new KeptBody(home.bodies, MAX_RETRIED_BYTES);
    }
    this.call = home.ask(request, this, undefined);
  }

  write(chunk: Uint8Array): boolean {
    if (this.undecided) this.body?.keep(chunk);
    return this.call?.write(chunk) ?? true;
  }

  end(trailers: RawHeaders | undefined): void {
    this.ending = { trailers };
    this.call?.end(trailers);
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
    this.maySilent = true;
    this.call?.allowSilence();
  }

  abort(): void {
    this.settle();
    this.home.deadlines.remove(this);
    this.call?.abort();
  }

  onRequestDrain(): void {
    this.listener.onRequestDrain();
  }

  onInform(status: number, reason: string, headers: RawHeaders): void {
    // 100 is about the request; any other is the first byte of an answer.
    if (status !== 100) this.settle();
    this.listener.onInform(status, reason, headers);
  }

  onHead(status: number, reason: string, headers: RawHeaders, framing: number): void {
    this.sent = true;
    const { member } = this.call ?? {};
    const unavailable = this.isCause("unavailable") && isUnavailable(status, headers, framing);
    if ((unavailable || this.isCause(status)) && this.again()) {
      const { name: upstream } = this.home;
      const result = unavailable ? "unavailable" : String(status);
      const tried = { upstream, address: member?.address ?? "", result };
      this.request.served?.onTry(tried);
      this.request.tries?.onTry(tried);
      return;
    }
    this.settle();
    this.listener.onHead(status, reason, headers, framing);
  }

  onUpgrade(status: number, reason: string, headers: RawHeaders): void {
    this.settle();
    this.listener.onUpgrade(status, reason, headers);
  }

  onData(chunk: Uint8Array): void {
    this.listener.onData(chunk);
  }

  onEnd(trailers: RawHeaders | undefined): void {
    this.listener.onEnd(trailers);
  }

  onError(code: BackendErrorCode, message: string, untouched: boolean): void {
    if (!untouched) this.sent = true;
    if (this.isCause(CAUSES[code]) && this.again()) return;
    this.settle();
    this.listener.onError(code, message, !this.sent);
  }

  onLeft(taken: boolean | undefined): void {
    this.listener.onLeft?.(taken);
  }

  private isCause(cause: RetryCause | number | undefined): boolean {
    return this.home.retries.on.some((one) => one === cause);
  }

  /** Asks once more; false: what came stands. */
  private again(): boolean {
    const { call, body, home } = this;
    // Without a member there was no try: nothing could be reached.
    if (!this.undecided || this.left === 0 || call?.member === undefined) return false;
    if (body?.whole === false || !home.takeRetry()) return false;
    this.left--;
    call.abort();
    this.tried ??= new Set();
    this.tried.add(call.member);
    this.call = undefined;
    // All had their turn: whoever stands behind one address may be another the next time.
    const inTurn = home.hasOther(this.tried);
    if (!inTurn) this.tried = new Set();
    // What still comes of a body has to go somewhere.
    const coming = this.body !== undefined && this.ending === undefined;
    if (coming || (inTurn && this.pauses === 0)) this.askAgain();
    else this.waitALittle();
    return true;
  }

  private waitALittle(): void {
    const { deadlines, random } = this.home;
    const most = Math.min(RETRY_PAUSE_MS * 2 ** this.pauses++, MAX_RETRY_PAUSE_MS);
    this.deadlineMs = deadlines.in(most * (0.5 + random() / 2));
    deadlines.add(this);
  }

  onDeadline(): void {
    this.home.deadlines.remove(this);
    this.askAgain();
  }

  private askAgain(): void {
    const { body, home, request, listener } = this;
    const next = home.ask(request, this, this.tried);
    this.call = next;
    if (!this.undecided) return;
    if (this.maySilent) next.allowSilence();
    const chunks = body?.chunks ?? [];
    let taken = true;
    for (const chunk of chunks) taken = next.write(chunk);
    if (this.ending !== undefined) next.end(this.ending.trailers);
    // The first may have asked to wait, and will not ask for more.
    else if (chunks.length > 0 && taken) listener.onRequestDrain();
    if (this.paused) next.pause();
  }

  private settle(): void {
    this.undecided = false;
    this.body?.release();
  }
}
