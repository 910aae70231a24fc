import type { Socket } from "node:net";
import { writeParts } from "../wire/blocks.ts";
import { ReadGate } from "../wire/read-gate.ts";
import type { LaneListener } from "./contract.ts";
import { reset } from "./reset.ts";

/** How often the system asks a silent peer whether it is there. */
const PROBE_MS = 60_000;

/** A client's connection after 101: raw bytes both ways, each way with an end of its own. */
export class Tunnel {
  awaitingDrain = false;
  private readonly socket: Socket;
  private readonly listener: LaneListener;
  private readonly gate: ReadGate;
  /** What came behind the request. */
  private early: Buffer | undefined;
  private clientEnded: boolean;
  private reading = false;
  private ended = false;
  private over = false;

  /** Nobody else listens to `socket` any more. `clientEnded`: its end was heard before. */
  constructor(socket: Socket, listener: LaneListener, early: Buffer | undefined, clientEnded: boolean) {
    this.socket = socket;
    this.gate = new ReadGate(socket);
    this.listener = listener;
    this.early = early;
    this.clientEnded = clientEnded;
    socket.setKeepAlive(true, PROBE_MS);
    socket.on("drain", () => this.onDrain());
    socket.on("end", () => this.onClientEnd());
    socket.on("close", () => this.onClose());
  }

  send(text: string): boolean {
    return this.over ? true : this.written(this.socket.write(text, "latin1"));
  }

  sendParts(before: string, bytes: Uint8Array, after: string): boolean {
    return this.over ? true : this.written(writeParts(this.socket, before, bytes, after));
  }

  resumeBody(): void {
    if (this.reading) {
      this.gate.release();
      return;
    }
    this.begin();
    if (!this.gate.held) this.socket.resume();
  }

  pauseBody(): void {
    this.gate.hold();
  }

  /** Not in order, and the client learns that: it gets a reset. */
  breakOff(): void {
    this.over = true;
    reset(this.socket);
  }

  openTunnel(): this {
    return this;
  }

  sendLast(text: string): void {
    this.send(text);
    this.onAnswered();
  }

  /** The upstream's end. */
  onAnswered(): void {
    this.ended = true;
    this.socket.end();
  }

  private begin(): void {
    this.reading = true;
    this.socket.on("data", (chunk: Buffer) => {
      if (this.over) return;
      this.listener.onBody(chunk);
      // A TLS client's records may be of one byte each.
      this.gate.onPiece(chunk.length);
    });
    const { early } = this;
    this.early = undefined;
    if (early !== undefined) this.listener.onBody(early);
    if (this.clientEnded && !this.over) this.listener.onBodyEnd(undefined);
  }

  private written(more: boolean): boolean {
    if (!more) this.awaitingDrain = true;
    return more;
  }

  private onDrain(): void {
    this.awaitingDrain = false;
    if (!this.over) this.listener.onDrain();
  }

  private onClientEnd(): void {
    this.clientEnded = true;
    if (!this.over) this.listener.onBodyEnd(undefined);
  }

  private onClose(): void {
    if (this.over) return;
    this.over = true;
    if (this.ended && this.clientEnded && !this.socket.errored) this.listener.onDone();
    else this.listener.onAbort("client_left");
  }
}
