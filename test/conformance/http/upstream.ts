import { once } from "node:events";
import { type AddressInfo, createServer, type Server } from "node:net";
import { CaseFailure } from "./failure.ts";
import type { Message } from "./parse.ts";
import { Wire } from "./wire.ts";

/** What an upstream on autopilot says to its nth request (from 0); undefined: the case answers by itself. */
export type Answer =
  | string
  | Buffer
  | ((
      request: Message,
      wire: Wire,
      nth: number,
    ) => string | Buffer | undefined | Promise<string | undefined>);

/** A raw programmable upstream: keeps each connection's bytes, answers only what the case says. */
export class Upstream {
  readonly connections: Wire[] = [];
  /** Complete requests, in the order they were completed; filled on autopilot. */
  readonly requests: Message[] = [];
  /** What the proxy sent that no proxy may send, and the case did not wait for. */
  fault: CaseFailure | undefined;
  /** What the case waits for now, for the reason of a hang. */
  waitingFor = "";
  private readonly server: Server;
  private readonly waiting: ((wire: Wire) => void)[] = [];
  private taken = 0;
  private answer: Answer | undefined;

  constructor() {
    this.server = createServer({ allowHalfOpen: true }, (socket) => {
      const wire = new Wire(socket);
      this.connections.push(wire);
      if (this.answer !== undefined) void this.pilot(wire);
      else this.waiting.shift()?.(wire);
    });
  }

  async listen(): Promise<number> {
    this.server.listen(0, "127.0.0.1");
    await once(this.server, "listening");
    return (this.server.address() as AddressInfo).port;
  }

  close(): void {
    this.server.close();
    for (const wire of this.connections) wire.destroy();
  }

  /** Autopilot: reads whole requests on every connection and answers each. */
  reply(answer: Answer): void {
    this.answer = answer;
  }

  /** The next connection that no call has taken yet. */
  next(): Promise<Wire> {
    const ready = this.connections[this.taken++];
    if (ready) return Promise.resolve(ready);
    this.waitingFor = "the proxy to ask the upstream";
    return new Promise((resolve) =>
      this.waiting.push((wire) => {
        this.waitingFor = "";
        resolve(wire);
      }),
    );
  }

  /** What any connection received, as latin1. */
  get received(): string {
    return this.connections.map((wire) => wire.bytes.toString("latin1")).join("");
  }

  private async pilot(wire: Wire): Promise<void> {
    try {
      for (;;) {
        const request = await wire.request();
        const nth = this.requests.push(request) - 1;
        const said = typeof this.answer === "function" ? await this.answer(request, wire, nth) : this.answer;
        if (said !== undefined) wire.write(said);
      }
    } catch (error) {
      if (!(error instanceof CaseFailure)) throw error;
      if (/^malformed|^sent /.test(error.message)) this.fault ??= error;
      if (wire.ended && !wire.closed) wire.end();
    }
  }
}
