import type { BackendListener, BackendRequest } from "../../src/backends/contract.ts";
import { NO_BODY, type RawHeaders } from "../../src/domain/message.ts";
import type { ExchangeWorldOptions } from "./exchange-world.ts";
import {
  framingFields,
  type GotAnswer,
  type GotRequest,
  LayerWorld,
  type PlayedClient,
  type PlayedSide,
  type Wanted,
} from "./layer-world.ts";
import { MemoryBackend, MemoryCall } from "./memory-backend.ts";
import { MemoryLane } from "./memory-lane.ts";

/** A body part that waits to be taken, or (undefined) the end. */
type Part = string | undefined;

/** What one end sends, as fast as the other takes it. */
class Outbox {
  private readonly parts: Part[] = [];
  private readonly flows: () => boolean;
  private readonly deliver: (part: Part) => void;
  private delivering = false;

  constructor(flows: () => boolean, deliver: (part: Part) => void) {
    this.flows = flows;
    this.deliver = deliver;
  }

  put(part: Part): void {
    this.parts.push(part);
    this.pump();
  }

  pump(): void {
    if (this.delivering) return;
    this.delivering = true;
    while (this.parts.length > 0 && this.flows()) this.deliver(this.parts.shift());
    this.delivering = false;
  }
}

class MemoryClient extends MemoryLane implements PlayedClient {
  closed = false;
  private sent: RawHeaders | undefined = undefined;
  private over = false;
  private halfClosed = false;
  private drainWanted = false;
  private readonly out = new Outbox(
    () => this.flowing,
    (part) => {
      if (this.over) return;
      if (part !== undefined) this.listener.onBody(Buffer.from(part, "latin1"));
      else this.finishBody();
    },
  );

  get got(): GotAnswer {
    const { status, reason, headers: fields, body, trailers } = this;
    const informs = this.informs.map((each) => each.status);
    return {
      informs,
      status,
      reason,
      fields,
      body,
      trailers: trailers ?? [],
      whole: this.ended && !this.aborted,
    };
  }

  get bytes(): number {
    return this.body.length;
  }

  send(text: string): void {
    this.out.put(text);
  }

  finish(trailers?: RawHeaders): void {
    this.sent = trailers;
    this.out.put(undefined);
  }

  leave(): void {
    if (this.over) return;
    this.over = true;
    this.closed = true;
    this.listener.onAbort("client_left");
  }

  stop(): void {
    this.writable = false;
  }

  read(): void {
    this.writable = true;
    if (!this.drainWanted) return;
    this.drainWanted = false;
    this.listener.onDrain();
  }

  override resume(): void {
    super.resume();
    queueMicrotask(() => this.out.pump());
  }

  override write(chunk: Uint8Array): boolean {
    this.drainWanted ||= !this.writable;
    return super.write(chunk);
  }

  override end(trailers: RawHeaders | undefined): void {
    super.end(trailers);
    queueMicrotask(() => this.done());
  }

  override abort(): void {
    super.abort();
    this.over = true;
    this.closed = true;
  }

  private finishBody(): void {
    this.halfClosed = true;
    this.listener.onBodyEnd(this.sent);
    if (this.upgraded) this.done();
  }

  /** All was handed to the operating system. */
  private done(): void {
    if (this.over || !this.ended || (this.upgraded && !this.halfClosed)) return;
    this.over = true;
    this.closed = this.closes || this.upgraded;
    this.listener.onDone();
  }
}

class MemorySide extends MemoryCall implements PlayedSide {
  private sent: RawHeaders | undefined = undefined;
  private over = false;
  private drainWanted = false;
  private readonly out = new Outbox(
    () => this.flowing,
    (part) => {
      if (this.over || this.aborted) return;
      if (part !== undefined) {
        this.listener.onData(Buffer.from(part, "latin1"));
        return;
      }
      this.over = !this.request.upgrade;
      this.listener.onEnd(this.sent);
    },
  );

  get got(): GotRequest {
    const { method, target, headers: fields } = this.request;
    return { method, target, fields, body: this.body, trailers: this.trailers ?? [], whole: this.ended };
  }

  get gone(): boolean {
    return this.aborted;
  }

  get bytes(): number {
    return this.body.length;
  }

  inform(status: number, reason: string, headers: RawHeaders): void {
    if (!this.aborted) this.listener.onInform(status, reason, headers);
  }

  head(status: number, reason: string, headers: RawHeaders, framing: number): void {
    const isBodiless = this.request.method === "HEAD" || status === 204 || status === 304;
    if (!this.aborted)
      this.listener.onHead(
        status,
        reason,
        [...headers, ...framingFields(framing)],
        isBodiless ? NO_BODY : framing,
      );
  }

  upgrade(headers: RawHeaders): void {
    this.listener.onUpgrade(101, "Switching Protocols", ["Connection", "Upgrade", ...headers]);
  }

  send(text: string): void {
    this.out.put(text);
  }

  finish(trailers?: RawHeaders): void {
    this.sent = trailers;
    this.out.put(undefined);
  }

  fail(): void {
    this.over = true;
    if (!this.aborted) this.listener.onError("upstream_reset", "it broke", false);
  }

  stop(): void {
    this.writable = false;
  }

  read(): void {
    this.writable = true;
    if (this.drainWanted) this.listener.onRequestDrain();
    this.drainWanted = false;
  }

  override write(chunk: Uint8Array): boolean {
    this.drainWanted ||= !this.writable;
    return super.write(chunk);
  }

  override resume(): void {
    super.resume();
    queueMicrotask(() => this.out.pump());
  }
}

class PlayedBackend extends MemoryBackend {
  readonly sides: PlayedSide[] = [];

  override open(request: BackendRequest, listener: BackendListener): MemorySide {
    const side = new MemorySide(request, listener);
    this.sides.push(side);
    if (side.header("x-fig-shadow") === "1") queueMicrotask(() => side.aborted || side.answer(200, "ok"));
    return side;
  }
}

/** Without a socket. */
export class MemoryLayerWorld extends LayerWorld {
  protected readonly sides: readonly PlayedSide[];

  constructor(options: ExchangeWorldOptions) {
    const modern = new PlayedBackend("modern");
    super(options, () => [modern, new PlayedBackend("legacy")]);
    this.sides = modern.sides;
  }

  request({ framing = NO_BODY, ...wanted }: Wanted = {}): PlayedClient {
    const client = new MemoryClient({
      method: wanted.method ?? "GET",
      target: wanted.target ?? "/orders/1",
      headers: [
        "Host",
        "shop.test",
        ...(wanted.headers ?? []),
        ...framingFields(framing),
        ...(wanted.expect ? ["Expect", "100-continue"] : []),
        ...(wanted.upgrade ? ["Connection", "Upgrade", "Upgrade", "echo"] : []),
      ],
      framing,
      upgrade: wanted.upgrade ?? false,
      expectContinue: wanted.expect ?? false,
    });
    client.start((lane) => this.handle(lane));
    return client;
  }
}
