import { setTimeout as delay } from "node:timers/promises";
import { cohortPrefix, sideOf, splitHash, thresholdOf } from "../../../src/domain/split.ts";
import { KeepAliveClient } from "../keep-alive-client.ts";

interface Stand {
  readonly modern: number;
  readonly from: number;
  until: number;
}

/** Where a route may have stood, when: while a shift is on its way, both positions are right. */
export class Timeline {
  private readonly stands: Stand[];

  constructor(modern: number) {
    this.stands = [{ modern, from: Number.NEGATIVE_INFINITY, until: Number.POSITIVE_INFINITY }];
  }

  /** Records a shift from before it is sent until it is acknowledged; `act` gives the position that came of it. */
  async during<T>(modern: number, act: () => Promise<T>): Promise<T> {
    const before = this.stands.at(-1) as Stand;
    this.stands.push({ modern, from: performance.now(), until: Number.POSITIVE_INFINITY });
    const result = await act();
    before.until = performance.now();
    return result;
  }

  /** The positions that a request of this time span may have met. */
  between(from: number, to: number): number[] {
    const found: number[] = [];
    for (let i = this.stands.length - 1; i >= 0; i--) {
      const stand = this.stands[i] as Stand;
      if (stand.from <= to && stand.until >= from) found.push(stand.modern);
      if (stand.until < from) break;
    }
    return found;
  }
}

/** A timeline that allows either side, for when the shifts are not the client's to know. */
export class EitherSide extends Timeline {
  constructor() {
    super(0);
  }

  override between(): number[] {
    return [0, 100];
  }
}

export interface SideLoadOptions {
  readonly url: string;
  readonly path: string;
  readonly cohort: string;
  readonly connections: number;
  readonly timeline: Timeline;
  /** Between an answer and the next request of a client, ms. Left out: none. */
  readonly pauseMs?: number;
}

/**
 * Keep-alive clients, each with a sticky key of its own in x-user-id, asking without pause. Every answer is held against
 * the hash's verdict, both by x-fig-side and by the upstream that wrote the body.
 */
export class SideLoad {
  requests = 0;
  /** The first failures in words. */
  readonly failures: string[] = [];
  failed = 0;
  wrongSide = 0;
  /** Answers by side. */
  readonly answers = { legacy: 0, modern: 0 };
  readonly keys: readonly string[];
  private readonly options: SideLoadOptions;
  private readonly prefix: string;
  private readonly clients: KeepAliveClient[];
  private readonly asked: number[];
  private readonly loops: Promise<void>[];
  private stopped = false;

  constructor(options: SideLoadOptions) {
    this.options = options;
    this.prefix = cohortPrefix(options.cohort);
    this.keys = Array.from({ length: options.connections }, (_, i) => `user-${i}`);
    this.asked = this.keys.map(() => 0);
    this.clients = this.keys.map(() => new KeepAliveClient(options.url));
    this.loops = this.keys.map((key, i) => this.loop(key, i));
  }

  /** Connections ever opened: as many as clients when none had to be opened anew. */
  get connectionsOpened(): number {
    return this.clients.reduce((sum, client) => sum + client.sockets.size, 0);
  }

  /** Requests of the client that has made the fewest. */
  get fewest(): number {
    return Math.min(...this.asked);
  }

  verdict(key: string, modern: number): "legacy" | "modern" {
    return sideOf(splitHash(this.prefix, key), thresholdOf(modern));
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await Promise.all(this.loops);
    for (const client of this.clients) client.close();
  }

  private async loop(key: string, i: number): Promise<void> {
    const client = this.clients[i] as KeepAliveClient;
    const { path, timeline, pauseMs = 0 } = this.options;
    while (!this.stopped) {
      const from = performance.now();
      try {
        const answer = await client.ask("GET", path, { "x-user-id": key });
        const allowed = timeline.between(from, performance.now()).map((modern) => this.verdict(key, modern));
        const side = answer.headers["x-fig-side"] as "legacy" | "modern";
        if (answer.status !== 200)
          this.fail(`${key}: answered ${answer.status} ${answer.body.slice(0, 100)}`);
        else if (!allowed.includes(side) || answer.body !== side) {
          this.wrongSide++;
          this.fail(`${key}: served by ${side} (${answer.body}), the hash says ${allowed.join(" or ")}`);
        } else this.answers[side]++;
      } catch (error) {
        this.fail(`${key}: ${String(error)}`);
      }
      this.requests++;
      this.asked[i] = (this.asked[i] ?? 0) + 1;
      if (pauseMs > 0) await delay(pauseMs);
    }
  }

  private fail(reason: string): void {
    this.failed++;
    if (this.failures.length < 10) this.failures.push(reason);
  }
}
