import type { BackendCall, BackendErrorCode, BackendListener } from "../backends/contract.ts";
import type { CapturedAnswer } from "../compare/contract.ts";
import type { Deadlines, Timed } from "../domain/deadlines.ts";
import { withTrailers } from "../domain/grpc.ts";
import type { RawHeaders } from "../domain/message.ts";
import type { Side } from "../domain/position.ts";
import type { Open, SideRequest } from "../layers/contract.ts";
import { targetOf } from "../routing/decide.ts";
import { headBytes, KeptBytes } from "../wire/kept-bytes.ts";
import type { ShadowTap } from "./shadow-tap.ts";

/** How a shadow went: the answer, or "shed" when the bytes of its answer passed the budget. */
export type ShadowResult = CapturedAnswer | "shed";

/** What makes an answer one about the client's own copy, or a part (RFC 9110 §13.1, §14.2): where the method only reads. */
const CONDITIONS: ReadonlySet<string> = new Set([
  "if-match",
  "if-modified-since",
  "if-none-match",
  "if-range",
  "if-unmodified-since",
  "range",
]);

/**
 * The request as a shadow: for the other side, marked, with nothing left to expect, and no Upgrade: the serving side did not
 * take it up. What only reads is asked for the whole:
 * each side has its own validators, so that conditions would be answered differently by two sides that have the same.
 */
function shadowRequest(request: SideRequest, side: Side): { asked: SideRequest; whole: boolean } {
  const reads = request.method === "GET" || request.method === "HEAD";
  const headers: string[] = [];
  let whole = false;
  for (let i = 0; i < request.headers.length; i += 2) {
    const name = request.headers[i] as string;
    const lower = name.toLowerCase();
    if (lower === "expect" || lower === "upgrade") continue;
    if (reads && CONDITIONS.has(lower)) {
      whole = true;
      continue;
    }
    headers.push(name, request.headers[i + 1] as string);
  }
  headers.push("x-fig-shadow", "1");
  return { asked: { ...request, headers, target: targetOf(request.decision, side) }, whole };
}

/** Sends one shadow and captures its answer, within the route's timeout from first to last byte. */
export class ShadowCall implements BackendListener, Timed {
  deadlineMs: number;
  deadlineAt = -1;
  readonly tap: ShadowTap;
  readonly side: Side;
  readonly startMicros: number;
  private readonly deadlines: Deadlines;
  private readonly done: (call: ShadowCall, result: ShadowResult) => void;
  private readonly call: BackendCall;
  private readonly maxBodyBytes: number;
  private status = 0;
  private headers: RawHeaders = [];
  private answer = new KeptBytes();
  /** Of the request's body, what is not written yet. */
  private readonly unsent: Iterator<Uint8Array>;
  private ended = false;
  private tooLarge = false;
  /** As the side sent them, where the route's edits change them; undefined: nothing did. */
  sentHeaders: RawHeaders | undefined = undefined;
  /** It is asked for more than the client was: its latency is not the request's. */
  readonly whole: boolean;
  /** It came to a result, or was given up. */
  over = false;

  constructor(
    tap: ShadowTap,
    side: Side,
    open: Open,
    deadlines: Deadlines,
    startMicros: number,
    done: (call: ShadowCall, result: ShadowResult) => void,
  ) {
    const { live } = tap.decision;
    const { maxBodyBytes } = live.definition.shadow;
    const timeoutMs = tap.shadowMs;
    this.tap = tap;
    this.side = side;
    this.deadlines = deadlines;
    this.startMicros = startMicros;
    this.done = done;
    this.maxBodyBytes = maxBodyBytes;
    this.deadlineMs = timeoutMs > 0 ? deadlines.in(timeoutMs) : Number.POSITIVE_INFINITY;
    deadlines.add(this);
    const { asked, whole } = shadowRequest(tap.request, side);
    this.whole = whole;
    const heard = (sent: RawHeaders) => {
      this.sentHeaders = sent;
    };
    this.unsent = tap.requestBody[Symbol.iterator]();
    this.call = open({ ...asked, heard }, this);
    this.writeOn();
  }

  /** Gives it up without a word. */
  cancel(): void {
    if (this.over) return;
    this.over = true;
    this.deadlines.remove(this);
    this.call.abort();
  }

  onDeadline(): void {
    this.call.abort();
    this.end({ kind: "failure", code: "timeout" });
  }

  onRequestDrain(): void {
    this.writeOn();
  }

  onInform(): void {}

  onUpgrade(): void {
    this.call.abort();
    this.end({ kind: "failure", code: "upstream_invalid" });
  }

  onHead(status: number, _reason: string, headers: RawHeaders): void {
    this.status = status;
    this.headers = headers;
    if (this.tap.eventStream) this.call?.allowSilence();
    if (!this.tap.reserve(headBytes(headers))) this.shed();
  }

  onData(chunk: Uint8Array): void {
    if (this.over) return;
    const { answer, tap } = this;
    if (answer.bytes + chunk.length > this.maxBodyBytes) {
      this.tooLarge = true;
      this.answer = new KeptBytes();
      // What comes behind the bound would be read for nothing, and may have no end.
      this.call.abort();
      this.onEnd();
    } else if (!answer.keep(chunk, tap.reserve)) {
      this.shed();
    }
  }

  onEnd(trailers?: RawHeaders): void {
    const { status, answer, tooLarge } = this;
    const headers = trailers === undefined ? this.headers : withTrailers(this.headers, trailers);
    const { chunks: body, bytes: bodyBytes } = answer;
    this.end({ kind: "answer", status, headers, body, bodyBytes, tooLarge });
  }

  onError(code: BackendErrorCode): void {
    this.end({ kind: "failure", code });
  }

  /** As much as is taken: the socket's copies are in no budget. */
  private writeOn(): void {
    // It may be asked for more before `open` has returned.
    if (this.over || this.call === undefined || this.ended) return;
    for (let next = this.unsent.next(); next.done !== true; next = this.unsent.next()) {
      if (!this.call.write(next.value)) return;
      if (this.over) return;
    }
    this.ended = true;
    this.call.end(this.tap.requestTrailers);
  }

  private shed(): void {
    this.call.abort();
    this.end("shed");
  }

  private end(result: ShadowResult): void {
    if (this.over) return;
    this.over = true;
    this.deadlines.remove(this);
    this.done(this, result);
  }
}
