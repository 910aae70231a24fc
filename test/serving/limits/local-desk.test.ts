import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Pace, paceOf } from "../../../src/domain/policies/gcra.ts";
import type { MeterDefinition } from "../../../src/domain/policies/limit.ts";
import { LocalDesk } from "../../../src/serving/limits/local-desk.ts";
import { ExactBucket } from "../../support/exact-bucket.ts";

class Time {
  micro = 0;
  /** 2026-11-29 12:00 UTC. */
  ms = Date.parse("2026-11-29T12:00:00Z");
  readonly now = () => this.ms;
  /** As the system's: with fractions. */
  readonly micros = () => this.micro + 0.25;
  pass(ms: number): void {
    this.micro += ms * 1000;
    this.ms += ms;
  }
}

const rate = (amount: string, burst: number, id = "rate"): MeterDefinition => ({
  kind: "rate",
  id,
  pace: paceOf(amount, 1e6, burst) as Pace,
});
const quota = (amount: number, period: "day" | "week" | "month" = "day"): MeterDefinition => ({
  kind: "quota",
  id: `quota ${period}`,
  amount,
  period,
});
const concurrent = (most: number): MeterDefinition => ({ kind: "concurrent", id: "concurrent", most });

function deskOf(bytes = 1024 * 1024) {
  const time = new Time();
  return { time, desk: new LocalDesk(bytes, time) };
}

const KEYS = ["ada", "bob", "cyd"];

describe("the local desk", () => {
  test("lets pass what the exact model does, for each key by itself, over 50 random rates, bursts and arrivals", () => {
    const arrivals = fc.array(fc.tuple(fc.constantFrom(...KEYS), fc.integer({ min: 0, max: 400_000 })), {
      minLength: 100,
      maxLength: 300,
    });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 50_000 }).map((n) => String(n / 100)),
        fc.integer({ min: 1, max: 30 }),
        arrivals,
        (amount, burst, all) => {
          const { time, desk } = deskOf();
          const limiter = desk.open([rate(amount, burst)]);
          const exact = new Map(KEYS.map((key) => [key, new ExactBucket(amount, 1e6, burst)]));
          for (const [key, gap] of all) {
            time.micro += gap;
            expect(limiter.take([key]).refusedBy < 0).toBe(exact.get(key)?.take(time.micro));
          }
        },
      ),
      { numRuns: 50 },
    );
  });

  test("says what is left, when it is whole again, and when the next request passes", () => {
    const { time, desk } = deskOf();
    const limiter = desk.open([rate("10", 2), quota(3)]);
    expect(limiter.take(["a", "a"])).toEqual({
      refusedBy: -1,
      retryMs: 0,
      readings: [
        { left: 1, wholeMs: 100 },
        { left: 2, wholeMs: 12 * 3_600_000 },
      ],
    });
    limiter.take(["a", "a"]);
    expect(limiter.take(["a", "a"])).toMatchObject({ refusedBy: 0, retryMs: 100 });
    // What is refused is counted nowhere.
    time.pass(100);
    expect(limiter.peek(["a", "a"])).toMatchObject({ refusedBy: -1, readings: [{ left: 1 }, { left: 1 }] });
    expect(limiter.take(["a", "a"]).refusedBy).toBe(-1);
    time.pass(1000);
    expect(limiter.take(["a", "a"])).toMatchObject({ refusedBy: 1, retryMs: 12 * 3_600_000 - 1100 });
  });

  test("a quota begins anew with its window, and not with a clock that is set back a little", () => {
    const { time, desk } = deskOf();
    const limiter = desk.open([quota(1, "week")]);
    expect(limiter.take(["a"]).refusedBy).toBe(-1);
    time.pass(11 * 3_600_000);
    expect(limiter.take(["a"]).refusedBy).toBe(0);
    time.pass(3_600_000);
    expect(limiter.take(["a"]).refusedBy).toBe(-1);
    time.pass(-20);
    expect(limiter.take(["a"]).refusedBy).toBe(0);
    time.pass(20);
    expect(limiter.take(["a"]).refusedBy).toBe(0);
  });

  test("requests under way are counted until they are over", () => {
    const { desk } = deskOf();
    const limiter = desk.open([concurrent(2)]);
    limiter.take(["a"]);
    expect(limiter.take(["a"])).toMatchObject({ refusedBy: -1, readings: [{ left: 0 }] });
    expect(limiter.take(["a"])).toMatchObject({ refusedBy: 0, retryMs: 0 });
    expect(limiter.take(["b"]).refusedBy).toBe(-1);
    limiter.done(["a"]);
    expect(limiter.take(["a"]).refusedBy).toBe(-1);
  });

  test("files that are read again find what was used, with another burst too; those without it do not", () => {
    const { desk } = deskOf();
    const before = desk.open([rate("1", 3)]);
    for (let i = 0; i < 3; i++) before.take(["a"]);
    const after = desk.open([rate("1", 4)]);
    before.close();
    expect(after.take(["a"]).refusedBy).toBe(-1);
    expect(after.take(["a"]).refusedBy).toBe(0);
    after.close();
    expect(desk.budget.held).toBe(0);
    const anew = desk.open([rate("1", 3)]);
    expect(anew.take(["a"]).refusedBy).toBe(-1);
    // A request that began on the files of before holds nothing for good.
    after.take(["late"]);
    anew.close();
    expect(desk.budget.held).toBe(0);
  });
});

describe("a flood of keys", () => {
  const FLOOD = 200_000;

  test("forgets no limited key, and stays in its memory", () => {
    const { time, desk } = deskOf(1024 * 1024);
    const limiter = desk.open([rate("0.01", 3)]);
    const honest = Array.from({ length: 500 }, (_, i) => `honest ${i}`);
    for (const key of honest) for (let i = 0; i < 3; i++) expect(limiter.take([key]).refusedBy).toBe(-1);
    let most = 0;
    for (let i = 0; i < FLOOD; i++) {
      limiter.take([`flood ${i}`]);
      most = Math.max(most, desk.budget.held);
      if (i % 1000 === 0) time.pass(1);
    }
    expect(most).toBeLessThanOrEqual(1024 * 1024);
    expect(most).toBeGreaterThan(1000 * 1024);
    for (const key of honest) expect(limiter.take([key]).refusedBy).toBe(0);
    expect(desk.shared).toBeGreaterThan(0);
  });

  test("of keys that are as good as new leaves only the last behind", () => {
    const { time, desk } = deskOf(1024 * 1024);
    const limiter = desk.open([rate("1000", 100)]);
    for (let i = 0; i < 100; i++) limiter.take(["limited"]);
    for (let i = 0; i < FLOOD; i++) {
      limiter.take([`flood ${i}`]);
      // Each is whole again after a millisecond, and so is the key after a hundred.
      if (i % 20 === 0) time.micro += 100;
      if (i % 100 === 0) limiter.take(["limited"]);
    }
    expect(desk.keys).toBeLessThan(1000);
    expect(desk.shared).toBe(0);
    // Nobody comes any more.
    time.pass(1000);
    for (let i = 0; i < 10; i++) desk.tick();
    expect([desk.keys, desk.budget.held]).toEqual([0, 0]);
  });

  test("lets none of the keys that share a place have more than its own limit, before or after it has one", () => {
    const { time, desk } = deskOf(20 * 1024);
    const limiter = desk.open([rate("1", 5)]);
    const full = Array.from({ length: 300 }, (_, i) => `full ${i}`);
    for (const key of full) for (let i = 0; i < 5; i++) limiter.take([key]);
    expect(desk.shared).toBeGreaterThan(0);
    const late = new ExactBucket("1", 1e6, 5);
    let passed = 0;
    for (let ms = 0; ms < 20_000; ms += 50) {
      time.pass(50);
      const mine = limiter.take(["late"]).refusedBy < 0;
      const own = late.take(time.micro);
      if (mine) {
        passed++;
        expect(own || passed <= 5 + time.micro / 1e6).toBe(true);
      }
    }
    expect(passed).toBeLessThanOrEqual(5 + 20);
    expect(passed).toBeGreaterThan(10);
  });

  test("of one limit takes room from idle keys of another", () => {
    const { time, desk } = deskOf(64 * 1024);
    const idle = desk.open([rate("1000", 1, "idle")]);
    const busy = desk.open([rate("0.001", 1, "busy")]);
    for (let i = 0; i < 300; i++) idle.take([`idle ${i}`]);
    time.pass(1000);
    for (let i = 0; i < 350; i++) busy.take([`busy ${i}`]);
    expect(desk.shared).toBe(0);
    for (let i = 0; i < 350; i++) expect(busy.take([`busy ${i}`]).refusedBy).toBe(0);
  });
});
