import type { Socket } from "node:net";
import { indexOfHeader } from "../../domain/headers.ts";
import { writeParts } from "../../wire/blocks.ts";
import { flushAtEndOfTurn, type Writer } from "../../wire/end-of-turn.ts";
import { requestHead } from "../../wire/write-head.ts";
import type { SentRequest } from "./connection-contract.ts";

/** A request's head as HTTP/1.1 writes it. */
export function headText({ request, authority, ownHost }: SentRequest): string {
  const { headers, method, target, upgrade } = request;
  const at = indexOfHeader(headers, "host");
  const host = ownHost || at < 0 ? `Host: ${authority}\r\n` : "";
  const kept = ownHost && at >= 0 ? [...headers.slice(0, at), ...headers.slice(at + 2)] : headers;
  return requestHead(method, target, host, kept, upgrade ? "Connection: Upgrade\r\n" : "");
}

/** Body bytes up to this are joined with the head before them into one write. */
const JOIN_BYTES = 8 * 1024;

/** Writes requests to one connection: a head and the small body that is often there already as one. */
export class RequestWriter implements Writer {
  /** The head and small body bytes, until the end of this turn. */
  unsent = "";
  /** Whether any byte of the present request has gone out. */
  begun = false;
  private readonly socket: Socket;
  private waiting = false;

  constructor(socket: Socket) {
    this.socket = socket;
  }

  /** Begins a request. What is left of the last one, whose answer came early, goes first. */
  head(text: string): void {
    this.flush();
    this.begun = false;
    this.unsent = text;
    this.flushSoon();
  }

  /** Body bytes between what frames them, copied. False: wait for the socket's drain. */
  body(before: string, chunk: Uint8Array, after: string): boolean {
    const { unsent } = this;
    const ahead = unsent + before;
    this.unsent = "";
    if (ahead === "" || chunk.length > JOIN_BYTES) {
      this.begun = true;
      return writeParts(this.socket, ahead, chunk, after);
    }
    const text = ahead + Buffer.prototype.toString.call(chunk, "latin1") + after;
    if (unsent === "" || text.length > JOIN_BYTES) {
      this.begun = true;
      return this.socket.write(text, "latin1");
    }
    this.unsent = text;
    return true;
  }

  /** The request's last bytes. */
  end(tail: string): void {
    if (tail === "") return;
    this.unsent += tail;
    this.flushSoon();
  }

  flush(): void {
    const text = this.unsent;
    this.unsent = "";
    this.waiting = false;
    if (text === "" || this.socket.destroyed) return;
    this.begun = true;
    this.socket.write(text, "latin1");
  }

  private flushSoon(): void {
    if (this.waiting) return;
    this.waiting = true;
    flushAtEndOfTurn(this);
  }
}
