import { expect, test } from "vitest";
import { type Pace, paceOf } from "../../../src/domain/policies/gcra.ts";
import type { MeterDefinition } from "../../../src/domain/policies/limit.ts";
import type { LimitDesk } from "../../../src/layers/contract.ts";
import type { LimitAnswer, LimitAsks } from "../../../src/serving/contract.ts";
import { AskedDesk } from "../../../src/serving/limits/asked-desk.ts";
import { FarDesk } from "../../../src/serving/limits/far-desk.ts";
import { LocalDesk } from "../../../src/serving/limits/local-desk.ts";

const RATE: MeterDefinition = { kind: "rate", id: "r", pace: paceOf("1", 3600e6, 5) as Pace };
const CONCURRENT: MeterDefinition = { kind: "concurrent", id: "c", most: 2 };

const local = () => new LocalDesk(1024 * 1024, { now: () => 0, micros: () => 0 });

/** A worker and what counts for it, with messages that are cloned and take a turn. */
function pair(desk: LimitDesk) {
  const messages: LimitAsks[] = [];
  const answers: (readonly LimitAnswer[])[] = [];
  const later = <T>(deliver: (value: T) => void, value: T) => setImmediate(deliver, structuredClone(value));
  const near = new AskedDesk(desk, (given) => {
    answers.push(given);
    later((said) => far.answered(said), given);
  });
  const far: FarDesk = new FarDesk((asks) => {
    messages.push(asks);
    later((heard) => near.hear(heard), asks);
  });
  return { far, near, messages, answers };
}

test("two workers have one limit, and what comes up in one turn goes in one message each way", async () => {
  const desk = local();
  const [one, other] = [pair(desk), pair(desk)];
  const limiters = [one, other].map(({ far }) => far.open([RATE]));
  const decisions = await Promise.all(
    limiters.flatMap((limiter) => Array.from({ length: 10 }, () => limiter.take(["a"]))),
  );
  expect(decisions.filter(({ refusedBy }) => refusedBy < 0)).toHaveLength(5);
  expect([one.messages.length, one.answers.length]).toEqual([1, 1]);
  expect(await limiters[0]?.peek(["a"])).toMatchObject({ refusedBy: 0 });
  expect(await limiters[0]?.peek(["b"])).toMatchObject({ refusedBy: -1, readings: [{ left: 5 }] });
  expect(await limiters[0]?.peek(["b"])).toMatchObject({ refusedBy: -1, readings: [{ left: 5 }] });
});

test("requests under way of a worker that ends are over", async () => {
  const desk = local();
  const [one, other] = [pair(desk), pair(desk)];
  const limiter = one.far.open([CONCURRENT]);
  await limiter.take(["a"]);
  await limiter.take(["a"]);
  const others = other.far.open([CONCURRENT]);
  expect(await others.take(["a"])).toMatchObject({ refusedBy: 0 });
  limiter.done(["a"]);
  await one.far.open([RATE]).take(["x"]);
  expect(await others.take(["a"])).toMatchObject({ refusedBy: -1 });
  expect(await others.take(["a"])).toMatchObject({ refusedBy: 0 });
  one.near.end();
  expect(await others.take(["a"])).toMatchObject({ refusedBy: -1 });
  expect(await others.take(["a"])).toMatchObject({ refusedBy: 0 });
});

test("a worker that ends while a store is asked leaves no request under way behind", async () => {
  const counted: (readonly string[])[] = [];
  const { promise, resolve } = Promise.withResolvers<never>();
  const desk: LimitDesk = {
    refused: { add: () => {} },
    open: () => ({
      take: () => promise,
      peek: () => promise,
      done: (keys) => counted.push(keys),
      close: () => {},
    }),
  };
  const { far, near } = pair(desk);
  void far.open([CONCURRENT]).take(["a"]);
  await new Promise((done) => setTimeout(done, 20));
  near.end();
  resolve({ refusedBy: -1, retryMs: 0, readings: [{ left: 1, wholeMs: 0 }] } as never);
  await new Promise((done) => setTimeout(done, 20));
  expect(counted).toEqual([["a"]]);
});

test("a limiter is known at the other end for as long as files have it or a request of it is under way", async () => {
  const desk = local();
  const { far, messages } = pair(desk);
  const limiter = far.open([CONCURRENT, RATE]);
  await limiter.take(["a", "a"]);
  limiter.close();
  await new Promise((done) => setTimeout(done, 20));
  expect(messages.flatMap(({ closed }) => closed)).toEqual([]);
  limiter.done(["a", "a"]);
  await new Promise((done) => setTimeout(done, 20));
  expect(messages.flatMap(({ closed }) => closed)).toEqual([1]);
  expect(desk.budget.held).toBe(0);
  // A request that was held since before.
  expect(await limiter.take(["a", "a"])).toMatchObject({ refusedBy: -1 });
  limiter.done(["a", "a"]);
  await new Promise((done) => setTimeout(done, 20));
  expect(messages.flatMap(({ closed }) => closed)).toEqual([1, 1]);
});

test("what one worker has given back is there for another that is heard before it in that turn", async () => {
  const desk = local();
  const [one, other] = [pair(desk), pair(desk)];
  const limiter = one.far.open([CONCURRENT]);
  const others = other.far.open([CONCURRENT]);
  await limiter.take(["a"]);
  await limiter.take(["a"]);
  const asked = others.take(["a"]);
  // Both messages arrive in one turn, the question first.
  other.far.flush();
  limiter.done(["a"]);
  expect(await asked).toMatchObject({ refusedBy: -1 });
  // It went by itself, and there is no empty message behind it.
  expect(one.messages.map(({ done }) => done.length)).toEqual([0, 0, 1].slice(-one.messages.length));
  expect(one.messages.every(({ asked, done }) => asked.length + done.length > 0)).toBe(true);
});
