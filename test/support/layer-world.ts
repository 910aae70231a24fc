import type { Backend } from "../../src/backends/contract.ts";
import type { Deadlines } from "../../src/domain/deadlines.ts";
import { CHUNKED, NO_BODY, type RawHeaders } from "../../src/domain/message.ts";
import type { LaneRequest } from "../../src/lanes/contract.ts";
import { Exchange } from "../../src/proxy/exchange.ts";
import { ExchangeWorld, type ExchangeWorldOptions } from "./exchange-world.ts";
import { type Breaches, StrictBackend, StrictLane } from "./strict.ts";

/** A request for a played client to send. */
export interface Wanted {
  readonly method?: string;
  readonly target?: string;
  /** Besides Host and framing. */
  readonly headers?: RawHeaders;
  /** How its body is framed; NO_BODY unless given. */
  readonly framing?: number;
  readonly upgrade?: boolean;
  readonly expect?: boolean;
}

/** A message as whoever got it reads it, so far. Text is latin1. */
export interface Got {
  readonly fields: RawHeaders;
  readonly body: string;
  readonly trailers: RawHeaders;
  /** It came to its end. */
  readonly whole: boolean;
}

export interface GotAnswer extends Got {
  readonly informs: readonly number[];
  /** 0: no head came. */
  readonly status: number;
  readonly reason: string;
}

export interface GotRequest extends Got {
  readonly method: string;
  readonly target: string;
}

/** A client with one request. */
export interface PlayedClient {
  readonly got: GotAnswer;
  /** Its connection ended, with a whole answer or without. */
  readonly closed: boolean;
  /** Of the answer's bytes, how many came: cheaper than `got`. */
  readonly bytes: number;
  /** Sends of its body, or into the tunnel. */
  send(text: string): void;
  /** Ends its message, or its half of the tunnel. */
  finish(trailers?: RawHeaders): void;
  leave(): void;
  /** Reads nothing until read(). */
  stop(): void;
  read(): void;
}

/** The serving side, with one request. */
export interface PlayedSide {
  readonly got: GotRequest;
  /** Its connection, or call, was given up by the front door. */
  readonly gone: boolean;
  readonly bytes: number;
  inform(status: number, reason: string, headers: RawHeaders): void;
  /** `framing`: a length, CHUNKED or NO_BODY. */
  head(status: number, reason: string, headers: RawHeaders, framing: number): void;
  upgrade(headers: RawHeaders): void;
  send(text: string): void;
  /** Ends its message, or its half of the tunnel. */
  finish(trailers?: RawHeaders): void;
  /** Breaks off. */
  fail(): void;
  stop(): void;
  read(): void;
}

/** A front door's exchange between a played client and two played sides: modern serves, legacy gets the shadows. */
export abstract class LayerWorld {
  readonly breaches: Breaches = [];
  readonly lanes: StrictLane[] = [];
  readonly exchanges: ExchangeWorld;
  /** What the exchange asked modern. */
  protected readonly modern: StrictBackend;
  private readonly sweeping: NodeJS.Timeout;
  private taken = 0;

  constructor(
    options: ExchangeWorldOptions,
    backends: (deadlines: Deadlines) => readonly [modern: Backend, legacy: Backend],
  ) {
    let modern: StrictBackend | undefined;
    this.exchanges = new ExchangeWorld({
      position: { modern: 100, shadow: 0 },
      ...options,
      backends: (deadlines) => {
        const made = backends(deadlines).map((backend) => new StrictBackend(backend, this.breaches));
        modern = made[0];
        return made;
      },
    });
    this.modern = modern as StrictBackend;
    const sweep = () => this.exchanges.deadlines.sweep(performance.now());
    sweep();
    this.sweeping = setInterval(sweep, 5);
  }

  abstract request(wanted?: Wanted): PlayedClient;
  /** Requests that modern got, in order. */
  protected abstract readonly sides: readonly PlayedSide[];
  /** Ends what is open. */
  async close(): Promise<void> {
    clearInterval(this.sweeping);
  }

  /** The newest call of modern. */
  get call() {
    return this.modern.last;
  }

  get calls() {
    return this.modern.calls;
  }

  get lane(): StrictLane {
    return this.lanes.at(-1) as StrictLane;
  }

  /** The next request that modern gets. */
  async asked(): Promise<PlayedSide> {
    await until(() => this.sides.length > this.taken, "modern is asked");
    return this.sides[this.taken++] as PlayedSide;
  }

  /** Requests that modern got and the test has not taken. */
  get unasked(): number {
    return this.sides.length - this.taken;
  }

  protected handle(lane: LaneRequest): StrictLane {
    const strict = new StrictLane(
      lane,
      (watched) => new Exchange(this.exchanges.context, watched),
      this.breaches,
    );
    this.lanes.push(strict);
    return strict;
  }

  /** No request is under way, and every comparison is decided. */
  async settled(): Promise<void> {
    const { context, requests, shadower, comparer } = this.exchanges;
    await until(() => context.clients.active === 0 && requests.active === 0, "every request is over");
    await until(() => shadower.pending === comparer.jobs.length, "every shadow is answered");
    while (comparer.jobs.length > 0) comparer.decide();
  }
}

/** Waits, for 5 seconds at most. */
export async function until(holds: () => boolean, what: string): Promise<void> {
  const end = performance.now() + 5000;
  while (!holds()) {
    if (performance.now() > end) throw new Error(`not in time: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

/** Framing fields of a message. */
export function framingFields(framing: number): RawHeaders {
  if (framing === NO_BODY) return [];
  return framing === CHUNKED ? ["Transfer-Encoding", "chunked"] : ["Content-Length", String(framing)];
}
