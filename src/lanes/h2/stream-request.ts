import { constants, type Http2Session, type ServerHttp2Stream } from "node:http2";
import type { Deadlines, Timed } from "../../domain/deadlines.ts";
import { isGrpc } from "../../domain/grpc.ts";
import { CHUNKED, NO_BODY, type RawHeaders, UNTIL_CLOSE } from "../../domain/message.ts";
import { writeParts } from "../../wire/blocks.ts";
import { flushAtEndOfTurn, type Writer } from "../../wire/end-of-turn.ts";
import { lowered, objectOf } from "../../wire/h2-fields.ts";
import type { ReadMemory } from "../../wire/read-memory.ts";
import { WaitingBody } from "../../wire/waiting-body.ts";
import type { LaneHandler, LaneListener, LaneRequest, RequestHead } from "../contract.ts";
import type { Overhead } from "./overhead.ts";
import { HANDSHAKE_FIELDS, isAccepted } from "./websocket.ts";

const { NGHTTP2_CANCEL, NGHTTP2_NO_ERROR } = constants;
/** Resets the stream with INTERNAL_ERROR. Its close() would end it first, and what was sent would look complete. */
const BROKEN_OFF = new Error("the answer was broken off");

interface RespondOptions {
  readonly endStream: boolean;
  readonly waitForTrailers: boolean;
  readonly sendDate: false;
}

/** Parts of node:http2 that its types leave out. */
type RawStream = ServerHttp2Stream & {
  respond(headers: readonly string[] | Record<string, unknown>, options: RespondOptions): void;
};

/** A Date is the upstream's to give. */
const BODY = { endStream: false, waitForTrailers: false, sendDate: false } as const;
const HEAD_ONLY = { ...BODY, endStream: true } as const;
const TRAILED = { ...BODY, waitForTrailers: true } as const;

/** After an answer to a request whose body is still coming: how long the rest is read and thrown away. */
const LINGER_MS = 1000;
/** Written at once. The stream counts a piece as taken when all of it is: of a large one a slow reader would seem to take nothing. */
const PIECE_BYTES = 16 * 1024;

/** Pieces of a body that are smaller are joined: 6,500 of one byte come in one read, and what is handed on costs by its number. */
const JOIN_BYTES = 4 * 1024;

/** What a stream shares with the others of its connection. */
export interface StreamConnection {
  readonly memory: ReadMemory;
  readonly overhead: Overhead;
}

/** One request: one stream of an HTTP/2 connection. */
export class StreamRequest implements LaneRequest, Timed, Writer {
  deadlineMs = Number.POSITIVE_INFINITY;
  deadlineAt = -1;
  readonly head: RequestHead;
  private readonly stream: RawStream;
  private readonly session: Http2Session;
  private readonly deadlines: Deadlines;
  private readonly bodyIdleMs: number;
  private readonly memory: ReadMemory;
  private readonly listener: LaneListener;
  private reading = false;
  private paused = false;
  private bodyDone: boolean;
  /** Small pieces of this turn. */
  private readonly joined = new WaitingBody();
  private joining = false;
  private requestTrailers: string[] | undefined = undefined;
  private trailers: RawHeaders | undefined = undefined;
  /** What follows the body is sent before the stream may be closed. */
  private trailed = false;
  private awaitingDrain = false;
  private unread = 0;
  private ended = false;
  private lingering = false;
  /** The stream is a tunnel (RFC 8441): its silence is the upstream connection's to bound. */
  private tunnel = false;
  private over = false;

  constructor(
    stream: ServerHttp2Stream,
    head: RequestHead,
    handler: LaneHandler,
    deadlines: Deadlines,
    bodyIdleMs: number,
    { memory, overhead }: StreamConnection,
  ) {
    this.memory = memory;
    this.stream = stream as RawStream;
    this.session = stream.session as Http2Session;
    this.head = head;
    this.deadlines = deadlines;
    this.bodyIdleMs = bodyIdleMs;
    this.bodyDone = head.framing === NO_BODY || head.framing === 0;
    if (!this.bodyDone || head.upgrade) memory.streams.add(stream);
    // Of a stream that nobody reads node:http2 resets an answer whose end waits for the client's window: it would look broken off.
    if (this.bodyDone && !head.upgrade) stream.resume();
    if (!this.bodyDone) {
      // Of one that nobody paused or read it resets an answer that ends before the request.
      stream.pause();
      stream.on("trailers", (_headers, _flags, fields: string[]) => {
        this.requestTrailers = fields;
        overhead.onFields(fields);
      });
    }
    this.listener = handler(this);
    deadlines.add(this);
  }

  resume(): void {
    if (this.bodyDone || this.over) return;
    this.paused = false;
    this.touch();
    if (this.reading) {
      this.stream.resume();
      return;
    }
    this.reading = true;
    this.stream.on("data", (chunk: Buffer) => {
      this.touch();
      if (!this.over && !this.lingering) this.take(chunk);
      this.memory.onChunk(chunk);
    });
    this.stream.on("end", () => this.onBodyEnd());
    this.stream.resume();
  }

  /** Hands on what was joined. */
  flush(): void {
    if (!this.joining) return;
    this.joining = false;
    for (const chunk of this.joined.take()) if (!this.over) this.listener.onBody(chunk);
  }

  pause(): void {
    if (!this.reading || this.bodyDone) return;
    this.paused = true;
    this.touch();
    this.stream.pause();
  }

  inform(status: number, _reason: string, headers: RawHeaders): void {
    if (this.over || this.stream.headersSent) return;
    this.attempt(() => this.stream.additionalHeaders(objectOf(lowered(headers, []), { ":status": status })));
  }

  respond(status: number, _reason: string, headers: RawHeaders, framing: number, close: boolean): void {
    if (this.over) return;
    // The front door drains: GOAWAY, behind the requests of this connection that are under way.
    if (close && this.bodyDone) this.stream.session?.close();
    const fields = lowered(headers, [":status", String(status)]);
    // Of gRPC's trailers-only answers each field is the call's.
    if (framing === 0 && isGrpc(fields)) fields.splice(fields.indexOf("content-length"), 2);
    if (framing === NO_BODY || framing === 0) {
      this.sendHead(fields, HEAD_ONLY);
    } else if (framing === CHUNKED || framing === UNTIL_CLOSE) {
      this.trailed = true;
      this.sendHead(fields, TRAILED);
      this.stream.on("wantTrailers", () => this.sendTrailers());
    } else {
      this.sendHead(fields, BODY);
    }
  }

  upgrade(_status: number, _reason: string, headers: RawHeaders): void {
    if (this.over) return;
    if (!isAccepted(this.head.headers, headers)) {
      this.giveUp("upstream_invalid");
      return;
    }
    this.tunnel = true;
    this.bodyDone = false;
    this.sendHead(lowered(headers, [":status", "200"], HANDSHAKE_FIELDS), BODY);
  }

  write(chunk: Uint8Array): boolean {
    if (this.over) return true;
    let more = true;
    for (let at = 0; at < chunk.length; at += PIECE_BYTES)
      more = writeParts(this.stream, "", chunk.subarray(at, at + PIECE_BYTES), "");
    if (!more && !this.awaitingDrain) this.awaitDrain();
    return more;
  }

  end(trailers: RawHeaders | undefined): void {
    if (this.over) return;
    this.ended = true;
    this.trailers = trailers;
    this.stream.end();
    if (this.bodyDone || this.tunnel) return;
    if (this.trailed) return;
    if (this.stream.writableFinished) this.linger();
    else this.stream.once("finish", () => this.linger());
  }

  abort(): void {
    if (this.over) return;
    this.over = true;
    this.stopClock();
    // What a reset of TCP is there (RFC 8441 §5).
    if (this.tunnel) this.stream.close(NGHTTP2_CANCEL);
    else this.stream.destroy(BROKEN_OFF);
  }

  onDeadline(): void {
    if (this.over) return;
    if (this.lingering) {
      this.stream.close(NGHTTP2_NO_ERROR);
      return;
    }
    if (this.awaitingDrain) this.onUnread();
    else if (!this.bodyDone && !this.paused && this.reading) this.listener.onBodyStall();
  }

  /** The stream is closed. Whether all of its body has come. */
  onClose(): boolean {
    this.stopClock();
    this.memory.streams.delete(this.stream);
    if (this.over) return this.bodyDone;
    this.over = true;
    if (this.isAnswered() && (this.bodyDone || !this.tunnel)) this.listener.onDone();
    else this.listener.onAbort("client_left");
    return this.bodyDone;
  }

  /**
   * Whether all of the answer was sent. nghttp2 closes a stream whose request was read to its end before node:http2 says that its
   * answer is finished, and with bytes that node:http2 takes to be waiting still. One that is cut off has a code, or its session ended first.
   */
  private isAnswered(): boolean {
    const { stream, session } = this;
    if (!this.ended) return false;
    if (stream.writableFinished) return true;
    return stream.rstCode === NGHTTP2_NO_ERROR && !session.destroyed;
  }

  private sendTrailers(): void {
    const { stream, trailers } = this;
    if (stream.destroyed) return;
    this.attempt(() =>
      stream.sendTrailers(trailers === undefined ? {} : objectOf(lowered(trailers, []), {})),
    );
    if (!this.bodyDone) this.linger();
  }

  /**
   * The rest of the request is of no use to anybody (RFC 9113 §8.1), and thrown away for a while. A reset now could overtake the answer:
   * nghttp2 drops what it has not written yet of a stream that is to be reset.
   */
  private linger(): void {
    if (this.over || this.bodyDone) return;
    this.lingering = true;
    this.deadlineMs = this.deadlines.in(LINGER_MS);
    if (!this.reading) this.stream.on("data", (chunk: Buffer) => this.memory.onChunk(chunk));
    this.stream.resume();
  }

  private awaitDrain(): void {
    this.awaitingDrain = true;
    this.unread = this.stream.writableLength;
    this.touch();
    this.stream.once("drain", () => {
      this.awaitingDrain = false;
      this.touch();
      if (!this.over) this.listener.onDrain();
    });
  }

  /** The answer has waited for the client: a slow one is waited for, one that reads nothing at all is given up. */
  private onUnread(): void {
    const unread = this.stream.writableLength;
    if (unread < this.unread) {
      this.unread = unread;
      this.touch();
      return;
    }
    this.over = true;
    this.stopClock();
    this.stream.destroy(BROKEN_OFF);
    this.listener.onAbort("client_stalled");
  }

  private take(chunk: Buffer): void {
    if (chunk.length >= JOIN_BYTES) {
      this.flush();
      if (!this.over) this.listener.onBody(chunk);
      return;
    }
    this.joined.keep(chunk);
    if (this.joining) return;
    this.joining = true;
    flushAtEndOfTurn(this);
  }

  private onBodyEnd(): void {
    // A stream that was reset ends too, and its close tells.
    if (this.bodyDone || this.over || this.stream.aborted || this.stream.destroyed) return;
    if (this.lingering) return;
    this.flush();
    if (this.over) return;
    this.bodyDone = true;
    this.touch();
    this.listener.onBodyEnd(this.requestTrailers);
  }

  private sendHead(fields: readonly string[], options: RespondOptions): void {
    try {
      respondWith(this.stream, fields, options);
    } catch {
      this.giveUp("upstream_invalid");
    }
  }

  /** What node:http2 will not write is no answer; the process must not die of it. */
  private attempt(write: () => void): void {
    try {
      write();
    } catch {
      this.giveUp("upstream_invalid");
    }
  }

  private giveUp(code: string): void {
    if (this.over) return;
    this.abort();
    this.listener.onAbort(code);
  }

  private touch(): void {
    if (this.lingering) return;
    const reads = this.reading && !this.paused && !this.bodyDone;
    const waiting = !this.tunnel && (this.awaitingDrain || reads);
    const { bodyIdleMs } = this;
    this.deadlineMs =
      waiting && bodyIdleMs > 0 && !this.over ? this.deadlines.in(bodyIdleMs) : Number.POSITIVE_INFINITY;
  }

  private stopClock(): void {
    this.deadlineMs = Number.POSITIVE_INFINITY;
    this.deadlines.remove(this);
  }
}

const [MAJOR = 0, MINOR = 0] = process.versions.node.split(".").map(Number);
/** Before that Node takes no list of fields for an answer. */
const TAKES_LISTS = MAJOR > 24 || (MAJOR === 24 && MINOR >= 7) || (MAJOR === 22 && MINOR >= 20);

/** `fields`: `:status` first. */
function respondWith(stream: RawStream, fields: readonly string[], options: RespondOptions): void {
  stream.respond(TAKES_LISTS ? fields : objectOf(fields, {}), options);
}
