import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { mergeCounts, NO_COUNTS, parseCounts, type WindowCounts } from "../../src/domain/counters.ts";
import type { GateDefinition } from "../../src/domain/gate/contract.ts";
import { evaluateGate } from "../../src/domain/gate/evaluate.ts";
import type { RouteDefinition } from "../../src/domain/route.ts";
import { WindowTally } from "../../src/domain/tally.ts";
import { aRoute, at } from "./definitions.ts";

const MINUTE = 60_000;
const NOTHING = {
  minComparisons: undefined,
  maxMismatchRate: undefined,
  maxErrorRateIncrease: undefined,
  maxLatencyRatio: undefined,
  minDurationMs: undefined,
};
const ALL = aRoute("a", {
  match: { path: "/api/{rest+}", methods: undefined, host: undefined, headers: {}, query: {} },
});

interface Compared {
  readonly times: number;
  readonly outcome: "match" | "mismatch";
  readonly again?: boolean;
  readonly method?: string;
  readonly path?: string;
}

/** Counts as a front door makes them. */
function counted(...list: readonly Compared[]): WindowCounts {
  const tally = new WindowTally({ route: "a", revision: 1, epoch: 1 });
  for (const { times, outcome, again = false, method = "GET", path = "items/1" } of list)
    for (let i = 0; i < times; i++) {
      tally.asked(method);
      tally.compared(outcome, method, again);
      tally.stratum({ method, path: "/api/{rest+}", captures: [path] }, outcome, again);
    }
  return tally.counts();
}

function gateOf(counts: WindowCounts, gate: Partial<GateDefinition>, route: RouteDefinition = aRoute("a")) {
  const evidence = { route, position: at(0, 100), counts, openedAt: 0, now: 10 * MINUTE };
  return evaluateGate({ ...NOTHING, ...gate }, evidence);
}

function rate(counts: WindowCounts, maxMismatchRate: number, route?: RouteDefinition) {
  const [condition] = gateOf(counts, { maxMismatchRate }, route).conditions;
  if (condition === undefined) throw new Error("one condition was expected");
  return condition;
}

describe("maxMismatchRate", () => {
  test("is held against the comparisons that count, and says how many do", () => {
    const counts = counted(
      { times: 400, outcome: "match" },
      { times: 1, outcome: "mismatch" },
      { times: 199, outcome: "mismatch", again: true },
    );
    const found = rate(counts, 5);
    expect(found).toMatchObject({
      state: "holds",
      judged:
        "of 600 comparisons 401 count: the others were the same request of the same client within a minute",
      counted: { comparisons: 401, mismatches: 1 },
    });
    const same = rate(counted({ times: 400, outcome: "match" }, { times: 1, outcome: "mismatch" }), 5);
    const { judged: _, counted: __, ...rest } = found;
    expect(rest).toEqual(same);
  });

  test("is not reached by one client's page that polls", () => {
    const polled = counted({ times: 1, outcome: "match" }, { times: 999, outcome: "match", again: true });
    const found = rate(polled, 0.5);
    expect(found.state).toBe("unknown");
    expect(found.judged).toBe(
      "of 1,000 comparisons 1 counts: the others were the same request of the same client within a minute",
    );
    expect(found.missing).toMatch(/^needs 657 more comparisons without a mismatch \(0 of 1 so far\), /);
    expect(rate(counted({ times: 1000, outcome: "match" }), 0.5).state).toBe("holds");
  });

  test("says how long it takes at the rate of those that count", () => {
    const counts = counted({ times: 100, outcome: "match" }, { times: 900, outcome: "match", again: true });
    // A hundred in ten minutes.
    expect(rate(counts, 0.5).missing).toBe(
      "needs 558 more comparisons without a mismatch (0 of 100 so far), about 55 min 48 s at the current rate",
    );
  });

  test("is held so against each method and path template", () => {
    const counts = counted(
      { times: 2500, outcome: "match" },
      { times: 1, outcome: "mismatch", path: "refunds/1" },
      { times: 40, outcome: "mismatch", path: "refunds/1", again: true },
      { times: 300, outcome: "match", method: "POST", again: true },
      { times: 3, outcome: "match", method: "POST" },
    );
    const { parts, state, missing } = rate(counts, 0.5, ALL);
    expect(state).not.toBe("fails");
    expect(missing).toContain("GET /api/refunds/{number}: 1 of 1 differ");
    expect(parts).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ name: "GET", comparisons: 2501, mismatches: 1 }),
        expect.objectContaining({ name: "POST", comparisons: 3, mismatches: 0 }),
        expect.objectContaining({ name: "GET /api/refunds/{number}", comparisons: 1, mismatches: 1 }),
        expect.objectContaining({ name: "POST /api/items/{number}", comparisons: 3, mismatches: 0 }),
      ]),
    );
    // Forty-one of one client's are no proof; of forty-one clients they are.
    const many = counted(
      { times: 2500, outcome: "match" },
      { times: 41, outcome: "mismatch", path: "refunds/1" },
    );
    expect(rate(many, 0.5, ALL).state).toBe("fails");
  });

  test("of two, one of which counts, is told in the singular", () => {
    const counts = counted({ times: 1, outcome: "match" }, { times: 1, outcome: "match", again: true });
    expect(rate(counts, 5).judged).toBe(
      "of 2 comparisons 1 counts: the other was the same request of the same client within a minute",
    );
  });
});

test("every other condition, coverage and what is shown count each comparison", () => {
  const counts = counted({ times: 10, outcome: "match" }, { times: 90, outcome: "mismatch", again: true });
  const found = gateOf(counts, { minComparisons: 100, minCoverage: 100 });
  expect(found.conditions).toMatchObject([
    { name: "minComparisons", value: 100, state: "holds" },
    { name: "minCoverage.GET", value: 100, state: "holds" },
  ]);
  expect(counts.comparisons).toMatchObject({ match: 10, mismatch: 90 });
  expect(counts.mismatchedMethods).toEqual({ GET: 90 });
});

test("what an older fig counted of the same counts whole, added to what this one counted", () => {
  const list = [
    { times: 300, outcome: "match" },
    { times: 100, outcome: "match", again: true },
  ] as const;
  const now = counted(...list);
  const { sameRequests: _, unrememberedRequests: __, ...older } = now;
  const strata = Object.fromEntries(Object.entries(older.strata).map(([name, [a, b]]) => [name, [a, b]]));
  const read = parseCounts(JSON.stringify({ ...older, strata }));
  expect(rate(read, 1, ALL).judged).toBeUndefined();
  const both = rate(mergeCounts([read, parseCounts(JSON.stringify(now))]), 0.5, ALL);
  expect(both.counted).toEqual({ comparisons: 700, mismatches: 0 });
  expect(both.parts).toBeDefined();
  expect(both.parts?.[0]).toMatchObject({ comparisons: 700 });
});

test("where nothing comes again the whole gate says what it said without any of this", () => {
  const some = fc.record({
    times: fc.integer({ min: 1, max: 60 }),
    outcome: fc.constantFrom("match" as const, "mismatch" as const),
    method: fc.constantFrom("GET", "POST"),
    path: fc.constantFrom("items/1", "refunds/1", "me"),
  });
  fc.assert(
    fc.property(fc.array(some, { maxLength: 8 }), fc.constantFrom(0.5, 5, 40), (list, bound) => {
      const counts = counted(...list);
      expect(counts.sameRequests).toEqual(NO_COUNTS.sameRequests);
      for (const stratum of Object.values(counts.strata)) expect(stratum).toHaveLength(2);
      const found = rate(counts, bound, ALL);
      expect(found.judged).toBeUndefined();
      expect(found.counted).toBeUndefined();
    }),
  );
});
