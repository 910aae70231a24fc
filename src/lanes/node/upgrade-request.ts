import type { Socket } from "node:net";
import { CHUNKED, NO_BODY, type RawHeaders, UNTIL_CLOSE } from "../../domain/message.ts";
import { answerHead, lastChunk } from "../../wire/write-head.ts";
import type { LaneHandler, LaneListener, LaneRequest, RequestHead } from "../contract.ts";

/**
 * A request that asks for an upgrade, on the bare socket node:http hands over with it. Either it becomes a tunnel
 * (101), or it is answered by hand and the connection ends.
 */
export class UpgradeRequest implements LaneRequest {
  readonly head: RequestHead;
  private readonly socket: Socket;
  private readonly early: Buffer;
  private readonly listener: LaneListener;
  private chunked = false;
  private tunnel = false;
  private reading = false;
  private ended = false;
  private clientEnded = false;
  private over = false;

  constructor(socket: Socket, early: Buffer, head: RequestHead, handler: LaneHandler) {
    this.socket = socket;
    this.early = early;
    this.head = head;
    socket.setNoDelay(true);
    socket.on("error", () => {});
    socket.on("drain", () => {
      if (!this.over) this.listener.onDrain();
    });
    socket.on("end", () => this.onClientEnd());
    socket.on("close", () => this.onClose());
    this.listener = handler(this);
  }

  resume(): void {
    if (!this.tunnel) return;
    if (this.reading) {
      this.socket.resume();
      return;
    }
    this.reading = true;
    this.socket.on("data", (chunk: Buffer) => {
      if (!this.over) this.listener.onBody(chunk);
    });
    if (this.early.length > 0) this.listener.onBody(this.early);
    this.socket.resume();
  }

  pause(): void {
    this.socket.pause();
  }

  inform(status: number, reason: string, headers: RawHeaders): void {
    if (!this.over) this.socket.write(answerHead(status, reason, headers, ""), "latin1");
  }

  respond(status: number, reason: string, headers: RawHeaders, framing: number, _close: boolean): void {
    if (this.over) return;
    this.chunked = (framing === CHUNKED || framing === UNTIL_CLOSE) && this.head.version === "1.1";
    const coding = this.chunked && framing !== NO_BODY ? "Transfer-Encoding: chunked\r\n" : "";
    this.socket.write(answerHead(status, reason, headers, `${coding}Connection: close\r\n`), "latin1");
    // The connection ends with this answer: what else the client sends is thrown away.
    this.socket.resume();
  }

  upgrade(status: number, reason: string, headers: RawHeaders): void {
    if (this.over) return;
    this.tunnel = true;
    this.socket.setKeepAlive(true, 60_000);
    this.socket.write(answerHead(status, reason, headers, "Connection: Upgrade\r\n"), "latin1");
  }

  write(chunk: Uint8Array): boolean {
    if (this.over) return true;
    if (!this.chunked) return this.socket.write(Buffer.from(chunk));
    this.socket.write(`${chunk.length.toString(16)}\r\n`, "latin1");
    this.socket.write(Buffer.from(chunk));
    return this.socket.write("\r\n", "latin1");
  }

  end(trailers: RawHeaders | undefined): void {
    if (this.over) return;
    this.ended = true;
    if (this.chunked) this.socket.write(lastChunk(trailers), "latin1");
    if (this.tunnel) this.socket.end();
    else this.socket.destroySoon();
  }

  abort(): void {
    this.over = true;
    this.socket.destroy();
  }

  private onClientEnd(): void {
    this.clientEnded = true;
    if (this.over) return;
    if (this.tunnel) this.listener.onBodyEnd(undefined);
    else if (!this.ended) this.socket.destroy();
  }

  private onClose(): void {
    if (this.over) return;
    this.over = true;
    const whole = this.ended && (!this.tunnel || this.clientEnded) && !this.socket.errored;
    if (whole) this.listener.onDone();
    else this.listener.onAbort("client_left");
  }
}
