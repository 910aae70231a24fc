import { CHUNKED, NO_BODY, type RawHeaders, type RequestHead } from "../../domain/message.ts";
import type { LaneListener, LaneRequest } from "../../lanes/contract.ts";
import type { AnsweredMessage } from "../../websockets/contract.ts";

const NOTHING: AnsweredMessage = { status: 0, body: new Uint8Array(0) };

/** A message on its way through the exchange, in the place of a client's connection. */
export class MessageLane implements LaneRequest {
  readonly head: RequestHead;
  private readonly body: Uint8Array;
  private readonly maxBytes: number;
  private readonly tell: (answer: AnsweredMessage) => void;
  private listener: LaneListener | undefined = undefined;
  private wanted = false;
  private given = false;
  private over = false;
  private status = 0;
  private kept: Uint8Array[] = [];
  private bytes = 0;

  /** `tell` is called once. */
  constructor(
    head: RequestHead,
    body: Uint8Array,
    maxBytes: number,
    tell: (answer: AnsweredMessage) => void,
  ) {
    this.head = head;
    this.body = body;
    this.maxBytes = maxBytes;
    this.tell = tell;
  }

  /** Goes on with the exchange that was made of this. */
  begin(listener: LaneListener): void {
    this.listener = listener;
    if (this.wanted) this.give();
  }

  resume(): void {
    this.wanted = true;
    this.give();
  }

  pause(): void {}

  inform(): void {}

  respond(status: number, _reason: string, _headers: RawHeaders, framing: number): void {
    this.status = status;
    if (framing !== NO_BODY && framing !== CHUNKED && framing > this.maxBytes) this.tooLarge();
  }

  /** No side is asked for a tunnel. */
  upgrade(): void {
    this.abort();
  }

  write(chunk: Uint8Array): boolean {
    if (this.over) return true;
    this.bytes += chunk.length;
    if (this.bytes > this.maxBytes) this.tooLarge();
    else this.kept.push(chunk);
    return true;
  }

  end(): void {
    if (this.over) return;
    const { status, kept } = this;
    this.settle({ status, body: kept.length === 1 ? (kept[0] as Uint8Array) : Buffer.concat(kept) });
    queueMicrotask(() => this.listener?.onDone());
  }

  abort(): void {
    this.settle(NOTHING);
  }

  /** Its answer is of no use: the exchange is told that nobody waits for it. */
  private tooLarge(): void {
    if (this.over) return;
    this.settle(NOTHING);
    queueMicrotask(() => this.listener?.onAbort("answer_too_large"));
  }

  private give(): void {
    if (this.given || this.listener === undefined) return;
    this.given = true;
    this.listener.onBody(this.body);
    if (!this.over) this.listener.onBodyEnd(undefined);
  }

  private settle(answer: AnsweredMessage): void {
    if (this.over) return;
    this.over = true;
    this.kept = [];
    this.tell(answer);
  }
}
