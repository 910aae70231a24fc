import { describe, expect, test } from "vitest";
import type { Stratum } from "../../src/domain/counter-shapes.ts";
import { mergeCounts, NO_COUNTS, type WindowCounts } from "../../src/domain/counters.ts";
import { evaluateGate } from "../../src/domain/gate/evaluate.ts";
import type { RouteDefinition } from "../../src/domain/route.ts";
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

/** Counts of these strata. */
function of(strata: Readonly<Record<string, Stratum>>): WindowCounts {
  const rows = Object.entries(strata).map(([name, [compared, mismatches]]) => {
    const method = name.slice(0, name.indexOf(" "));
    return {
      ...NO_COUNTS,
      comparisons: { match: compared - mismatches, mismatch: mismatches, inconclusive: 0 },
      methods: { [method]: compared },
      comparedMethods: { [method]: compared },
      mismatchedMethods: { [method]: mismatches },
      strata: { [name]: strata[name] as Stratum },
    };
  });
  return mergeCounts(rows);
}

function rate(counts: WindowCounts, maxMismatchRate = 0.5, route: RouteDefinition = ALL) {
  const evidence = { route, position: at(0, 100), counts, openedAt: 0, now: 600_000 };
  const { conditions } = evaluateGate({ ...NOTHING, maxMismatchRate }, evidence);
  const [condition] = conditions;
  if (condition === undefined) throw new Error("one condition was expected");
  return condition;
}

describe("maxMismatchRate by method and path template", () => {
  test("a template of 0.2 % of the traffic that is wholly wrong fails a gate of 0.5 %, and is named", () => {
    const found = rate(of({ "GET /api/items/{number}": [9980, 0], "GET /api/refunds/{number}": [20, 20] }));
    expect(found.state).toBe("fails");
    expect(found.missing).toContain(
      "20 of 20 compared answers to GET /api/refunds/{number} differ: a difference that keeps coming",
    );
    expect(found.missing).toContain("`fig diff a`");
    expect(found.parts?.[0]).toMatchObject({ name: "GET /api/refunds/{number}", state: "fails" });
  });

  test("what it needs is what all parts need: after so many clean comparisons it holds, and not one before", () => {
    for (const before of [0, 120]) {
      const items = (more: number) => of({ "GET /api/items/{number}": [before + more, 0] });
      const { missing = "" } = before === 0 ? rate(NO_COUNTS) : rate(items(0));
      const said =
        /^needs ([\d,]+) more comparisons without a mismatch \(0 of \d+ so far; ([\d,]+) for the route's rate, the others for that of each method and path template\)/.exec(
          missing,
        );
      const [all, own] = [said?.[1], said?.[2]].map((text) => Number(text?.replace(",", "")));
      expect([own, rate(items(own as number)).state]).toEqual([657 + 1 - before, "unknown"]);
      expect(rate(items((all as number) - 1)).state).toBe("unknown");
      expect(rate(items(all as number)).state).toBe("holds");
    }
  });

  test("does not hold by the mean of templates that are not told apart: one of them may be wholly wrong", () => {
    const items: Stratum = [9_940, 0];
    const found = rate(of({ "GET /api/items/{number}": items, "GET (other)": [10_000, 60] }));
    expect(found.state).toBe("unknown");
    expect(found.missing).toContain("GET (other): 60 of 10,000 differ");
    // By one template that is known, 0.6 % of it would do at a limit of 1 %; 0.3 % of all may be in one that is not.
    expect(rate(of({ "GET /api/items/{number}": items, "GET /api/b": [30_000, 180] }), 1).state).toBe(
      "holds",
    );
    expect(rate(of({ "GET /api/items/{number}": items, "GET (other)": [30_000, 180] }), 1).state).toBe(
      "unknown",
    );
  });

  test("with too few comparisons to say so, it is unknown, and the gate does not hold", () => {
    const found = rate(of({ "GET /api/items/{number}": [3000, 0], "GET /api/refunds/{number}": [2, 2] }));
    expect(found.state).toBe("unknown");
    expect(found.missing).toContain("GET /api/refunds/{number}: 2 of 2 differ");
    expect(found.missing).toMatch(/needs [\d,]+ more comparisons of the route without another/);
  });

  test("what did not come yet, or hardly, is waited for: as long as 0.4 of the limit could be it", () => {
    const few = rate(of({ "GET /api/items/{number}": [700, 0] }));
    expect(few.state).toBe("unknown");
    expect(few.missing).toMatch(
      /^the route's rate is proven, but it needs 1,294 more comparisons until a method or path template of 0\.2 % of them could not be wrong unnoticed$/,
    );
    const enough = rate(of({ "GET /api/items/{number}": [2200, 0], "GET /api/rare": [1, 0] }));
    expect(enough).toMatchObject({ state: "holds", missing: undefined });
    expect(enough.eValue).toBeGreaterThanOrEqual(20);
  });

  test("a rare template that was wrong once holds nothing up for ever: what is rare enough is within the limit", () => {
    const once = (comparisons: number) =>
      rate(of({ "GET /api/items/{number}": [comparisons, 0], "GET /api/odd": [1, 1] })).state;
    expect(once(2500)).toBe("unknown");
    expect(once(10_000)).toBe("holds");
  });

  test("a busy template that keeps to the limit itself may have all of it", () => {
    const found = rate(of({ "GET /api/items/{number}": [40_000, 120], "GET /api/users": [4000, 0] }));
    expect(found.state).toBe("holds");
  });

  test("a route of one path template and method is judged as a whole, by as few comparisons as before", () => {
    const one = aRoute("a");
    const found = rate(of({ "GET /a": [658, 0] }), 0.5, one);
    expect(found.state).toBe("holds");
    expect(found.parts).toBeUndefined();
  });

  test("several methods of one path are parts; each has to hold", () => {
    const counts = of({ "GET /a": [20_000, 0], "POST /a": [20, 1] });
    const found = rate(counts, 0.5, aRoute("a"));
    expect(found.parts).toEqual([
      { name: "POST", comparisons: 20, mismatches: 1, state: "holds" },
      { name: "GET", comparisons: 20_000, mismatches: 0, state: "holds" },
    ]);
    expect(rate(of({ "GET /a": [700, 0], "POST /a": [2, 0] }), 0.5, aRoute("a")).state).toBe("unknown");
    expect(rate(of({ "GET /a": [20_000, 0], "POST /a": [20, 10] }), 0.5, aRoute("a")).state).toBe("fails");
  });

  test("of many parts those that do not hold are told first, and few in all", () => {
    const many = Object.fromEntries(
      Array.from({ length: 150 }, (_, i) => [`GET /api/x${i}`, [100, i === 77 ? 90 : 0] as const]),
    );
    const found = rate(of(many));
    expect(found.parts).toHaveLength(20);
    expect(found.parts?.[0]?.name).toBe("GET /api/x77");
  });

  test("parts that are as bad as each other are told in one order, whichever came first", () => {
    const names = ["GET /api/b", "GET /api/a", "POST /api/a", "GET /api/c"];
    const told = (of_: readonly string[]) => {
      const { missing, parts } = rate(of(Object.fromEntries(of_.map((name) => [name, [500, 20]]))));
      return { missing, parts };
    };
    expect(told(names)).toEqual(told(names.toReversed()));
    expect(told(names).parts?.map(({ name }) => name)).toEqual([
      "GET",
      "GET /api/a",
      "GET /api/b",
      "GET /api/c",
      "POST",
      "POST /api/a",
    ]);
  });

  test("where nothing was told apart, as by a front door of an older version, nothing is known of templates", () => {
    const counts = { ...of({ "GET /api/x": [50_000, 0] }), strata: {} };
    expect(rate(counts)).toMatchObject({ state: "unknown", holds: false });
  });

  test("a hint names the difference that is seen most there", () => {
    const counts = of({ "GET /api/a": [5000, 0], "GET /api/b": [30, 30] });
    const differs = (part: string | undefined) =>
      part === "GET /api/b" ? "$.total (value, 30 times)" : undefined;
    const evidence = { route: ALL, position: at(0, 100), counts, openedAt: 0, now: 1, differs };
    const [found] = evaluateGate({ ...NOTHING, maxMismatchRate: 0.5 }, evidence).conditions;
    expect(found?.missing).toContain(
      "to GET /api/b differ, most often $.total (value, 30 times): a difference",
    );
  });
});

describe("what was seen", () => {
  const verdictOf = (counts: WindowCounts, before = {}) =>
    evaluateGate(NOTHING, { route: ALL, position: at(0, 100), counts, before, openedAt: 0, now: 1 });

  test("methods that are shadowed are in the verdict with what was compared of them", () => {
    const counts = of({ "GET /api/a": [90, 1], "HEAD /api/a": [10, 2] });
    expect(verdictOf(counts).methods).toEqual([
      { method: "GET", requests: 90, compared: 90, mismatches: 1 },
      { method: "HEAD", requests: 10, compared: 10, mismatches: 2 },
    ]);
    expect(verdictOf(of({ "GET /api/a": [90, 1] })).methods).toBeUndefined();
  });

  test("templates that came before the last step and not since are named, but for those that hardly came", () => {
    const before = { "GET /api/a": [90, 0], "GET /api/b": [40, 0], "GET /api/c": [2, 0] } as const;
    expect(verdictOf(of({ "GET /api/a": [5, 0] }), before).quiet).toEqual(["GET /api/b"]);
    expect(verdictOf(of({ "GET /api/a": [5, 0], "GET /api/b": [1, 0] }), before).quiet).toBeUndefined();
  });
});

describe("the first error of a sticky key", () => {
  const counted = (work: (tally: WindowTally) => void) => {
    const tally = new WindowTally({ route: "a", revision: 0, epoch: 1 });
    work(tally);
    return tally.counts();
  };
  const errors = (counts: WindowCounts) =>
    evaluateGate(
      { ...NOTHING, maxErrorRateIncrease: 0.5 },
      { route: aRoute("a"), position: at(50, 0), counts, openedAt: 0, now: 1 },
    ).conditions[0];

  /** Modern fails one client always, who tries again and again. */
  const retried = (keys: number) =>
    counted((tally) => {
      for (let i = 0; i < 3000; i++) {
        tally.answered("legacy", 200, 1000, false, false, 2 * i);
        tally.answered("modern", 200, 1000, false, false, 2 * i + 1);
      }
      for (let i = 0; i < 300; i++) tally.answered("modern", 500, 1000, true, false, 100_001 + (i % keys));
    });

  test("counts: a client that tries again is one witness", () => {
    const counts = retried(1);
    expect(counts.modern.errors).toBe(300);
    expect(counts.repeats.modern).toEqual({ answers: 299, errors: 299 });
    expect(errors(counts)?.state).toBe("holds");
  });

  test("many clients are many witnesses", () => {
    expect(errors(retried(300))?.state).toBe("fails");
  });

  test("what came well to a key that had failed counts no more, on its side alone", () => {
    const counts = counted((tally) => {
      tally.answered("modern", 500, 1, true, false, 7);
      tally.answered("modern", 200, 1, false, false, 7);
      tally.answered("legacy", 500, 1, true, false, 7);
      tally.shadowAnswered("modern", 502, 1, true, 7);
      tally.erred("modern", 7);
      tally.answered("modern", 200, 1, false, false);
    });
    expect(counts.repeats).toEqual({ legacy: {}, modern: { answers: 2, errors: 2 } });
  });

  test("a full set forgets the key that failed longest ago, and says so; the other side's keys stay", () => {
    const counts = counted((tally) => {
      tally.answered("legacy", 500, 1, true, false, 1);
      for (let key = 0; key < 1025; key++) tally.answered("modern", 500, 1, true, false, key);
      tally.answered("modern", 500, 1, true, false, 0);
      tally.answered("modern", 500, 1, true, false, 500);
      tally.answered("legacy", 500, 1, true, false, 1);
    });
    expect(counts.forgottenKeys).toBe(2);
    expect(counts.repeats).toEqual({
      legacy: { answers: 1, errors: 1 },
      modern: { answers: 1, errors: 1 },
    });
  });
});
