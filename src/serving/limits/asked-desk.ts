import type { LimitDecision } from "../../domain/policies/limit.ts";
import type { LimitDesk, Limiter } from "../../layers/contract.ts";
import { flushAtEndOfTurn } from "../../wire/end-of-turn.ts";
import type { LimitAnswer, LimitAsks } from "../contract.ts";

/** A limiter that a worker named, and its requests under way. */
interface Named {
  readonly limiter: Limiter;
  /** Of its requests under way, by their keys together. Undefined: none of its meters counts those. */
  readonly underWay: Map<string, { readonly keys: readonly string[]; count: number }> | undefined;
}

/** Counts for one worker what it asks about. When it ends, its requests under way are over. */
export class AskedDesk {
  private readonly desk: LimitDesk;
  private readonly answer: (answers: readonly LimitAnswer[]) => void;
  private readonly named = new Map<number, Named>();
  private answers: LimitAnswer[] = [];
  private late: LimitAsks["asked"][number][] = [];
  private ended = false;

  constructor(desk: LimitDesk, answer: (answers: readonly LimitAnswer[]) => void) {
    this.desk = desk;
    this.answer = answer;
  }

  hear({ opened, asked, done, closed }: LimitAsks): void {
    for (const [limiter, meters] of opened) {
      const counts = meters.some(({ kind }) => kind === "concurrent");
      this.named.set(limiter, {
        limiter: this.desk.open(meters),
        underWay: counts ? new Map() : undefined,
      });
    }
    for (const ask of asked) {
      if (this.named.get(ask[1])?.underWay === undefined) this.decide(...ask);
      else this.decideLate(ask);
    }
    for (const [limiter, keys] of done) {
      const named = this.named.get(limiter);
      if (named !== undefined) over(named, keys);
    }
    for (const limiter of closed) this.close(limiter);
    if (this.answers.length > 0) this.flush();
  }

  end(): void {
    this.ended = true;
    for (const [limiter, named] of this.named) {
      for (const { keys, count } of named.underWay?.values() ?? [])
        for (let left = count; left > 0; left--) named.limiter.done(keys);
      this.close(limiter);
    }
  }

  flush(): void {
    const { late } = this;
    this.late = [];
    for (const ask of late) this.decide(...ask);
    const { answers } = this;
    this.answers = [];
    if (answers.length > 0) this.answer(answers);
  }

  /**
   * What another worker gave back may wait to be read now: whoever has its answer and asks again, over that worker or
   * this one, is not refused for the request before.
   */
  private decideLate(ask: LimitAsks["asked"][number]): void {
    if (this.late.push(ask) === 1) flushAtEndOfTurn(this);
  }

  private decide(id: number, limiter: number, peek: boolean, keys: readonly string[]): void {
    const named = this.named.get(limiter);
    if (named === undefined) return;
    const said = peek ? named.limiter.peek(keys) : named.limiter.take(keys);
    if (!(said instanceof Promise)) {
      this.decided(id, named, peek, keys, said);
      return;
    }
    void said.then((decision) => {
      if (this.answers.length === 0) flushAtEndOfTurn(this);
      this.decided(id, named, peek, keys, decision);
    });
  }

  private decided(
    id: number,
    named: Named,
    peek: boolean,
    keys: readonly string[],
    decision: LimitDecision,
  ): void {
    const { underWay, limiter } = named;
    if (underWay !== undefined && !peek && decision.refusedBy < 0) {
      if (this.ended) limiter.done(keys);
      else {
        const text = JSON.stringify(keys);
        const one = underWay.get(text) ?? { keys, count: 0 };
        one.count++;
        underWay.set(text, one);
      }
    }
    this.answers.push([id, decision]);
  }

  private close(limiter: number): void {
    this.named.get(limiter)?.limiter.close();
    this.named.delete(limiter);
  }
}

function over({ limiter, underWay }: Named, keys: readonly string[]): void {
  const text = JSON.stringify(keys);
  const one = underWay?.get(text);
  if (one === undefined) return;
  if (--one.count === 0) underWay?.delete(text);
  limiter.done(keys);
}
