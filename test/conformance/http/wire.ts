import type { Socket } from "node:net";
import { CaseFailure, fail } from "./failure.ts";
import { type Expecting, type Message, readMessage, statusOf } from "./parse.ts";

/** One end of a raw TCP connection: keeps every byte received and lets a case wait for what it needs. */
export class Wire {
  readonly socket: Socket;
  /** The other end sent FIN. */
  ended = false;
  /** Reset or another socket error. */
  broke: string | undefined;
  closed = false;
  /** What the case waits for now, for the reason of a hang. */
  waitingFor = "";
  private buffer = Buffer.alloc(4096);
  private length = 0;
  private cursor = 0;
  private readonly wakers = new Set<() => void>();

  constructor(socket: Socket) {
    this.socket = socket;
    socket.setNoDelay(true);
    socket.on("data", (chunk: Buffer) => {
      if (this.length + chunk.length > this.buffer.length) {
        const grown = Buffer.alloc(Math.max(this.buffer.length * 2, this.length + chunk.length));
        this.buffer.copy(grown, 0, 0, this.length);
        this.buffer = grown;
      }
      chunk.copy(this.buffer, this.length);
      this.length += chunk.length;
      this.wake();
    });
    socket.on("end", () => {
      this.ended = true;
      this.wake();
    });
    socket.on("error", (error: NodeJS.ErrnoException) => {
      this.broke = error.code ?? error.message;
      this.wake();
    });
    socket.on("close", () => {
      this.closed = true;
      this.wake();
    });
  }

  private wake(): void {
    for (const waker of [...this.wakers]) waker();
  }

  /** Every byte received so far. */
  get bytes(): Buffer {
    return this.buffer.subarray(0, this.length);
  }

  /** Bytes received and not yet read as messages. */
  get rest(): string {
    return this.buffer.toString("latin1", this.cursor, this.length);
  }

  /** No more bytes can come. */
  get over(): boolean {
    return this.ended || this.closed || this.broke !== undefined;
  }

  /** Strings are latin1. Returns what socket.write returns. */
  write(data: string | Buffer): boolean {
    return this.socket.writable
      ? this.socket.write(typeof data === "string" ? Buffer.from(data, "latin1") : data)
      : false;
  }

  end(): void {
    this.socket.end();
  }

  /** Breaks the connection with a reset. */
  reset(): void {
    this.socket.resetAndDestroy();
  }

  destroy(): void {
    this.socket.destroy();
  }

  /** Resolves with the first value other than undefined that `check` gives; fails the case when no more bytes can come. */
  until<T>(
    what: string,
    check: () => T | undefined,
    whenOver: () => T = () => fail(`closed while waiting for ${what}`),
  ) {
    this.waitingFor = what;
    return new Promise<T>((resolve, reject) => {
      const attempt = () => {
        try {
          const value = check() ?? (this.over ? whenOver() : undefined);
          if (value === undefined) return;
          this.wakers.delete(attempt);
          this.waitingFor = "";
          resolve(value);
        } catch (error) {
          this.wakers.delete(attempt);
          reject(error as Error);
        }
      };
      this.wakers.add(attempt);
      attempt();
    });
  }

  private next(expecting: Expecting, what: string): Promise<Message> {
    return this.until(
      what,
      () => {
        const clean = this.ended && this.broke === undefined;
        const read = readMessage(this.bytes, this.cursor, expecting, clean);
        if (read) this.cursor = read.next;
        return read?.message;
      },
      () => fail(this.rest === "" ? `closed without ${what}` : `broken off inside ${what}`),
    );
  }

  request(): Promise<Message> {
    return this.next({ kind: "request" }, "a request");
  }

  /** The next response, interim ones included. */
  response(method = "GET"): Promise<Message> {
    return this.next({ kind: "response", method }, "a response");
  }

  /** The next final response and the interim ones before it. A 101 counts as final. */
  async final(method = "GET"): Promise<Message & { readonly interim: readonly Message[] }> {
    const interim: Message[] = [];
    for (;;) {
      const message = await this.response(method);
      const status = statusOf(message);
      if (status >= 200 || status === 101) return { ...message, interim };
      interim.push(message);
    }
  }

  /** Raw bytes after what was read as messages, once they hold `text`; they count as read. */
  async untilRaw(text: string): Promise<string> {
    return await this.until(`the bytes ${JSON.stringify(text)}`, () => {
      const rest = this.rest;
      const at = rest.indexOf(text);
      if (at < 0) return undefined;
      this.cursor += at + text.length;
      return rest.slice(0, at + text.length);
    });
  }

  /** The other end closed, cleanly or not. */
  async gone(): Promise<void> {
    await this.until(
      "the connection to close",
      () => (this.over ? true : undefined),
      () => true,
    );
  }

  /** The head of the next message as text, without reading on: for messages that are not complete yet. */
  async partialHead(): Promise<string> {
    return await this.until("a message head", () => {
      const at = this.bytes.indexOf("\r\n\r\n", this.cursor);
      return at < 0 ? undefined : this.bytes.toString("latin1", this.cursor, at + 4);
    });
  }

  /** Waits for the end and fails the case if what came could be taken for a complete response (a 502 or 504 may). */
  async brokenOff(method = "GET"): Promise<void> {
    await this.gone();
    let read: ReturnType<typeof readMessage>;
    try {
      read = readMessage(this.bytes, this.cursor, { kind: "response", method }, this.broke === undefined);
    } catch (error) {
      if (error instanceof CaseFailure) return;
      throw error;
    }
    if (read && ![502, 504].includes(statusOf(read.message)))
      fail("a short answer looks complete to the client");
  }
}
