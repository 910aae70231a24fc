import { expect, test } from "vitest";
import type { GuardRules, GuardWitness } from "../../../src/domain/guards.ts";
import { RouteWatch } from "../../../src/domain/proof/route-watch.ts";

const RULES: GuardRules = {
  errors: true,
  latency: undefined,
  mismatches: { percent: 0.1 },
  sampleRatio: false,
  maxTrips: 3,
};
const STAND = { revision: 4, epoch: 1, percent: 25 };
const AT = "2026-11-30T00:00:00.000Z";

const witness = (key: number | undefined, over: Partial<GuardWitness> = {}): GuardWitness => ({
  ...{ route: "shop", revision: 4, epoch: 1, percent: 25, kind: "errors", modern: true, key },
  sample: { requestId: `r${key}`, status: 500 },
  ...over,
});
const aWatch = (rules = RULES) => new RouteWatch("shop", rules, STAND);

test("a dozen clients of modern with errors, and none of legacy, are an alarm with its evidence", () => {
  const watch = aWatch();
  let events = 0;
  let found: ReturnType<RouteWatch["saw"]>;
  while (found === undefined) found = watch.saw(witness(++events), AT);
  expect(events).toBeLessThanOrEqual(12);
  expect(found).toMatchObject({
    guard: "errors",
    route: "shop",
    percent: 25,
    counts: { modern: events, legacy: 0 },
  });
  expect(found.value).toBeGreaterThanOrEqual(found.alarm);
  expect(found.samples.map(({ requestId }) => requestId)).toEqual(
    [4, 3, 2, 1, 0].map((back) => `r${events - back}`),
  );
  expect(found.seen).toContain("which has 25 % of clients");
});

test("a client that tries again is one witness", () => {
  const watch = aWatch();
  for (let i = 0; i < 10_000; i++) expect(watch.saw(witness(1), AT)).toBeUndefined();
  expect(watch.nearness).toBeLessThan(0.2);
});

test("what a request saw that began before the route moved does not count", () => {
  const watch = aWatch();
  for (const over of [{ revision: 3 }, { epoch: 2 }, { percent: 50 }])
    for (let key = 0; key < 100; key++) expect(watch.saw(witness(key, over), AT)).toBeUndefined();
  expect(watch.nearness).toBe(0);
});

test("refusals have a detector of their own, and errors on both sides are no alarm", () => {
  const watch = aWatch();
  for (let key = 0; key < 400; key++) {
    const modern = key % 4 === 0;
    expect(watch.saw(witness(key, { modern }), AT)).toBeUndefined();
  }
  let found: ReturnType<RouteWatch["saw"]>;
  for (let key = 0; found === undefined; key++) found = watch.saw(witness(key, { kind: "refusals" }), AT);
  expect(found).toMatchObject({ guard: "refusals", counts: { legacy: 0 } });
});

test("grave differences in every hundredth comparison are an alarm, and without the guard nothing is", () => {
  const sample = { requestId: "r", status: 0, at: AT };
  const after = (rules: GuardRules) => {
    const watch = aWatch(rules);
    for (let i = 1; i <= 5_000; i++)
      if (watch.compared(i % 100 === 0 ? sample : undefined) !== undefined) return i;
    return undefined;
  };
  expect(after(RULES)).toBeLessThan(2_000);
  expect(after({ ...RULES, mismatches: undefined })).toBeUndefined();
});
