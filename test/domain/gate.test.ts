import { describe, expect, test } from "vitest";
import type { WindowCounts } from "../../src/domain/counters.ts";
import type { GateDefinition, GateEvidence } from "../../src/domain/gate/contract.ts";
import { conditionText, evaluateGate } from "../../src/domain/gate/evaluate.ts";
import { WindowTally } from "../../src/domain/tally.ts";
import { aRoute, at } from "./definitions.ts";

const NOTHING: GateDefinition = {
  minComparisons: undefined,
  maxMismatchRate: undefined,
  maxErrorRateIncrease: undefined,
  maxLatencyRatio: undefined,
  minDurationMs: undefined,
};

function counted(work: (tally: WindowTally) => void): WindowCounts {
  const tally = new WindowTally({ route: "a", revision: 0, epoch: 1 });
  work(tally);
  return tally.counts();
}

function times(count: number, work: () => void): void {
  for (let i = 0; i < count; i++) work();
}

function compared(match: number, mismatch: number, inconclusive = 0): WindowCounts {
  return counted((tally) => {
    times(match, () => tally.compared("match"));
    times(mismatch, () => tally.compared("mismatch"));
    times(inconclusive, () => tally.compared("inconclusive"));
  });
}

const MINUTE = 60_000;

function check(gate: Partial<GateDefinition>, over: Partial<GateEvidence> = {}) {
  const evidence: GateEvidence = {
    route: aRoute("a"),
    position: at(0, 100),
    counts: counted(() => undefined),
    openedAt: 0,
    now: 10 * MINUTE,
    ...over,
  };
  return evaluateGate({ ...NOTHING, ...gate }, evidence);
}

const only = (gate: Partial<GateDefinition>, over: Partial<GateEvidence> = {}) => {
  const [condition, ...others] = check(gate, over).conditions;
  if (condition === undefined || others.length > 0) throw new Error("one condition was expected");
  return condition;
};

describe("evaluateGate", () => {
  test("a gate that asks for nothing holds", () => {
    expect(check({})).toEqual({ route: "a", state: "holds", holds: true, confidence: 95, conditions: [] });
  });

  test("every condition has to hold", () => {
    const gate = { minComparisons: 10, minDurationMs: MINUTE };
    expect(check(gate, { counts: compared(10, 0) }).holds).toBe(true);
    expect(check(gate, { counts: compared(9, 0) }).holds).toBe(false);
    expect(check(gate, { counts: compared(10, 0), now: MINUTE - 1 }).holds).toBe(false);
  });

  test("minComparisons counts matches and mismatches, and says how many are missing and how long that takes", () => {
    expect(only({ minComparisons: 1000 }, { counts: compared(600, 20, 5000) })).toEqual({
      name: "minComparisons",
      value: 620,
      bound: 1000,
      state: "unknown",
      holds: false,
      missing: "needs 380 more comparisons, about 6 min 8 s at the current rate",
    });
    expect(only({ minComparisons: 620 }, { counts: compared(600, 20) })).toMatchObject({
      holds: true,
      missing: undefined,
    });
    expect(only({ minComparisons: 5 }, { counts: compared(0, 0, 7) }).missing).toBe(
      "needs 5 more comparisons; all 7 so far were inconclusive",
    );
  });

  test("maxMismatchRate holds once the bound of its e-process is under the bound, and says on what it stands", () => {
    const held = only({ maxMismatchRate: 0.5 }, { counts: compared(658, 0) });
    expect(held).toMatchObject({ state: "holds", holds: true, interval: { low: 0 } });
    expect(held.eValue).toBeGreaterThanOrEqual(20);
    expect(held.interval?.high).toBe(held.value);
    const almost = only({ maxMismatchRate: 0.5 }, { counts: compared(657, 0) });
    expect(almost).toMatchObject({ state: "unknown", holds: false });
    expect(almost.value).toBeCloseTo(0.50027, 3);
    expect(almost.missing).toContain("needs 1 more comparison without a mismatch (0 of 657 so far)");
  });

  test("a difference that keeps coming fails the gate, and waiting is not offered", () => {
    const failed = only({ maxMismatchRate: 0.5 }, { counts: compared(4900, 100) });
    expect(failed).toMatchObject({ state: "fails", holds: false });
    expect(failed.eValue).toBeGreaterThan(1e6);
    expect(failed.interval?.low).toBeGreaterThan(0.5);
    expect(failed.missing).toContain("100 of 5,000 compared answers differ: a difference that keeps coming");
    expect(failed.missing).toContain("`fig diff a`");
    expect(failed.missing).not.toContain("needs");
    const early = only({ maxMismatchRate: 0.5 }, { counts: compared(198, 2) });
    expect(early.state).toBe("unknown");
    expect(early.missing).toContain("waiting shows only whether that stays so");
  });

  test("mismatches below the bound may go on: it says how long that takes, and how long without", () => {
    const { missing, state } = only({ maxMismatchRate: 1 }, { counts: compared(698, 2) });
    expect(state).toBe("unknown");
    expect(missing).toMatch(/^needs \d+ more comparisons without a mismatch \(2 of 700 so far\)/);
    expect(missing).toMatch(
      /if they go on as they do, needs about [\d,]+ more comparisons like those so far/,
    );
  });

  test("a method of which most differ is not drowned by a busy one", () => {
    const counts = counted((tally) => {
      times(20_000, () => tally.compared("match", "GET"));
      times(10, () => tally.compared("match", "PUT"));
      times(30, () => tally.compared("mismatch", "PUT"));
    });
    expect(only({ maxMismatchRate: 1 }, { counts })).toMatchObject({
      state: "fails",
      missing: expect.stringContaining("30 of 40 compared answers to PUT differ"),
    });
  });

  test("confidence is stated once, and shared out over the conditions on rates and latencies", () => {
    const counts = compared(658, 0);
    expect(only({ maxMismatchRate: 0.5, confidence: 99 }, { counts }).state).toBe("unknown");
    const two = check({ maxMismatchRate: 0.5, maxErrorRateIncrease: 50 }, { counts });
    expect(two.conditions[0]?.state).toBe("unknown");
    expect(check({ maxMismatchRate: 0.5, minComparisons: 1 }, { counts })).toMatchObject({
      state: "holds",
      confidence: 95,
    });
  });

  test("no data does not hold", () => {
    const gate = {
      minComparisons: 1,
      maxMismatchRate: 1,
      maxErrorRateIncrease: 100,
      maxLatencyRatio: { p95: 99 },
      minDurationMs: 1,
    };
    const verdict = check(gate, { openedAt: undefined });
    expect(verdict.conditions.map((condition) => condition.holds)).toEqual([
      false,
      false,
      false,
      false,
      false,
    ]);
    expect(verdict.conditions.map((condition) => condition.value)).toEqual([0, null, null, null, null]);
    expect(only({ maxMismatchRate: 0.5 }).missing).toContain("needs 658 more comparisons");
  });

  test("maxErrorRateIncrease takes a side's client and shadow answers together, in percentage points", () => {
    const counts = counted((tally) => {
      times(999, () => tally.answered("legacy", 200, 1000, false, false));
      tally.answered("legacy", 500, 1000, true, false);
      times(900, () => tally.shadowAnswered("modern", 200, 1000, false));
      times(98, () => tally.answered("modern", 200, 1000, false, false));
      tally.shadowAnswered("modern", 502, 1000, true);
      tally.answered("modern", 500, 1000, true, false);
    });
    const condition = only({ maxErrorRateIncrease: 0.1 }, { counts });
    expect(condition.value).toBeCloseTo(0.1, 9);
    expect(condition.state).toBe("unknown");
    expect(condition.missing).toMatch(/modern failed 2 of 1,000, legacy 1 of 1,000$/);
    expect(only({ maxErrorRateIncrease: 1.5 }, { counts })).toMatchObject({ state: "holds" });
    const tight = only({ maxErrorRateIncrease: 0.05 }, { counts });
    expect(tight.missing).toBe(
      "0.05 points too many so far: modern failed 2 of 1,000, legacy 1 of 1,000; waiting shows only whether that stays so",
    );
  });

  const sides = (modern: number, modernErrors: number, legacy: number, legacyErrors: number) =>
    counted((tally) => {
      times(modern - modernErrors, () => tally.answered("modern", 200, 1000, false, false));
      times(modernErrors, () => tally.answered("modern", 500, 1000, true, false));
      times(legacy - legacyErrors, () => tally.answered("legacy", 200, 1000, false, false));
      times(legacyErrors, () => tally.answered("legacy", 500, 1000, true, false));
    });
  const split = { position: at(10, 0) };

  test("fewer errors on modern hold any bound, once they are proven", () => {
    const gate = { maxErrorRateIncrease: 0 };
    expect(only(gate, { ...split, counts: sides(1000, 0, 9000, 900) })).toMatchObject({
      value: -10,
      state: "holds",
      interval: { high: expect.closeTo(-8.4, 0) },
    });
    expect(only(gate, { ...split, counts: sides(1, 0, 1, 1) }).state).toBe("unknown");
    expect(only(gate, { ...split, counts: sides(1000, 0, 9000, 0) }).missing).toContain(
      "no number of answers shows that there is no increase at all",
    );
  });

  test("more errors of modern fail it with what a split proves, soon", () => {
    const failed = only({ maxErrorRateIncrease: 1 }, { ...split, counts: sides(40, 8, 360, 1) });
    expect(failed).toMatchObject({ state: "fails", value: expect.closeTo(19.72, 1) });
    expect(failed.eValue).toBeGreaterThan(20);
    expect(failed.missing).toBe(
      "modern fails more: modern failed 8 of 40, legacy 1 of 360; waiting does not help",
    );
    expect(only({ maxErrorRateIncrease: 1 }, { ...split, counts: sides(40, 1, 360, 1) }).state).toBe(
      "unknown",
    );
  });

  test("an error that both sides have counts for neither while modern serves nobody", () => {
    const counts = counted((tally) => {
      times(900, () => tally.answered("legacy", 200, 1000, false, false));
      times(900, () => tally.shadowAnswered("modern", 200, 1000, false));
      times(100, () => tally.answered("legacy", 500, 1000, true, false));
      times(100, () => tally.shadowAnswered("modern", 500, 1000, true));
    });
    expect(only({ maxErrorRateIncrease: 1 }, { counts })).toMatchObject({ state: "holds", value: 0 });
    const alone = counted((tally) => {
      times(200, () => tally.answered("legacy", 200, 1000, false, false));
      times(180, () => tally.shadowAnswered("modern", 200, 1000, false));
      times(20, () => tally.shadowAnswered("modern", 500, 1000, true));
      times(20, () => tally.failedAlone("modern"));
    });
    expect(only({ maxErrorRateIncrease: 1 }, { counts: alone })).toMatchObject({
      state: "fails",
      missing: expect.stringContaining("of 200 pairs, modern alone failed 20, legacy alone 0"),
    });
  });

  test("nor on a split that is shadowed both ways, and what modern broke without a pair is its own", () => {
    const pairs = (broken: number) =>
      counted((tally) => {
        times(400, () => tally.answered("legacy", 500, 1000, true, false));
        times(500, () => tally.answered("legacy", 200, 1000, false, false));
        times(400, () => tally.shadowAnswered("modern", 500, 1000, true));
        times(500, () => tally.shadowAnswered("modern", 200, 1000, false));
        times(100, () => tally.answered("modern", 200, 1000, false, false));
        times(100, () => tally.shadowAnswered("legacy", 200, 1000, false));
        times(broken, () => tally.answered("modern", 502, 1000, true, false));
      });
    const gate = { maxErrorRateIncrease: 1 };
    expect(only(gate, { ...split, counts: pairs(0) })).toMatchObject({ state: "holds", value: 0 });
    expect(only(gate, { ...split, counts: pairs(60) })).toMatchObject({
      state: "fails",
      missing: expect.stringContaining("of 1,000 pairs, modern alone failed 60, legacy alone 0"),
    });
  });

  test("a modern that answers 401 to everybody fails it, though nothing is an error", () => {
    const refusing = counted((tally) => {
      times(900, () => tally.answered("legacy", 200, 1000, false, false));
      times(9, () => tally.answered("legacy", 401, 1000, false, false));
      times(60, () => tally.answered("legacy", 404, 1000, false, false));
      times(12, () => tally.answered("modern", 401, 1000, false, false));
    });
    expect(only({ maxErrorRateIncrease: 1 }, { ...split, counts: refusing })).toMatchObject({
      state: "fails",
      missing: "modern answers 401 to 12 of 12, legacy to 9 of 969; waiting does not help",
    });
    const usual = counted((tally) => {
      times(9000, () => tally.answered("legacy", 200, 1000, false, false));
      times(600, () => tally.answered("legacy", 404, 1000, false, false));
      times(1000, () => tally.answered("modern", 200, 1000, false, false));
      times(70, () => tally.answered("modern", 404, 1000, false, false));
    });
    expect(only({ maxErrorRateIncrease: 1 }, { ...split, counts: usual }).state).toBe("holds");
  });

  test("keys that do not come to the sides as asked for are said, and a client who asks often is one", () => {
    const keys = (modern: number, legacy: number) =>
      counted((tally) => {
        times(5000, () => tally.keyHash(8, "modern"));
        for (let i = 0; i < modern; i++) tally.keyHash(1024 * (i + 2), "modern");
        for (let i = 0; i < legacy; i++) tally.keyHash(1024 * (i + 5000), "legacy");
      });
    const fair = only({}, { ...split, counts: keys(10, 100) });
    expect(fair).toMatchObject({ name: "sampleRatio", state: "holds", bound: 10 });
    const skewed = only({}, { ...split, counts: keys(60, 60) });
    expect(skewed).toMatchObject({ state: "fails" });
    expect(skewed.missing).toContain("where 10 % was asked for");
    expect(conditionText(skewed)).toMatch(/^5\d.* % of the keys went to modern, 10 % was asked for$/);
    expect(check({}, { position: at(0, 100), counts: keys(60, 60) }).conditions).toEqual([]);
  });

  test("maxLatencyRatio divides quantiles of a side's merged answers, modern by legacy", () => {
    const counts = counted((tally) => {
      times(950, () => tally.answered("legacy", 200, 10_000, false, false));
      times(50, () => tally.answered("legacy", 200, 100_000, false, false));
      times(500, () => tally.shadowAnswered("modern", 200, 12_000, false));
      times(500, () => tally.answered("modern", 200, 12_000, false, false));
    });
    const p50 = only({ maxLatencyRatio: { p50: 1.25 } }, { counts });
    expect(p50.value).toBeGreaterThan(1.16);
    expect(p50.value).toBeLessThan(1.24);
    expect(p50).toMatchObject({ name: "maxLatencyRatio.p50", state: "holds" });
    expect(p50.interval?.low).toBeGreaterThan(1.1);
    expect(p50.interval?.high).toBeLessThan(1.3);
    expect(only({ maxLatencyRatio: { p99: 0.2 } }, { counts }).state).toBe("unknown");
    const slow = only({ maxLatencyRatio: { p50: 1.1 } }, { counts });
    expect(slow.state).toBe("fails");
    expect(slow.missing).toMatch(
      /^modern's p50 is 1[12].* ms, legacy's (9|10).* ms: modern needs to come down/,
    );
  });

  test("few answers prove nothing of a latency, and the condition says how many more would", () => {
    const counts = counted((tally) => {
      times(40, () => tally.answered("legacy", 200, 10_000, false, false));
      times(40, () => tally.shadowAnswered("modern", 200, 10_000, false));
    });
    const few = only({ maxLatencyRatio: { p95: 1.5 } }, { counts });
    expect(few).toMatchObject({ state: "unknown", interval: { high: null } });
    expect(few.missing).toMatch(/needs about \d+ more answers by modern like those so far, about/);
    const same = only({ maxLatencyRatio: { p95: 1 } }, { counts });
    expect(same.missing).toContain("no waiting shows that it stays under");
  });

  test("answers in no time at all still give a number", () => {
    const counts = counted((tally) => {
      tally.answered("legacy", 200, 0, false, false);
      tally.answered("modern", 200, 0, false, false);
    });
    expect(only({ maxLatencyRatio: { p50: 1 } }, { counts })).toMatchObject({ value: 1, state: "unknown" });
  });

  test("minDuration counts from when the window opened", () => {
    const gate = { minDurationMs: 10 * MINUTE };
    expect(only(gate, { openedAt: 0, now: 10 * MINUTE }).holds).toBe(true);
    expect(only(gate, { openedAt: 0, now: 6 * MINUTE - 10_000 }).missing).toBe("needs 4 min 10 s more");
    expect(only(gate, { openedAt: 5, now: 0 })).toMatchObject({ value: 0, holds: false });
  });
});

describe("a gate that can never hold says so", () => {
  const posts = (writes: "never" | "idempotent" | "sandboxed", methods: readonly string[]) => {
    const route = aRoute("a");
    return { ...route, match: { ...route.match, methods }, shadow: { ...route.shadow, writes } };
  };

  test("when nothing is shadowed", () => {
    expect(only({ minComparisons: 1 }, { position: at(0, 0) }).missing).toBe(
      "can never hold as it stands: its shadow is 0, so nothing is compared: raise shadow first",
    );
    expect(only({ maxErrorRateIncrease: 1 }, { position: at(0, 0) }).missing).toContain("can never hold");
  });

  test("when no method of the route may be shadowed", () => {
    const never = only({ maxMismatchRate: 1 }, { route: posts("never", ["POST"]) });
    expect(never.missing).toContain("none of its methods (POST) is shadowed");
    expect(never.missing).toContain("shadow.writes is never");
    const idempotent = { route: posts("idempotent", ["PUT"]) };
    expect(only({ minComparisons: 1 }, idempotent).missing).toContain("needs 1 more");
    expect(only({ minComparisons: 1 }, { ...idempotent, position: at(10, 100) }).missing).toContain(
      "can never hold",
    );
    expect(only({ minComparisons: 1 }, { route: posts("idempotent", ["POST"]) }).missing).toContain(
      "can never hold",
    );
    expect(only({ minComparisons: 1 }, { route: posts("never", ["GET", "POST"]) }).missing).toContain(
      "needs 1 more",
    );
  });

  test("but not of modern's answers once modern serves clients", () => {
    const condition = only(
      { maxLatencyRatio: { p95: 2 } },
      { route: posts("never", ["POST"]), position: at(10, 0) },
    );
    expect(condition.missing).toBe("no data: legacy and modern gave no answer in this window");
  });
});

test("a condition is written with its value and its bound", () => {
  expect(conditionText(only({ minComparisons: 1000 }, { counts: compared(620, 0) }))).toBe(
    "minComparisons is 620, must be at least 1000",
  );
  expect(conditionText(only({ maxMismatchRate: 0.5 }))).toBe(
    "maxMismatchRate is unknown, must be under 0.5 %",
  );
  expect(conditionText(only({ minDurationMs: 10 * MINUTE }, { now: 90_500 }))).toBe(
    "minDuration is 1 min 30 s, must be at least 10 min",
  );
});

describe("coverage", () => {
  const ORDERS = aRoute("a", {
    match: { path: "/a", methods: ["GET", "POST"], host: undefined, headers: {}, query: {} },
  });
  const asked = counted((tally) => {
    times(360, () => tally.asked("GET"));
    times(240, () => tally.asked("POST"));
    times(60, () => tally.compared("match", "GET"));
    times(9, () => tally.compared("inconclusive", "GET"));
  });

  test("a gate on 60 of 600 requests does not hold while every POST is unseen, and says so", () => {
    const verdict = check({ minCoverage: 10 }, { route: ORDERS, counts: asked });
    expect(verdict.holds).toBe(false);
    expect(verdict.conditions.map(({ name, holds }) => [name, holds])).toEqual([
      ["minCoverage.GET", true],
      ["uncovered.POST", false],
    ]);
    expect(conditionText(verdict.conditions[1] as (typeof verdict.conditions)[0])).toBe(
      "POST is 40 % of the requests, and is not compared",
    );
    expect(verdict.unshadowed).toEqual([{ method: "POST", requests: 240, share: 40 }]);
    const { missing } = verdict.conditions[1] as (typeof verdict.conditions)[0];
    expect(missing).toContain("240 POST requests of 600");
    expect(missing).toContain("gate.uncovered: [POST]");
    expect(missing).not.toContain("safe");
  });

  test("it says why the others of a shadowed method were not compared", () => {
    const raced = counted((tally) => {
      times(58, () => tally.asked("GET"));
      times(15, () => tally.compared("match", "GET"));
      times(40, () => tally.notCompared("raced"));
      times(3, () => tally.notCompared("shed"));
      times(9, () => tally.notCompared("unsafe_method"));
    });
    expect(check({ minCoverage: 40 }, { counts: raced }).conditions).toMatchObject([
      { missing: "15 of 58 GET requests were compared; what was not: raced 40, shed 3" },
    ]);
  });

  test("it holds where the other method is accepted, and names it even where nothing of it is asked", () => {
    const accepted = { minCoverage: 10, uncovered: ["POST"] };
    expect(check(accepted, { route: ORDERS, counts: asked }).holds).toBe(true);
    expect(check({ minCoverage: 17, uncovered: ["POST"] }, { route: ORDERS, counts: asked })).toMatchObject({
      holds: false,
      conditions: [{ name: "minCoverage.GET", bound: 17, missing: expect.stringContaining("60 of 360 GET") }],
    });
    expect(check({}, { route: ORDERS, counts: asked }).unshadowed).toHaveLength(1);
    expect(check(accepted, { route: ORDERS }).conditions).toMatchObject([
      { name: "minCoverage", value: null },
    ]);
  });

  test("methods beyond the usual are one", () => {
    const counts = counted((tally) => {
      tally.asked("REPORT");
      tally.asked("PURGE");
    });
    expect(check({ minCoverage: 1 }, { counts }).conditions).toMatchObject([
      {
        name: "uncovered.other",
        value: 100,
        missing: expect.stringContaining("accept them all with gate.uncovered: [other]"),
      },
    ]);
    const holds = (uncovered: string[], methods?: string[]) => {
      const route = { ...ORDERS, match: { ...ORDERS.match, methods } };
      return check({ minCoverage: 1, uncovered }, { counts, route }).holds;
    };
    // One name of many says nothing of the others.
    expect(holds(["PURGE"])).toBe(false);
    expect(holds(["PURGE"], ["GET", "PURGE", "REPORT"])).toBe(false);
    expect(holds(["PURGE", "REPORT"], ["GET", "PURGE", "REPORT"])).toBe(true);
    expect(holds(["other"])).toBe(true);
  });

  test("what was compared while it was sandboxed counts once it no longer is", () => {
    const counts = counted((tally) => {
      times(10, () => tally.asked("POST"));
      times(10, () => tally.compared("match", "POST"));
    });
    const route = aRoute("a", { shadow: { ...ORDERS.shadow, writes: "never" } });
    expect(check({ minCoverage: 50 }, { route, counts }).holds).toBe(true);
  });

  test("every method of a route that only reads is covered alike", () => {
    const route = { ...ORDERS, shadow: { ...ORDERS.shadow, safe: true as const } };
    expect(check({ minCoverage: 10 }, { route, counts: asked }).conditions.map(({ name }) => name)).toEqual([
      "minCoverage.GET",
      "minCoverage.POST",
    ]);
  });
});

describe("a legacy that fails every client", () => {
  const failing = counted((tally) => times(600, () => tally.answered("legacy", 500, 1, true, false)));
  const gate = { minComparisons: 100, maxMismatchRate: 1, minCoverage: 1 };

  test("can never be compared with, and the gate says so", () => {
    const { conditions } = check({ minComparisons: 100, maxMismatchRate: 1 }, { counts: failing });
    for (const { missing } of conditions)
      expect(missing).toMatch(
        /^can never hold as it stands: legacy fails: each of its 600 answers .*legacyErrors: accept/,
      );
  });

  test("unless that is accepted, or something was compared after all, or there were too few to say", () => {
    const compare = { ...aRoute("a").compare, legacyErrors: "accept" as const };
    const few = counted((tally) => times(5, () => tally.answered("legacy", 500, 1, true, false)));
    for (const over of [{ counts: failing, route: aRoute("a", { compare }) }, { counts: few }])
      for (const { missing } of check(gate, over).conditions) expect(missing).not.toContain("legacy fails");
  });
});

test("a latency condition says whose answers it judged, and that shadows' wait for a place is none of it", () => {
  const counts = counted((tally) => {
    times(620, () => tally.answered("legacy", 200, 10_000, false, false));
    times(600, () => tally.shadowAnswered("modern", 200, 9_000, false));
    tally.answered("modern", 200, 9_000, false, false);
  });
  expect(only({ maxLatencyRatio: { p95: 1.2 } }, { counts })).toMatchObject({
    holds: true,
    judged:
      "modern by its answers, 1 to clients and 600 to shadows, their wait for a place left out; legacy by its answers, 620 to clients",
  });
});
