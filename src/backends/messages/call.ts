import type { ByteBudget } from "../../domain/byte-budget.ts";
import type { Deadlines, Timed } from "../../domain/deadlines.ts";
import { KeptBody } from "../../wire/kept-body.ts";
import { joined } from "../../wire/kept-bytes.ts";
import type { BackendCall, BackendErrorCode, BackendListener, BackendRequest } from "../contract.ts";
import { giveRefusal } from "../give-refusal.ts";
import type { Message, MessageService, Sent } from "./contract.ts";

/** In the call a message stands beside itself, in base64 or as a text. */
const COPIES = 3;
const NOTHING_SAID = { values: {}, attributes: [], body: undefined };

/** What a call needs of its upstream. */
export interface CallHome {
  readonly service: MessageService;
  readonly deadlines: Deadlines;
  readonly bodies: ByteBudget;
  /** Clients get the message's id. */
  readonly wait: boolean;
  send(message: Message, done: (sent: Sent) => void): void;
  /** False: as many are under way as may be. Whoever was let in says `left`. */
  enter(): boolean;
  left(): void;
  ended(code: BackendErrorCode | undefined, detail: string): void;
}

/** One request to a stream or a queue: its body, whole, is a message, or makes one. */
export class MessageCall implements BackendCall, Timed {
  deadlineMs = Number.POSITIVE_INFINITY;
  deadlineAt = -1;
  private readonly request: BackendRequest;
  private readonly listener: BackendListener;
  private readonly home: CallHome;
  private readonly timeoutMs: number;
  private readonly body: KeptBody;
  /** Nobody hears of it any more. A message that is on its way goes on. */
  private over = false;
  /** What came of it is counted: that it was too late, say. */
  private counted = false;

  constructor(request: BackendRequest, listener: BackendListener, home: CallHome, timeoutMs: number) {
    this.request = request;
    this.listener = listener;
    this.home = home;
    this.timeoutMs = timeoutMs;
    this.body = new KeptBody(home.bodies, home.service.maxBytes);
  }

  begin(): this {
    if (this.request.framing > this.home.service.maxBytes) this.tooLarge();
    return this;
  }

  write(chunk: Uint8Array): boolean {
    if (this.over || this.body.keep(chunk)) return true;
    const { bodies } = this.home;
    if (bodies.held + chunk.length > bodies.limit)
      this.fail("upstream_busy", "too many messages are in memory", true);
    else this.tooLarge();
    return true;
  }

  end(): void {
    if (this.over) return;
    const { home, request } = this;
    const sent = joined(this.body.chunks);
    this.body.release();
    const said = request.message?.(sent) ?? NOTHING_SAID;
    if ("problem" in said) {
      this.refuse(said.problem);
      return;
    }
    const { values, attributes } = said;
    const content = { values, attributes, body: said.body === undefined ? sent : Buffer.from(said.body) };
    const bytes = home.service.bytesOf(content);
    const problem = home.service.problemOf(content);
    if (bytes > home.service.maxBytes) this.tooLarge();
    else if (problem !== undefined) this.refuse(problem);
    else this.send({ ...content, bytes });
  }

  pause(): void {}

  resume(): void {}

  allowSilence(): void {}

  abort(): void {
    this.finish();
  }

  onDeadline(): void {
    this.fail("upstream_timeout", `not taken within ${this.timeoutMs} ms`, false);
  }

  private send(message: Message): void {
    const { home } = this;
    const held = message.body.length * COPIES;
    if (!home.bodies.reserve(held)) {
      this.fail("upstream_busy", "too many messages are in memory", true);
      return;
    }
    if (!home.enter()) {
      home.bodies.release(held);
      this.fail("upstream_busy", "as many messages are under way as may be", true);
      return;
    }
    this.deadlineMs = this.timeoutMs > 0 ? home.deadlines.in(this.timeoutMs) : Number.POSITIVE_INFINITY;
    home.deadlines.add(this);
    home.send(message, (sent) => {
      home.bodies.release(held);
      home.left();
      this.settle(sent);
    });
  }

  private settle(sent: Sent): void {
    if (sent.kind === "failed") {
      if (this.over) this.count(sent.code, sent.detail);
      else this.fail(sent.code, sent.detail, sent.untouched);
      return;
    }
    this.count(undefined, "");
    if (this.over) return;
    this.finish();
    const { listener, home } = this;
    if (!home.wait) {
      listener.onHead(202, "", ["content-length", "0"], 0);
      listener.onEnd(undefined);
      return;
    }
    const body = Buffer.from(`${JSON.stringify(sent.said)}\n`);
    listener.onHead(
      200,
      "",
      ["content-type", "application/json", "content-length", String(body.length)],
      body.length,
    );
    listener.onData(body);
    listener.onEnd(undefined);
  }

  private refuse(problem: string): void {
    this.finish();
    giveRefusal(this.request, this.listener, "message_invalid", [], [{ problem }]);
  }

  private tooLarge(): void {
    this.fail("message_too_large", `messages have ${this.home.service.maxBytes} bytes at most`, true);
  }

  private fail(code: BackendErrorCode, detail: string, untouched: boolean): void {
    if (this.over) return;
    this.finish();
    this.count(code, detail);
    this.listener.onError(code, detail, untouched);
  }

  private count(code: BackendErrorCode | undefined, detail: string): void {
    if (this.counted) return;
    this.counted = true;
    this.home.ended(code, detail);
  }

  private finish(): void {
    if (this.over) return;
    this.over = true;
    this.home.deadlines.remove(this);
    if (this.body.whole) this.body.release();
  }
}
