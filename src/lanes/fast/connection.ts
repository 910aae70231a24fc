import type { Socket } from "node:net";
import type { Timed } from "../../domain/deadlines.ts";
import { writeParts } from "../../wire/blocks.ts";
import type { ChunkedSink } from "../../wire/chunked.ts";
import { WireError } from "../../wire/fields.ts";
import { isFullRead, ReadGate } from "../../wire/read-gate.ts";
import type { LaneListener, Peer, RequestHead } from "../contract.ts";
import { Tunnel } from "../tunnel.ts";
import { nextLook, UnreadAnswer } from "../unread.ts";
import { type HandoverReason, readFastHead } from "./head.ts";
import { IncomingBody } from "./incoming-body.ts";
import type { FastConnectionOptions } from "./options.ts";
import { type AnsweredConnection, FastRequest } from "./request.ts";
import { UnreadBytes } from "./unread-bytes.ts";

/** After an answer to a request whose body is still coming: how long the rest is read and thrown away. */
const LINGER_MS = 2000;
/** Of pipelined requests, what is read ahead; past it the socket is paused until their turn. */
const MAX_WAITING_BYTES = 64 * 1024;

/** A client's connection while every request on it has the fast lane's narrow form. */
export class FastConnection implements AnsweredConnection, Timed, ChunkedSink {
  deadlineMs: number;
  deadlineAt = -1;
  private readonly socket: Socket;
  private readonly options: FastConnectionOptions;
  private readonly peer: Peer;
  private readonly body = new IncomingBody();
  private readonly gate: ReadGate;
  private request: FastRequest | undefined;
  private listener: LaneListener | undefined;
  /** Bytes behind the present request, or of a head that is not whole. */
  private readonly rest = new UnreadBytes();
  private flowing = false;
  private discarding = false;
  awaitingDrain = false;
  private unread: UnreadAnswer | undefined = undefined;
  /** A head has begun, and its clock with it. */
  private partial = false;
  /** socket.bytesWritten when the present request began: more means that its answer has begun. */
  private bytesBefore: number;
  /** The client sent its FIN. */
  private clientEnded = false;
  private over = false;
  private readonly onDrain = () => this.drained();
  private readonly onEnd = () => this.hearEnd();
  private readonly onClose = () => this.fail("client_left");
  private readonly onError = () => {};
  private readonly onData = (chunk: Buffer) => void (this.over || this.take(chunk));
  private readonly onSent = (error?: Error | null) => void (error ?? this.finish());

  constructor(socket: Socket, peer: Peer, options: FastConnectionOptions) {
    this.socket = socket;
    this.gate = new ReadGate(socket);
    this.bytesBefore = socket.bytesWritten;
    this.peer = peer;
    this.options = options;
    this.deadlineMs = this.after(options.headersMs);
    options.deadlines.add(this);
    socket.on("drain", this.onDrain);
    socket.on("end", this.onEnd);
    socket.on("close", this.onClose);
    socket.on("error", this.onError);
  }

  /** No request is under way. */
  get idle(): boolean {
    return this.request === undefined;
  }

  // What the request asks for.

  send(text: string): boolean {
    return this.over ? true : this.written(this.socket.write(text, "latin1"));
  }

  /** `bytes` are copied: they are the sender's only during the call. */
  sendParts(before: string, bytes: Uint8Array, after: string): boolean {
    return this.over ? true : this.written(writeParts(this.socket, before, bytes, after));
  }

  resumeBody(): void {
    this.flowing = true;
    if (this.listener === undefined) return;
    this.touch();
    this.gate.release();
    if (!this.body.whole) this.takeRest();
  }

  pauseBody(): void {
    this.flowing = false;
    if (this.body.whole) return;
    if (!this.awaitingDrain) this.deadlineMs = Number.POSITIVE_INFINITY;
    this.gate.hold();
  }

  /** The answer is 101: what comes behind the request is the tunnel's. */
  openTunnel(): AnsweredConnection {
    const { socket, listener, clientEnded, over } = this;
    if (over || listener === undefined) return this;
    const rest = this.rest.take();
    this.leave();
    return new Tunnel(socket, listener, rest, clientEnded);
  }

  breakOff(): void {
    if (this.over) return;
    this.leave();
    this.socket.destroy();
  }

  /** A write of TLS is never done at once, and asking for its end by an empty one costs as much again. */
  sendLast(text: string): void {
    if (this.over) return;
    if (this.peer.encrypted && this.listener !== undefined) {
      this.written(this.socket.write(text, "latin1", this.onSent));
    } else {
      this.send(text);
      this.onAnswered();
    }
  }

  /** The answer is whole, if not yet with the operating system. */
  onAnswered(): void {
    if (this.listener === undefined || this.over) return;
    if (this.socket.writableLength === 0) this.finish();
    else this.socket.write("", () => this.finish());
  }

  onDeadline(): void {
    const { request } = this;
    if (request === undefined) {
      if (this.rest.length > 0) this.brokenBody("request_timeout");
      else this.breakOff();
    } else if (this.discarding) {
      this.breakOff();
    } else if (this.awaitingDrain) {
      this.onUnread();
    } else if (!this.body.whole && this.flowing) {
      this.listener?.onBodyStall();
    }
  }

  onChunkData(data: Buffer): void {
    if (!this.discarding && !this.over) this.listener?.onBody(data);
  }

  /** Reads from the socket as it is, where it was not made to read into the shared buffer. */
  readStream(): void {
    if (!this.over) this.socket.on("data", this.onData);
  }

  /** What the socket brings; what is kept of it is copied. After a handover it is the stream's. False: read no more. */
  take(chunk: Buffer): boolean {
    if (this.over) return this.socket.push(Buffer.from(chunk));
    this.read(chunk);
    if (this.peer.encrypted) this.gate.onPiece(chunk.length);
    else if (isFullRead(chunk.length)) this.gate.onFullRead(chunk.length);
    return true;
  }

  private read(chunk: Buffer): void {
    if (this.request === undefined) {
      if (this.rest.length > 0) this.rest.keep(chunk);
      this.begin(this.rest.take() ?? chunk);
    } else if (this.body.whole) {
      this.keepPipelined(chunk);
    } else if (!this.flowing && !this.discarding) {
      // Nobody has asked for the body yet: it waits.
      this.rest.keep(chunk);
      this.gate.hold();
    } else {
      this.takeBody(chunk);
    }
  }

  /** A paused socket hears no end: reading goes on while little waits, so that a client that leaves is noticed. */
  private keepPipelined(chunk: Buffer): void {
    this.rest.keep(chunk);
    if (this.rest.length > MAX_WAITING_BYTES) this.gate.hold();
    else this.gate.release();
  }

  private takeRest(): void {
    const bytes = this.rest.take();
    if (bytes === undefined) return;
    this.read(bytes);
    this.rest.trim();
  }

  private begin(bytes: Buffer): void {
    const read = readFastHead(bytes, this.options.maxHeadBytes, this.peer);
    if (read === undefined) {
      if (!this.partial) this.deadlineMs = this.after(this.options.headersMs);
      this.partial = true;
      this.rest.keep(bytes);
    } else if (typeof read === "string") {
      this.handOver(bytes, read);
    } else {
      this.serve(read.head, read.close, read.bytes < bytes.length ? bytes.subarray(read.bytes) : undefined);
    }
  }

  /** Has a request answered; `behind` came with its head. */
  serve(head: RequestHead, close: boolean, behind: Buffer | undefined): void {
    this.partial = false;
    this.deadlineMs = Number.POSITIVE_INFINITY;
    this.body.begin(head.framing);
    this.flowing = false;
    // Copied only if this turn leaves any of it.
    if (behind !== undefined) this.rest.lend(behind);
    const request = new FastRequest(this, head, close);
    this.request = request;
    this.options.onTaken();
    this.listener = this.options.handler(request);
    if (this.over) return;
    if (!this.body.whole && this.flowing) this.resumeBody();
    else if (!this.body.whole && behind !== undefined) this.gate.hold();
    if (behind === undefined) return;
    this.rest.keepLent(behind);
    if (this.rest.length > MAX_WAITING_BYTES) this.gate.hold();
  }

  private takeBody(chunk: Buffer): void {
    if (!this.discarding) this.touch();
    else if (!this.request?.closes) this.deadlineMs = this.after(this.options.bodyIdleMs);
    const { body } = this;
    let used = 0;
    try {
      used = body.read(chunk, this);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.brokenBody("bad_request");
      return;
    }
    if (this.over || !body.whole) return;
    this.deadlineMs = Number.POSITIVE_INFINITY;
    if (used < chunk.length) this.keepPipelined(chunk.subarray(used));
    else this.gate.release();
    if (this.discarding) this.next();
    else this.listener?.onBodyEnd(body.trailers);
  }

  /** Chunks that are none, no end, or none in time: the request cannot be told from what follows it. */
  private brokenBody(code: string): void {
    const { listener, request } = this;
    const answered = request?.ended === true || this.socket.bytesWritten > this.bytesBefore;
    if (answered) {
      request?.abort();
    } else {
      this.leave();
      this.options.refuse(code === "request_timeout" ? code : "bad_request", this.socket);
    }
    if (!this.discarding) listener?.onAbort(code);
  }

  private written(more: boolean): boolean {
    if (!more && !this.awaitingDrain) {
      this.awaitingDrain = true;
      this.touch();
    }
    return more;
  }

  private drained(): void {
    this.awaitingDrain = false;
    this.unread = undefined;
    this.touch();
    if (!this.over && this.request !== undefined && !this.request.ended) this.listener?.onDrain();
  }

  private finish(): void {
    if (this.over) return;
    const { listener, request } = this;
    this.listener = undefined;
    if (!this.body.whole) {
      this.discardBody();
    } else {
      this.next();
    }
    if (request !== undefined) listener?.onDone();
  }

  /** The request was answered before its body was in: the rest is read and dropped. */
  private discardBody(): void {
    this.discarding = true;
    this.deadlineMs = this.after(this.request?.closes ? LINGER_MS : this.options.bodyIdleMs);
    this.gate.release();
    this.takeRest();
  }

  /** The present request is over. */
  private next(): void {
    const closes = this.request?.closes === true;
    this.request = undefined;
    this.discarding = false;
    if (closes) {
      this.close();
      return;
    }
    this.bytesBefore = this.socket.bytesWritten;
    this.deadlineMs = this.after(this.options.idleMs);
    if (this.rest.length > 0) process.nextTick(takePipelined, this);
    else this.gate.release();
    if (this.clientEnded && this.rest.length === 0) this.close();
  }

  private close(): void {
    this.leave();
    this.socket.destroySoon();
  }

  /** The next request came with the last one. */
  pipelined(): void {
    if (this.over || this.request !== undefined) return;
    this.gate.release();
    this.takeRest();
    if (this.clientEnded && !this.over) this.onNoMore();
  }

  private onUnread(): void {
    const unread = this.unread ?? new UnreadAnswer(this.socket);
    this.unread = unread;
    unread.look((stalled) => {
      if (this.over || this.unread !== unread) return;
      if (stalled) this.fail("client_stalled");
      else this.touch();
    });
  }

  /** The client's FIN. */
  hearEnd(): void {
    if (this.over) return;
    this.clientEnded = true;
    this.onNoMore();
  }

  /** The client's FIN stands behind the present request: one that is whole is answered, one that is not is broken. */
  private onNoMore(): void {
    const { request } = this;
    if (request === undefined) {
      if (this.partial) this.brokenBody("client_left");
      else if (this.rest.length === 0) this.breakOff();
    } else if (!this.body.whole) {
      // A whole answer that waits for the end of this turn is not lost to it.
      if (request.ended) request.flush();
      if (!this.over) this.brokenBody("client_left");
    } else {
      if (this.rest.length === 0) request.closes = true;
      this.listener?.onClientEnd();
    }
  }

  private fail(code: string): void {
    if (this.over) return;
    const { listener } = this;
    this.breakOff();
    listener?.onAbort(code);
  }

  private handOver(bytes: Buffer, reason: HandoverReason): void {
    this.leave();
    this.socket.pause();
    this.options.handOver(this.socket, this.peer, Buffer.from(bytes), reason, this.clientEnded);
    this.socket.off("error", this.onError);
  }

  /** Stops listening: the socket is another's, or nobody's. */
  private leave(): void {
    const { socket } = this;
    this.over = true;
    this.gate.leave();
    this.listener = undefined;
    this.rest.take();
    this.rest.trim();
    this.deadlineMs = Number.POSITIVE_INFINITY;
    this.options.deadlines.remove(this);
    socket.off("drain", this.onDrain);
    socket.off("end", this.onEnd);
    socket.off("close", this.onClose);
    socket.off("data", this.onData);
  }

  private touch(): void {
    if (this.discarding || this.over || this.request === undefined) return;
    const waiting = !this.body.whole && this.flowing;
    if (this.awaitingDrain) this.deadlineMs = nextLook(this.options.deadlines, this.options.bodyIdleMs);
    else this.deadlineMs = waiting ? this.after(this.options.bodyIdleMs) : Number.POSITIVE_INFINITY;
  }

  /** A deadline `ms` from now; 0: none. */
  private after(ms: number): number {
    return ms > 0 ? this.options.deadlines.in(ms) : Number.POSITIVE_INFINITY;
  }
}

function takePipelined(connection: FastConnection): void {
  connection.pipelined();
}
