import type { IncomingMessage, ServerResponse } from "node:http";
import type { Deadlines, Timed } from "../../domain/deadlines.ts";
import { NO_BODY, type RawHeaders } from "../../domain/message.ts";
import { writeParts } from "../../wire/blocks.ts";
import { letGo } from "../../wire/let-go.ts";
import { answerHead } from "../../wire/write-head.ts";
import type { LaneHandler, LaneListener, LaneRequest, RequestHead } from "../contract.ts";
import { reset } from "../reset.ts";
import { nextLook, UnreadAnswer } from "../unread.ts";

/** After an answer to a request whose body is still coming: how long the rest is read and thrown away. */
const LINGER_MS = 2000;

/** Parts of node:http's ServerResponse that its types leave out. */
interface ResponseInternals {
  /** Close the connection when this answer is out. */
  _last: boolean;
  _headerSent: boolean;
  /** Connection and Keep-Alive are left out, and the connection stays open. */
  _removedConnection: boolean;
  readonly shouldKeepAlive: boolean;
  /** What Keep-Alive would say; 0: it is left out. */
  _keepAliveTimeout: number;
  /** Of a request with Expect: without the first the second closes the connection. */
  _sent100: boolean;
  _expect_continue: boolean;
  /** flushHeaders() would send the head as UTF-8. */
  _send(text: string, encoding: BufferEncoding): boolean;
  _writeRaw(text: string, encoding: BufferEncoding): boolean;
}

/**
 * An answer's head goes out with the first bytes of its body if they came with it, else alone: nobody waits for a body to
 * learn the status.
 */
function flushHead(response: ServerResponse & ResponseInternals): void {
  if (!response._headerSent && !response.writableEnded && !response.destroyed) response._send("", "latin1");
}

/** One request that node:http parsed. */
export class NodeRequest implements LaneRequest, Timed {
  deadlineMs = Number.POSITIVE_INFINITY;
  deadlineAt = -1;
  readonly head: RequestHead;
  private readonly request: IncomingMessage;
  private readonly response: ServerResponse & ResponseInternals;
  private readonly deadlines: Deadlines;
  private readonly bodyIdleMs: number;
  private readonly listener: LaneListener;
  /** The connection is free for the next request, or (`ends`) will carry none. */
  private readonly onOver: (ends: boolean) => void;
  private readonly hasBody: boolean;
  private reading = false;
  private paused = false;
  private bodyDone: boolean;
  private awaitingDrain = false;
  private unread: UnreadAnswer | undefined = undefined;
  private lingering = false;
  /** The client's FIN was heard before the body was handed on. */
  private clientEnded = false;
  private over = false;

  constructor(
    request: IncomingMessage,
    response: ServerResponse,
    head: RequestHead,
    handler: LaneHandler,
    deadlines: Deadlines,
    bodyIdleMs: number,
    onOver: (ends: boolean) => void,
  ) {
    this.request = request;
    this.response = response as ServerResponse & ResponseInternals;
    this.head = head;
    this.deadlines = deadlines;
    this.bodyIdleMs = bodyIdleMs;
    this.onOver = onOver;
    this.hasBody = head.framing !== 0 && head.framing !== NO_BODY;
    this.bodyDone = !this.hasBody;
    response.sendDate = false;
    response.on("close", () => this.onClose());
    this.listener = handler(this);
  }

  resume(): void {
    if (this.bodyDone || this.over) return;
    this.paused = false;
    this.touch();
    if (this.reading) {
      this.request.resume();
      return;
    }
    this.reading = true;
    this.deadlines.add(this);
    this.request.on("data", (chunk: Buffer) => this.onData(chunk));
    this.request.on("end", () => this.onBodyEnd());
    this.request.on("close", () => this.stopClock());
  }

  pause(): void {
    if (!this.reading || this.bodyDone) return;
    this.paused = true;
    if (!this.awaitingDrain) this.deadlineMs = Number.POSITIVE_INFINITY;
    this.request.pause();
  }

  inform(status: number, reason: string, headers: RawHeaders): void {
    if (this.over || this.response.headersSent) return;
    if (status === 100) this.response._sent100 = true;
    this.response._writeRaw(answerHead(status, reason, headers, ""), "latin1");
  }

  respond(status: number, reason: string, headers: RawHeaders, framing: number, close: boolean): void {
    if (this.over) return;
    const { response } = this;
    if (this.bodyDone) response._expect_continue = false;
    // Behind the client's FIN node:http closes too, but says that it keeps the connection.
    const last = close || response._last;
    // HTTP/1.1 keeps connections open without being told, and HTTP/1.0 needs no time.
    response._keepAliveTimeout = 0;
    if (!last && response.shouldKeepAlive && this.head.version === "1.1") response._removedConnection = true;
    const list = last ? [...headers, "Connection", "close"] : (headers as string[]);
    try {
      response.writeHead(status, reason, list);
    } catch {
      // What node:http will not write is no answer; the process must not die of it.
      this.abort();
      this.listener.onAbort("upstream_invalid");
      return;
    }
    if (framing !== NO_BODY && framing !== 0) process.nextTick(flushHead, this.response);
    // Closing on a client that is still sending would reset the connection under the answer: read on for a while.
    if (close && !this.bodyDone) {
      this.response._last = false;
      this.lingering = true;
    }
  }

  /** Requests that ask for an upgrade are not node:http's. */
  upgrade(): void {
    this.abort();
  }

  write(chunk: Uint8Array): boolean {
    if (this.over) return true;
    if (writeParts(this.response, "", chunk, "")) return true;
    if (!this.awaitingDrain) this.awaitDrain();
    return false;
  }

  end(trailers: RawHeaders | undefined): void {
    if (this.over) return;
    if (trailers !== undefined) {
      const pairs: [string, string][] = [];
      for (let i = 0; i < trailers.length; i += 2)
        pairs.push([trailers[i] as string, trailers[i + 1] as string]);
      this.response.addTrailers(pairs);
    }
    this.response.end();
    if (!this.bodyDone) this.discardBody();
  }

  abort(): void {
    this.over = true;
    this.stopClock();
    const socket = this.response.socket ?? this.request.socket;
    // To HTTP/1.0 the end of the connection may be that of the answer.
    if (this.head.version === "1.0") reset(socket);
    else socket.destroy();
  }

  /** Its client sent a FIN. */
  onClientEnd(): void {
    this.clientEnded = true;
    if (this.bodyDone && !this.over) this.listener.onClientEnd();
  }

  onDeadline(): void {
    if (this.lingering || this.over) this.request.socket.destroy();
    else if (this.awaitingDrain) this.onUnread();
    else if (!this.bodyDone && !this.paused) this.listener.onBodyStall();
  }

  private onData(chunk: Buffer): void {
    this.touch();
    if (!this.lingering && !this.over) this.listener.onBody(chunk);
    letGo(chunk);
  }

  private awaitDrain(): void {
    this.awaitingDrain = true;
    this.deadlines.add(this);
    this.touch();
    this.response.once("drain", () => {
      this.awaitingDrain = false;
      this.unread = undefined;
      if (this.reading) this.touch();
      else this.stopClock();
      if (!this.over) this.listener.onDrain();
    });
  }

  /** The answer has waited for the client: a slow one is waited for, one that reads nothing at all is given up. */
  private onUnread(): void {
    const unread = this.unread ?? new UnreadAnswer(this.request.socket);
    this.unread = unread;
    unread.look((stalled) => {
      if (this.over || this.unread !== unread) return;
      if (!stalled) {
        this.touch();
        return;
      }
      this.over = true;
      this.stopClock();
      this.request.socket.destroy();
      this.listener.onAbort("client_stalled");
    });
  }

  /** What is left of a body whose request has been answered: read until it ends or stalls. */
  private discardBody(): void {
    this.resume();
    this.request.resume();
    if (this.lingering) this.deadlineMs = this.deadlines.in(LINGER_MS);
  }

  private onBodyEnd(): void {
    if (this.bodyDone) return;
    this.bodyDone = true;
    this.stopClock();
    if (this.lingering) {
      this.request.socket.destroySoon();
      return;
    }
    if (this.over || this.response.writableEnded) return;
    const raw = this.request.rawTrailers;
    this.listener.onBodyEnd(raw.length > 0 ? raw : undefined);
    if (this.clientEnded && !this.over) this.listener.onClientEnd();
  }

  /** The response is done with: written out, or its connection is gone. */
  private onClose(): void {
    const whole = this.response.writableFinished;
    if (!this.over) {
      this.over = true;
      if (this.bodyDone || !whole) this.stopClock();
      if (whole) this.listener.onDone();
      else this.listener.onAbort("client_left");
    }
    this.onOver(!whole || this.response._last || this.lingering);
  }

  private touch(): void {
    if ((this.paused && !this.awaitingDrain) || this.lingering) return;
    if (this.awaitingDrain) this.deadlineMs = nextLook(this.deadlines, this.bodyIdleMs);
    else
      this.deadlineMs = this.bodyIdleMs > 0 ? this.deadlines.in(this.bodyIdleMs) : Number.POSITIVE_INFINITY;
  }

  private stopClock(): void {
    this.deadlineMs = Number.POSITIVE_INFINITY;
    this.deadlines.remove(this);
  }
}
