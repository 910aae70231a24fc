import { NO_BODY, type RawHeaders } from "../../src/domain/message.ts";
import type { LaneHandler, LaneListener, LaneRequest, RequestHead } from "../../src/lanes/contract.ts";

/** A lane without a socket: the test plays the client, and reads what the exchange answered. */
export class MemoryLane implements LaneRequest {
  readonly head: RequestHead;
  listener!: LaneListener;
  readonly informs: { status: number; headers: RawHeaders }[] = [];
  status = 0;
  reason = "";
  headers: RawHeaders = [];
  framing: number | undefined = undefined;
  closes = false;
  body = "";
  trailers: RawHeaders | undefined = undefined;
  flowing = false;
  upgraded = false;
  ended = false;
  aborted = false;
  /** What write() answers. */
  writable = true;

  constructor(head: Partial<RequestHead>) {
    this.head = {
      method: "GET",
      target: "/",
      version: "1.1",
      headers: ["Host", "shop.test"],
      framing: NO_BODY,
      upgrade: false,
      expectContinue: false,
      remoteAddress: "127.0.0.1",
      encrypted: false,
      certificate: undefined,
      ...head,
    };
  }

  start(handler: LaneHandler): this {
    this.listener = handler(this);
    return this;
  }

  header(name: string): string | undefined {
    const at = this.headers.findIndex((text, i) => i % 2 === 0 && text.toLowerCase() === name);
    return at < 0 ? undefined : this.headers[at + 1];
  }

  /** The operating system took everything. */
  flush(): void {
    this.listener.onDone();
  }

  resume(): void {
    this.flowing = true;
  }

  pause(): void {
    this.flowing = false;
  }

  inform(status: number, _reason: string, headers: RawHeaders): void {
    this.informs.push({ status, headers });
  }

  respond(status: number, reason: string, headers: RawHeaders, framing: number, close: boolean): void {
    if (this.status !== 0) throw new Error("answered twice");
    Object.assign(this, { status, reason, headers, framing, closes: close });
  }

  upgrade(status: number, reason: string, headers: RawHeaders): void {
    Object.assign(this, { status, reason, headers, upgraded: true });
  }

  write(chunk: Uint8Array): boolean {
    if (this.ended) throw new Error("written after the end");
    this.body += Buffer.from(chunk).toString("latin1");
    return this.writable;
  }

  end(trailers: RawHeaders | undefined): void {
    if (this.ended) throw new Error("ended twice");
    this.ended = true;
    this.trailers = trailers;
  }

  abort(): void {
    this.aborted = true;
  }
}
