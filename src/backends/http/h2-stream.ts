import { STATUS_CODES } from "node:http";
import { type ClientHttp2Stream, type ClientSessionRequestOptions, constants } from "node:http2";
import { addAbortSignal, Readable } from "node:stream";
import type { Timed } from "../../domain/deadlines.ts";
import { headerLines } from "../../domain/headers.ts";
import { CHUNKED, NO_BODY, type RawHeaders } from "../../domain/message.ts";
import { writeParts } from "../../wire/blocks.ts";
import { parseLength } from "../../wire/grammar.ts";
import { isFieldName, isFieldValue, lowered, objectOf } from "../../wire/h2-fields.ts";
import type { ReadMemory } from "../../wire/read-memory.ts";
import type { BackendErrorCode, BackendOptions, BackendRequest } from "../contract.ts";
import type { Carrier, ConnectionUser, SentRequest } from "./connection-contract.ts";
import { requestFields } from "./h2-request.ts";

const { NGHTTP2_FLAG_END_STREAM, NGHTTP2_NO_ERROR, NGHTTP2_PROTOCOL_ERROR, NGHTTP2_REFUSED_STREAM } =
  constants;
/** Written at once. A stream counts a piece as taken when all of it is: of a large one a slow server would seem to take nothing. */
const PIECE_BYTES = 16 * 1024;
/** Informational answers before the final one. */
const MAX_INFORMS = 32;
/** How long the last bytes of a request may take whose client has gone. */
const LEAVE_MS = 5_000;

/** Resets a stream with CANCEL, by node:http2's own error. Its close() would end the request first, and a part of it would look complete. */
const CANCELLED = cancelled();

function cancelled(): Error {
  const readable = new Readable({ read() {} });
  readable.on("error", () => {});
  addAbortSignal(AbortSignal.abort(), readable);
  return readable.errored as Error;
}

/** The connection that a stream belongs to. */
export interface StreamHome {
  readonly scheme: "http" | "https";
  readonly options: BackendOptions;
  readonly memory: ReadMemory;
  /** Why it ended under its requests; undefined: it did not. */
  readonly lost: string | undefined;
  /** A stream's HEADERS; undefined: the connection takes none any more. */
  begin(fields: readonly string[], options: ClientSessionRequestOptions): ClientHttp2Stream | undefined;
  /** Something came from the server. */
  heard(): void;
  /** A stream that was begun is closed. */
  ended(): void;
  /** One that waits does not any more. */
  leave(stream: UpstreamStream): void;
  /** A request is given up. */
  cancelled(): void;
  /** The server goes away without having looked at the stream. */
  isBeyond(id: number | undefined): boolean;
}

/** One request to an upstream over HTTP/2. */
export class UpstreamStream implements Carrier, Timed {
  deadlineMs = Number.POSITIVE_INFINITY;
  deadlineAt = -1;
  readonly session: StreamHome;
  /** Undefined once it is told no more. */
  private user: ConnectionUser | undefined;
  private stream: ClientHttp2Stream | undefined = undefined;
  /** The server has, or may have, done something about the request. */
  private processed = false;
  private reading = false;
  private paused = false;
  private answered = false;
  private complete = false;
  private requestDone = false;
  private awaitingDrain = false;
  private method = "";
  private informs = 0;
  /** Of the answer's body, as its content-length says; Infinity: it does not. */
  private left = 0;
  private responseMs = 0;
  private idleMs = 0;
  private requestTrailers: RawHeaders | undefined = undefined;
  private trailers: string[] | undefined = undefined;
  /** Why it was reset from here; undefined: it was not. */
  private failure: readonly [BackendErrorCode, string] | undefined = undefined;

  constructor(session: StreamHome, user: ConnectionUser) {
    this.session = session;
    this.user = user;
  }

  get unsent(): string | undefined {
    return this.processed ? undefined : "";
  }

  /** What it waited for is there. */
  ready(): void {
    this.user?.onConnected();
  }

  /** It has not begun, and does not here. */
  moved(carrier: Carrier | undefined): void {
    this.takeUser()?.onMoved(carrier);
  }

  /** Whoever waits for it. */
  takeUser(): ConnectionUser | undefined {
    const { user } = this;
    this.user = undefined;
    return user;
  }

  send(sent: SentRequest): void {
    const { session } = this;
    const { request, hasBody, responseMs } = sent;
    this.method = request.method;
    this.requestDone = !hasBody;
    this.responseMs = responseMs;
    const stream = session.begin(requestFields(sent, session.scheme), {
      endStream: !hasBody,
      waitForTrailers: hasBody && announcesTrailers(request),
    });
    if (stream === undefined) {
      this.fail("upstream_refused", "the connection takes no further request", true);
      return;
    }
    this.stream = stream;
    this.processed = true;
    session.memory.streams.add(stream);
    session.options.deadlines.add(this);
    this.touch();
    stream.on("headers", (_headers, _flags, list: unknown) => this.onInform(list as string[]));
    stream.on("response", (_headers, flags, list: unknown) => this.onResponse(list as string[], flags));
    stream.on("trailers", (_headers, _flags, list: unknown) => {
      this.trailers = list as string[];
    });
    stream.on("wantTrailers", () => this.sendTrailers());
    // Its close tells.
    stream.on("error", () => {});
    stream.on("close", () => this.onClose(stream));
  }

  write(chunk: Uint8Array): boolean {
    const { stream } = this;
    if (stream === undefined || stream.destroyed || stream.writableEnded) return true;
    this.touch();
    let more = true;
    for (let at = 0; at < chunk.length; at += PIECE_BYTES)
      more = writeParts(stream, "", chunk.subarray(at, at + PIECE_BYTES), "");
    if (!more && !this.awaitingDrain) {
      this.awaitingDrain = true;
      stream.once("drain", () => {
        this.awaitingDrain = false;
        this.session.heard();
        this.touch();
        this.user?.onWritable();
      });
    }
    return more;
  }

  writeChunked(chunk: Uint8Array): boolean {
    return this.write(chunk);
  }

  finish(trailers: RawHeaders | undefined): void {
    this.requestDone = true;
    this.requestTrailers = trailers;
    this.stream?.end();
  }

  pause(): void {
    if (this.paused) return;
    this.paused = true;
    if (this.reading) this.stream?.pause();
    this.touch();
  }

  resume(): void {
    if (!this.paused) return;
    this.paused = false;
    if (this.reading) this.stream?.resume();
    this.touch();
  }

  allowSilence(): void {
    this.idleMs = this.session.options.upgradeIdleMs;
    this.touch();
  }

  destroy(): void {
    this.user = undefined;
    this.cancel();
  }

  abandon(): void {
    this.user = undefined;
    const { stream } = this;
    if (stream === undefined || this.complete) {
      this.cancel();
      return;
    }
    this.deadlineMs = this.session.options.deadlines.in(LEAVE_MS);
    // A reset takes the place of frames that are not written yet, the head's too.
    const later = () => void setImmediate(() => this.cancel());
    if (stream.writableFinished) later();
    else stream.once("finish", later);
  }

  onDeadline(): void {
    if (this.user === undefined) this.cancel();
    else if (!this.answered) this.give("upstream_timeout", "no answer in time");
    else this.give("upstream_body_idle", `no body bytes for ${this.idleMs} ms`);
  }

  /** The session ends: what it did not begin is told by it. */
  fail(code: BackendErrorCode, message: string, untouched: boolean): void {
    const user = this.takeUser();
    this.stopClock();
    user?.onBroken(code, message, untouched);
  }

  private cancel(): void {
    const { stream } = this;
    this.stopClock();
    if (stream === undefined) this.session.leave(this);
    else if (!stream.destroyed) {
      this.session.cancelled();
      stream.destroy(CANCELLED);
    }
  }

  /** Resets it, and tells why. */
  private give(code: BackendErrorCode, message: string): void {
    this.failure = [code, message];
    this.fail(code, message, false);
    this.cancel();
  }

  private onInform(fields: readonly string[]): void {
    const { user } = this;
    if (user === undefined) return;
    this.session.heard();
    const head = answerOf(fields);
    if (head === undefined || head.status === 101 || ++this.informs > MAX_INFORMS)
      this.give("upstream_invalid", "the upstream sent an informational answer that is none");
    else user.onInform(head.status, reasonOf(head.status), head.headers);
  }

  private onResponse(fields: readonly string[], flags: number): void {
    const { stream, user } = this;
    if (user === undefined || stream === undefined) return;
    this.session.heard();
    const head = answerOf(fields);
    if (head === undefined || head.status < 200) {
      this.give("upstream_invalid", "the upstream sent a head that is none");
      return;
    }
    const { status, headers, length } = head;
    const ended = (flags & NGHTTP2_FLAG_END_STREAM) !== 0;
    const bodiless = this.method === "HEAD" || status === 204 || status === 304;
    // An answer that ends with its head is one without a body, over HTTP/1.1 too.
    if (ended && !bodiless && length < 0) headers.push("content-length", "0");
    const framing = bodiless ? NO_BODY : ended ? 0 : length >= 0 ? length : CHUNKED;
    this.answered = true;
    this.left = framing >= 0 ? framing : Number.POSITIVE_INFINITY;
    this.idleMs = this.session.options.bodyIdleMs;
    this.touch();
    user.onHead(status, reasonOf(status), headers, framing);
    if (this.user === undefined || stream.destroyed) return;
    stream.on("end", () => this.onEnd(stream));
    stream.on("data", (chunk: Buffer) => {
      this.session.heard();
      this.touch();
      this.left -= chunk.length;
      if (!bodiless) this.user?.onData(chunk);
      this.session.memory.onChunk(chunk);
    });
    this.reading = true;
    if (this.paused) stream.pause();
  }

  private onEnd(stream: ClientHttp2Stream): void {
    // Its close tells. NO_ERROR is no failure: servers of node:http2 end answers by it whose requests they did not read.
    if (stream.rstCode !== NGHTTP2_NO_ERROR || this.complete) return;
    if (this.left > 0 && this.left !== Number.POSITIVE_INFINITY) {
      this.give("upstream_invalid", "the answer is shorter than its content-length");
      return;
    }
    this.complete = true;
    this.stopClock();
    const user = this.takeUser();
    // The rest of the request is of no use to anybody (RFC 9113 §8.1).
    if (!this.requestDone) stream.destroy(CANCELLED);
    user?.onEnd(this.trailers);
  }

  private onClose(stream: ClientHttp2Stream): void {
    const { session } = this;
    session.memory.streams.delete(stream);
    this.stopClock();
    if (!this.complete && !this.answered && this.failure === undefined)
      if (stream.rstCode === NGHTTP2_REFUSED_STREAM || session.isBeyond(stream.id)) this.processed = false;
    session.ended();
    if (this.user === undefined) return;
    const lost = session.lost;
    if (!this.processed) this.fail("upstream_refused", "the upstream refused the stream", true);
    else if (lost !== undefined) this.fail("upstream_reset", lost, !this.answered);
    else if (stream.rstCode === NGHTTP2_PROTOCOL_ERROR)
      this.fail("upstream_invalid", "the stream broke off with PROTOCOL_ERROR", false);
    else this.fail("upstream_reset", `the stream was reset with ${errorName(stream.rstCode)}`, false);
  }

  private sendTrailers(): void {
    const { stream, requestTrailers } = this;
    if (stream === undefined || stream.destroyed) return;
    try {
      stream.sendTrailers(requestTrailers === undefined ? {} : objectOf(lowered(requestTrailers, []), {}));
    } catch {
      this.give("upstream_invalid", "the request's trailers cannot be written");
    }
  }

  /** Restarts the clock: the answer's, while the request flows too, or its body's. */
  private touch(): void {
    if (this.user === undefined) return;
    const ms = this.answered ? (this.paused ? 0 : this.idleMs) : this.responseMs;
    this.deadlineMs = ms > 0 ? this.session.options.deadlines.in(ms) : Number.POSITIVE_INFINITY;
  }

  private stopClock(): void {
    this.deadlineMs = Number.POSITIVE_INFINITY;
    this.session.options.deadlines.remove(this);
  }
}

/** HTTP/2 has none; clients of HTTP/1.1 are used to one. */
const reasonOf = (status: number): string => STATUS_CODES[status] ?? "";

/** A head's status and fields; undefined: it is malformed. node:http2 checks this too; what reaches an HTTP/1.1 client is not left to it. */
function answerOf(fields: readonly string[]) {
  let status = 0;
  let length = -1;
  const headers: string[] = [];
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i] as string;
    const value = fields[i + 1] as string;
    if (name === ":status") {
      if (status !== 0 || !/^[1-9]\d\d$/.test(value)) return undefined;
      status = Number(value);
      continue;
    }
    if (!isFieldName(name) || !isFieldValue(value)) return undefined;
    if (name === "content-length") {
      if (length >= 0) return undefined;
      length = parseLength(value);
      if (length < 0) return undefined;
    }
    headers.push(name, value);
  }
  return status === 0 ? undefined : { status, headers, length };
}

function announcesTrailers({ headers, framing }: BackendRequest): boolean {
  return framing === CHUNKED && headerLines(headers, "trailer").length > 0;
}

/** Of RFC 9113 §7, in their order. */
const ERROR_NAMES = [
  ...["NO_ERROR", "PROTOCOL_ERROR", "INTERNAL_ERROR", "FLOW_CONTROL_ERROR", "SETTINGS_TIMEOUT"],
  ...["STREAM_CLOSED", "FRAME_SIZE_ERROR", "REFUSED_STREAM", "CANCEL", "COMPRESSION_ERROR"],
  ...["CONNECT_ERROR", "ENHANCE_YOUR_CALM", "INADEQUATE_SECURITY", "HTTP_1_1_REQUIRED"],
];

export function errorName(code: number): string {
  return ERROR_NAMES[code] ?? String(code);
}
