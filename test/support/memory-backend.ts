import type { Backend, BackendCall, BackendListener, BackendRequest } from "../../src/backends/contract.ts";
import type { RawHeaders } from "../../src/domain/message.ts";

/** One request an upstream without a socket was asked: the test plays the upstream through `listener`. */
export class MemoryCall implements BackendCall {
  readonly request: BackendRequest;
  readonly listener: BackendListener;
  body = "";
  trailers: RawHeaders | undefined = undefined;
  ended = false;
  aborted = false;
  flowing = true;
  silent = false;
  /** What write() answers. */
  writable = true;
  /** Has no connection yet: abort() of a whole request leaves it to be sent. */
  connecting = false;

  constructor(request: BackendRequest, listener: BackendListener) {
    this.request = request;
    this.listener = listener;
  }

  header(name: string): string | undefined {
    const { headers } = this.request;
    const at = headers.findIndex((text, i) => i % 2 === 0 && text.toLowerCase() === name);
    return at < 0 ? undefined : headers[at + 1];
  }

  /** A whole answer at once. */
  answer(status: number, body: string, headers: RawHeaders = []): void {
    this.listener.onHead(status, "", [...headers, "content-length", String(body.length)], body.length);
    if (body !== "") this.listener.onData(Buffer.from(body, "latin1"));
    this.listener.onEnd(undefined);
  }

  write(chunk: Uint8Array): boolean {
    if (this.aborted) throw new Error("written after abort");
    this.body += Buffer.from(chunk).toString("latin1");
    return this.writable;
  }

  end(trailers: RawHeaders | undefined): void {
    this.ended = true;
    this.trailers = trailers;
  }

  pause(): void {
    this.flowing = false;
  }

  resume(): void {
    this.flowing = true;
  }

  allowSilence(): void {
    this.silent = true;
  }

  abort(): void {
    this.aborted = true;
    if (this.connecting && this.ended) this.listener.onLeft?.(undefined);
  }
}

export class MemoryBackend implements Backend {
  readonly name: string;
  readonly calls: MemoryCall[] = [];
  /** What write() of the calls to come answers. */
  writable = true;

  constructor(name: string) {
    this.name = name;
  }

  /** The newest call. */
  get last(): MemoryCall {
    const call = this.calls.at(-1);
    if (call === undefined) throw new Error(`${this.name} was not asked`);
    return call;
  }

  open(request: BackendRequest, listener: BackendListener): BackendCall {
    const call = new MemoryCall(request, listener);
    call.writable = this.writable;
    this.calls.push(call);
    return call;
  }

  problems(): readonly string[] {
    return [];
  }

  close(): void {}
}
