import { describe, expect, test } from "vitest";
import { mergeCounts } from "../../src/domain/counters.ts";
import { evaluateGate } from "../../src/domain/gate/evaluate.ts";
import type { Side } from "../../src/domain/position.ts";
import { Sampler } from "../../src/domain/sampler.ts";
import { WindowTally } from "../../src/domain/tally.ts";
import { aRoute, at } from "./definitions.ts";

const NOTHING = {
  minComparisons: undefined,
  maxMismatchRate: undefined,
  maxErrorRateIncrease: undefined,
  maxLatencyRatio: undefined,
  minDurationMs: undefined,
};
const match = { path: "/api/{rest+}", methods: undefined, host: undefined, headers: {}, query: {} };
const ALL = aRoute("a", { match });

/** A window on a split, in which both sides answer. */
class Split {
  readonly tally = new WindowTally({ route: "a", revision: 1, epoch: 0 });

  answer(side: Side, path: string, ms: number, error: boolean, key?: number): void {
    const of = { method: "GET", path: match.path, captures: [path] };
    if (!this.tally.failedBefore(side, key))
      this.tally.stratumAnswered(of, { side, micros: ms * 1_000, error });
    this.tally.answered(side, error ? 500 : 200, ms * 1_000, error, false, key);
  }

  condition(asked: Partial<Parameters<typeof evaluateGate>[0]>) {
    const evidence = {
      route: ALL,
      position: at(50, 0),
      counts: this.tally.counts(),
      openedAt: 0,
      now: 60_000,
    };
    const found = evaluateGate({ ...NOTHING, ...asked }, evidence).conditions[0];
    if (found === undefined) throw new Error("one condition was expected");
    return found;
  }
}

/** 4,000 answers of a busy path by each side, and 60 of a rare one. */
function busyAndRare(rare: (split: Split, side: Side, at: number) => void): Split {
  const split = new Split();
  for (const side of ["legacy", "modern"] as const) {
    for (let i = 0; i < 4_000; i++) split.answer(side, "orders", 10 + (i % 10), false);
    for (let i = 0; i < 60; i++) rare(split, side, i);
  }
  return split;
}

describe("maxErrorRateIncrease by path template", () => {
  test("a rare template that fails on modern alone fails the gate, and is named", () => {
    const found = busyAndRare((split, side, i) =>
      split.answer(side, "refunds/17", 12, side === "modern" && i % 2 === 0),
    ).condition({ maxErrorRateIncrease: 2 });
    expect(found.state).toBe("fails");
    expect(found.missing).toBe(
      "modern fails more at GET /api/refunds/{number}: modern failed 30 of 60, legacy 0 of 60; waiting does not help",
    );
    expect(found.beyond).toEqual([
      { name: "GET /api/refunds/{number}", text: "modern failed 30 of 60, legacy 0 of 60" },
    ]);
  });

  test("one that fails on both sides does not, and one client that tries again is one witness", () => {
    const both = busyAndRare((split, side, i) => split.answer(side, "refunds/17", 12, i % 2 === 0));
    expect(both.condition({ maxErrorRateIncrease: 2 })).toMatchObject({ state: "holds" });
    const one = busyAndRare((split, side) =>
      split.answer(side, "refunds/17", 12, side === "modern", side === "modern" ? 7 : undefined),
    );
    expect(one.condition({ maxErrorRateIncrease: 2 }).beyond).toBeUndefined();
  });
});

describe("maxLatencyRatio by path template", () => {
  test("a rare template that is three times as slow fails the gate, although the route's quantile holds", () => {
    const split = busyAndRare((each, side, i) =>
      each.answer(side, "reports", (side === "modern" ? 90 : 30) + (i % 10), false),
    );
    const found = split.condition({ maxLatencyRatio: { p50: 1.3 } });
    expect(found.state).toBe("fails");
    expect(found.missing).toMatch(
      /^GET \/api\/reports is too slow: modern's p50 is about \d+\S* ms, legacy's \d+\S* ms; waiting does not help$/,
    );
    expect(found.value).toBeLessThan(1.1);
  });

  test("one that is as slow on both sides, or came four times, does not", () => {
    const slow = busyAndRare((each, side, i) => each.answer(side, "reports", 90 + (i % 10), false));
    expect(slow.condition({ maxLatencyRatio: { p50: 1.3 } })).toMatchObject({ state: "holds" });
    const few = busyAndRare((each, side, i) => {
      if (i < 4) each.answer(side, "reports", side === "modern" ? 900 : 9, false);
    });
    expect(few.condition({ maxLatencyRatio: { p50: 1.3 } }).state).toBe("holds");
  });
});

test("of windows in which both sides are alike none is said to be beyond a bound of nothing", () => {
  const random = new Sampler("00112233445566778899aabbccddeeff");
  const draw = () => random.next() / 2 ** 32;
  for (let window = 0; window < 40; window++) {
    const split = new Split();
    for (let i = 0; i < 1_500; i++)
      split.answer(
        draw() < 0.5 ? "legacy" : "modern",
        `${"abcdefghij"[Math.floor(draw() * 10)]}`,
        5 + 40 * draw() ** 3,
        draw() < 0.05,
      );
    for (const asked of [{ maxErrorRateIncrease: 0.01 }, { maxLatencyRatio: { p95: 1.01 } }])
      expect(split.condition(asked).beyond).toBeUndefined();
  }
});

test("answers by template add up over processes, and what was before is taken away", () => {
  const [one, other] = [new Split(), new Split()];
  one.answer("legacy", "orders", 10, true);
  other.answer("modern", "orders", 20, false);
  const sum = mergeCounts([one.tally.counts(), other.tally.counts()]).strata["GET /api/orders"];
  expect(sum?.[3]).toMatchObject({ legacy: [1, 1, expect.anything()], modern: [1, 0, expect.anything()] });
});
