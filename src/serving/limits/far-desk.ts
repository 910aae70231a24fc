import { FrequentKeys } from "../../domain/frequent-keys.ts";
import type { LimitDecision, MeterDefinition } from "../../domain/policies/limit.ts";
import type { LimitDesk, Limiter } from "../../layers/contract.ts";
import { flushAtEndOfTurn } from "../../wire/end-of-turn.ts";
import type { LimitAnswer, LimitAsks } from "../contract.ts";
import { MAX_REFUSED_KEYS } from "./refused-keys.ts";

type Asks = { -readonly [Name in keyof LimitAsks]: LimitAsks[Name][number][] };

const nothing = (): Asks => ({ opened: [], asked: [], done: [], closed: [] });

/** One of several that serve: another process counts for all of them. What comes up in one turn goes in one message. */
export class FarDesk implements LimitDesk {
  readonly refused = new FrequentKeys(MAX_REFUSED_KEYS);
  private readonly post: (asks: LimitAsks) => void;
  private readonly waiting = new Map<number, (decision: LimitDecision) => void>();
  private asks = nothing();
  private posting = false;
  private limiters = 0;
  private last = 0;

  constructor(post: (asks: LimitAsks) => void) {
    this.post = post;
  }

  open(meters: readonly MeterDefinition[]): Limiter {
    return new FarLimiter(this, ++this.limiters, meters);
  }

  answered(answers: readonly LimitAnswer[]): void {
    for (const [id, decision] of answers) {
      this.waiting.get(id)?.(decision);
      this.waiting.delete(id);
    }
  }

  flush(): void {
    const { asks } = this;
    if (!this.posting) return;
    this.posting = false;
    this.asks = nothing();
    this.post(asks);
  }

  ask(limiter: number, peek: boolean, keys: readonly string[]): Promise<LimitDecision> {
    const id = ++this.last;
    this.due().asked.push([id, limiter, peek, keys]);
    return new Promise((resolve) => {
      this.waiting.set(id, resolve);
    });
  }

  /** What the next message says. */
  due(): Asks {
    if (!this.posting) {
      this.posting = true;
      flushAtEndOfTurn(this);
    }
    return this.asks;
  }
}

/** It is known at the other end for as long as files have it, or a request of it is under way. */
class FarLimiter implements Limiter {
  private readonly desk: FarDesk;
  private readonly number: number;
  private readonly meters: readonly MeterDefinition[];
  private readonly concurrent: boolean;
  private users = 1;
  private known = false;

  constructor(desk: FarDesk, number: number, meters: readonly MeterDefinition[]) {
    this.desk = desk;
    this.number = number;
    this.meters = meters;
    this.concurrent = meters.some(({ kind }) => kind === "concurrent");
  }

  take(keys: readonly string[]): Promise<LimitDecision> {
    return this.ask(keys, false);
  }

  peek(keys: readonly string[]): Promise<LimitDecision> {
    return this.ask(keys, true);
  }

  /** It is told at once: the client that has the answer may ask another worker next. */
  done(keys: readonly string[]): void {
    this.desk.due().done.push([this.number, keys]);
    this.close();
    this.desk.flush();
  }

  close(): void {
    if (--this.users > 0 || !this.known) return;
    this.known = false;
    this.desk.due().closed.push(this.number);
  }

  private async ask(keys: readonly string[], peek: boolean): Promise<LimitDecision> {
    this.users++;
    if (!this.known) {
      this.known = true;
      this.desk.due().opened.push([this.number, this.meters]);
    }
    const decision = await this.desk.ask(this.number, peek, keys);
    if (!this.concurrent || peek || decision.refusedBy >= 0) this.close();
    return decision;
  }
}
