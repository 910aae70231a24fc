import type { Backend, BackendCall, BackendListener, BackendRequest } from "../../src/backends/contract.ts";
import type { RawHeaders } from "../../src/domain/message.ts";
import type { LaneHandler, LaneListener, LaneRequest, RequestHead } from "../../src/lanes/contract.ts";

/** What was done against a contract, in words. */
export type Breaches = string[];

/** Stands between a lane and the exchange, and notes what the exchange may not do (src/lanes/contract.ts). */
export class StrictLane implements LaneRequest, LaneListener {
  readonly head: RequestHead;
  paused = true;
  private readonly lane: LaneRequest;
  private readonly breaches: Breaches;
  private readonly listener: LaneListener;
  private answered = false;
  private tunnel = false;
  private ended = false;
  private over = false;

  constructor(lane: LaneRequest, handler: LaneHandler, breaches: Breaches) {
    this.lane = lane;
    this.head = lane.head;
    this.breaches = breaches;
    this.listener = handler(this);
  }

  resume(): void {
    this.check("resume", this.ended && !this.tunnel);
    this.paused = false;
    this.lane.resume();
  }

  pause(): void {
    this.check("pause", this.ended && !this.tunnel);
    this.paused = true;
    this.lane.pause();
  }

  inform(status: number, reason: string, headers: RawHeaders): void {
    this.check("inform", this.answered);
    this.lane.inform(status, reason, headers);
  }

  respond(status: number, reason: string, headers: RawHeaders, framing: number, close: boolean): void {
    this.check("respond", this.answered);
    this.answered = true;
    this.lane.respond(status, reason, headers, framing, close);
  }

  upgrade(status: number, reason: string, headers: RawHeaders): void {
    this.check("upgrade", this.answered);
    this.answered = true;
    this.tunnel = true;
    this.lane.upgrade(status, reason, headers);
  }

  write(chunk: Uint8Array): boolean {
    this.check("write", this.ended || !this.answered);
    return this.lane.write(chunk);
  }

  end(trailers: RawHeaders | undefined): void {
    this.check("end", this.ended || !this.answered);
    this.ended = true;
    this.lane.end(trailers);
  }

  abort(): void {
    this.check("abort", this.ended && !this.tunnel);
    this.over = true;
    this.lane.abort();
  }

  onBody(chunk: Uint8Array): void {
    this.listener.onBody(chunk);
  }

  onBodyEnd(trailers: RawHeaders | undefined): void {
    this.listener.onBodyEnd(trailers);
  }

  onDrain(): void {
    this.listener.onDrain();
  }

  onBodyStall(): void {
    this.listener.onBodyStall();
  }

  onClientEnd(): void {
    this.listener.onClientEnd();
  }

  onAbort(code: string): void {
    this.over = true;
    this.listener.onAbort(code);
  }

  onDone(): void {
    this.over = true;
    this.listener.onDone();
  }

  private check(what: string, wrong: boolean): void {
    if (wrong || this.over) this.breaches.push(`lane.${what}`);
  }
}

/** A call as its backend sees it: notes what may not be done to it (src/backends/contract.ts). */
export class StrictCall implements BackendCall, BackendListener {
  paused = false;
  aborted = false;
  private readonly call: BackendCall;
  private readonly listener: BackendListener;
  private readonly breaches: Breaches;
  private tunnel = false;
  private ended = false;
  private over = false;

  constructor(backend: Backend, request: BackendRequest, listener: BackendListener, breaches: Breaches) {
    this.listener = listener;
    this.breaches = breaches;
    this.call = backend.open(request, this);
  }

  write(chunk: Uint8Array): boolean {
    this.check("write", this.ended);
    return this.call.write(chunk);
  }

  end(trailers: RawHeaders | undefined): void {
    this.check("end", this.ended);
    this.ended = true;
    this.call.end(trailers);
  }

  pause(): void {
    this.check("pause", false);
    this.paused = true;
    this.call.pause();
  }

  resume(): void {
    this.check("resume", false);
    this.paused = false;
    this.call.resume();
  }

  allowSilence(): void {
    this.check("allowSilence", false);
    this.call.allowSilence();
  }

  abort(): void {
    this.aborted ||= !this.over;
    this.over = true;
    this.call.abort();
  }

  onRequestDrain(): void {
    this.listener.onRequestDrain();
  }

  onInform(status: number, reason: string, headers: RawHeaders): void {
    this.listener.onInform(status, reason, headers);
  }

  onHead(status: number, reason: string, headers: RawHeaders, framing: number): void {
    this.listener.onHead(status, reason, headers, framing);
  }

  onUpgrade(status: number, reason: string, headers: RawHeaders): void {
    this.tunnel = true;
    // The request has ended; its client's half of the tunnel begins.
    if (!this.ended) this.breaches.push("call.onUpgrade");
    this.ended = false;
    this.listener.onUpgrade(status, reason, headers);
  }

  onData(chunk: Uint8Array): void {
    this.listener.onData(chunk);
  }

  onEnd(trailers: RawHeaders | undefined): void {
    if (!this.tunnel) this.over = true;
    this.listener.onEnd(trailers);
  }

  onError(...error: Parameters<BackendListener["onError"]>): void {
    this.over = true;
    this.listener.onError(...error);
  }

  private check(what: string, wrong: boolean): void {
    if (wrong || this.over) this.breaches.push(`call.${what}`);
  }
}

/** Any backend, with its calls watched. */
export class StrictBackend implements Backend {
  readonly name: string;
  readonly calls: StrictCall[] = [];
  private readonly backend: Backend;
  private readonly breaches: Breaches;

  constructor(backend: Backend, breaches: Breaches) {
    this.name = backend.name;
    this.backend = backend;
    this.breaches = breaches;
  }

  get last(): StrictCall {
    const call = this.calls.at(-1);
    if (call === undefined) throw new Error(`${this.name} was not asked`);
    return call;
  }

  open(request: BackendRequest, listener: BackendListener): BackendCall {
    const call = new StrictCall(this.backend, request, listener, this.breaches);
    this.calls.push(call);
    return call;
  }

  problems(): readonly string[] {
    return this.backend.problems();
  }

  close(): void {
    this.backend.close();
  }
}
