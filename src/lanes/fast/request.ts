import { CHUNKED, type RawHeaders, UNTIL_CLOSE } from "../../domain/message.ts";
import { flushAtEndOfTurn, type Writer } from "../../wire/end-of-turn.ts";
import { answerHead, lastChunk } from "../../wire/write-head.ts";
import type { LaneRequest, RequestHead } from "../contract.ts";

/** Bodies up to this are copied into one write with the head before them. */
const JOIN_BYTES = 8 * 1024;

/** What a request asks of the connection it came on. */
export interface AnsweredConnection {
  /** The client has not taken what it was sent: nothing more is held back for it. */
  readonly awaitingDrain: boolean;
  /** False: wait for the listener's onDrain. */
  send(text: string): boolean;
  sendParts(before: string, bytes: Uint8Array, after: string): boolean;
  resumeBody(): void;
  pauseBody(): void;
  breakOff(): void;
  /** Sends what is left, and then as onAnswered(). */
  sendLast(text: string): void;
  onAnswered(): void;
  /** What it is from 101 on. */
  openTunnel(): AnsweredConnection;
}

/** One request of a connection of the fast lane: writes its answer, a small one in one piece. */
export class FastRequest implements LaneRequest, Writer {
  readonly head: RequestHead;
  /** The connection ends with this answer. */
  closes: boolean;
  /** end() was called: the answer is whole. */
  ended = false;
  private connection: AnsweredConnection;
  private chunked = false;
  /** The head and small pieces, until they go out with what follows them: this turn at the latest. */
  private unsent = "";
  private waiting = false;

  constructor(connection: AnsweredConnection, head: RequestHead, closes: boolean) {
    this.connection = connection;
    this.head = head;
    this.closes = closes;
  }

  resume(): void {
    this.connection.resumeBody();
  }

  pause(): void {
    this.connection.pauseBody();
  }

  inform(status: number, reason: string, headers: RawHeaders): void {
    this.connection.send(answerHead(status, reason, headers, ""));
  }

  respond(status: number, reason: string, headers: RawHeaders, framing: number, close: boolean): void {
    if (close) this.closes = true;
    this.chunked = framing === CHUNKED || framing === UNTIL_CLOSE;
    const connection = this.closes ? "Connection: close\r\n" : "";
    const coding = this.chunked ? "Transfer-Encoding: chunked\r\n" : "";
    this.unsent = answerHead(status, reason, headers, connection + coding);
    if (this.chunked || framing > 0) this.flushSoon();
  }

  upgrade(status: number, reason: string, headers: RawHeaders): void {
    this.connection.send(answerHead(status, reason, headers, "Connection: Upgrade\r\n"));
    this.connection = this.connection.openTunnel();
  }

  write(chunk: Uint8Array): boolean {
    const { connection, chunked, unsent } = this;
    const bytes = chunk as Buffer;
    const before = chunked ? `${unsent}${bytes.length.toString(16)}\r\n` : unsent;
    const after = chunked ? "\r\n" : "";
    this.unsent = "";
    if (bytes.length > JOIN_BYTES) return connection.sendParts(before, bytes, after);
    const text = before + Buffer.prototype.toString.call(bytes, "latin1") + after;
    if (connection.awaitingDrain || text.length > JOIN_BYTES) return connection.send(text);
    // The end often comes with the last chunk.
    this.unsent = text;
    this.flushSoon();
    return true;
  }

  end(trailers: RawHeaders | undefined): void {
    if (this.chunked) this.unsent += lastChunk(trailers);
    this.ended = true;
    this.flushSoon();
  }

  /** What the client has coming goes out before the connection breaks. */
  abort(): void {
    this.flushText();
    this.connection.breakOff();
  }

  /** Nobody waits for more of a body to learn the status, or what came of it. */
  flush(): void {
    if (!this.waiting) return;
    this.waiting = false;
    const { connection, ended, unsent } = this;
    this.unsent = "";
    if (ended && unsent !== "") connection.sendLast(unsent);
    else if (ended) connection.onAnswered();
    else if (unsent !== "") connection.send(unsent);
  }

  private flushText(): void {
    const text = this.unsent;
    this.unsent = "";
    if (text !== "") this.connection.send(text);
  }

  private flushSoon(): void {
    if (this.waiting) return;
    this.waiting = true;
    flushAtEndOfTurn(this);
  }
}
