import { describe, expect, it } from "vitest";
import { ShadowLimit } from "../../src/proxy/shadow-limit.ts";
import { ExchangeWorld } from "../support/exchange-world.ts";

/** Shadows sent as fast as the limit lets them to a side that works at `workers` of them at a time, each for `work` ms. */
function run(limit: ShadowLimit, workers: number, work: number | (() => number), answers: number) {
  const latencies: number[] = [];
  const limits: number[] = [];
  const underWay: { readonly number: number; readonly from: number; readonly until: number }[] = [];
  const free = new Array<number>(workers).fill(0);
  let now = 0;
  while (latencies.length < answers) {
    while (underWay.length < limit.current) {
      const number = limit.sent(underWay.length, true);
      const worker = free.indexOf(Math.min(...free));
      const workMs = typeof work === "number" ? work : work();
      const until = Math.max(now, free[worker] as number) + workMs;
      free[worker] = until;
      underWay.push({ number, from: now, until });
    }
    underWay.sort((a, b) => a.until - b.until);
    const ended = underWay.shift() as (typeof underWay)[0];
    now = ended.until;
    latencies.push(now - ended.from);
    limit.answered(ended.number, (now - ended.from) * 1000, false);
    limits.push(limit.current);
  }
  return { latencies: latencies.slice(200), limits: limits.slice(200), tookMs: now };
}

function p95(latencies: readonly number[]): number {
  return [...latencies].sort((a, b) => a - b)[Math.floor(latencies.length * 0.95)] as number;
}

describe("how many shadows are under way", () => {
  it("comes down to what a serial side bears: its latency is its work, not the queue before it", () => {
    const { latencies } = run(new ShadowLimit(64), 1, 20, 1000);
    expect(p95(latencies)).toBeLessThanOrEqual(60);
  });

  it("goes up to the route's bound where the side bears it", () => {
    const { limits, tookMs } = run(new ShadowLimit(64), 64, 20, 5000);
    expect(Math.max(...limits)).toBe(64);
    // What is tried costs less than a fifth of what could be sent.
    expect(tookMs).toBeLessThan((5000 / 64) * 20 * 1.25);
  });

  it("settles near the number of workers that there are", () => {
    const { latencies, tookMs } = run(new ShadowLimit(64), 8, 20, 3000);
    expect(p95(latencies)).toBeLessThanOrEqual(60);
    expect(tookMs).toBeLessThan((3000 / 8) * 20 * 1.25);
  });

  it("does not shrink because answers take long, or differ much from each other", () => {
    // 20 to 1,500 ms in no order.
    let turn = 0;
    const { limits } = run(new ShadowLimit(64), 64, () => 20 + ((turn++ * 67 * 7) % 1481), 4000);
    expect(limits.filter((limit) => limit === 64).length).toBeGreaterThan(limits.length * 0.7);
  });

  it("shrinks where shadows time out or are turned away, and is never none", () => {
    const limit = new ShadowLimit(64);
    for (let i = 0; i < 200; i++) {
      limit.answered(limit.sent(limit.current - 1, true), 1000, true);
    }
    expect(limit.current).toBe(1);
  });

  it("is never more than the route's", () => {
    const { limits } = run(new ShadowLimit(2), 64, 20, 1000);
    expect(Math.max(...limits)).toBe(2);
  });

  it("holds of the shadows of a route", () => {
    const world = new ExchangeWorld({
      position: { modern: 0, shadow: 100 },
      definition: { shadow: { writes: "never", timeoutMs: 0, maxBodyBytes: 64, concurrency: 64 } },
      budgetBytes: 4 * 1024 * 1024,
    });
    // Shadows go once all requests are there, so that none is older than the others.
    const later: (() => void)[] = [];
    world.deferred = later;
    const send = () => {
      for (let next = later.shift(); next !== undefined; next = later.shift()) next();
    };
    for (let i = 0; i < 250; i++) {
      const lane = world.request();
      world.legacy.last.answer(200, "");
      lane.flush();
    }
    send();
    let answered = 0;
    const underWay: number[] = [];
    while (answered < world.modern.calls.length) {
      underWay.push(world.modern.calls.length - answered);
      // Each takes 50 ms from when the one before is done.
      world.pass(50);
      world.modern.calls[answered++]?.answer(200, "");
      send();
    }
    expect(answered).toBe(250);
    expect(Math.max(...underWay.slice(200))).toBeLessThanOrEqual(2);
  });
});
