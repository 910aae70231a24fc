import { describe, expect, test } from "vitest";
import type { ControlFacts, PoliciesQuery, PolicyCounts } from "../../src/control/contract.ts";
import { PolicyReports } from "../../src/control/policy-report.ts";
import type { Policies } from "../../src/domain/policies.ts";
import { definitionOf } from "../support/exchange-world.ts";
import { aConfig, errorOf, HandClock } from "./harness.ts";

const ALL: PoliciesQuery = { limit: 100, offset: 0 };
const NETWORKS: Policies = {
  networks: { allow: [], deny: [] } as unknown as NonNullable<Policies["networks"]>,
};

function route(id: string, policies: Policies | undefined) {
  return { ...definitionOf({ id, match: { ...definitionOf({}).match, path: `/${id}` } }), policies };
}

/** Reports over counts that the test sets. */
function world(
  config = aConfig({ routes: [route("a", NETWORKS), route("b", undefined), route("c", NETWORKS)] }),
) {
  const clock = new HandClock();
  const counts = {
    verdicts: {} as Record<string, number>,
    rejected: {} as Record<string, number>,
    limited: {} as Record<string, number>,
    reads: 0,
  };
  const facts: Pick<ControlFacts, "config" | "policies"> = {
    config: () => config,
    policies: async (): Promise<PolicyCounts> => {
      counts.reads++;
      return {
        verdicts: { ...counts.verdicts },
        rejected: { ...counts.rejected },
        limited: { ...counts.limited },
      };
    },
  };
  return { clock, counts, facts, reports: new PolicyReports({ facts, clock }) };
}

describe("what policies said", () => {
  test("names every policy in force, in the order in which a request meets them, and who has none is left out", async () => {
    const policies = {
      transform: {},
      networks: {},
      respond: { status: 503 },
    } as unknown as Policies;
    const { reports, counts } = world(aConfig({ routes: [route("a", policies), route("b", undefined)] }));
    counts.verdicts["a\trespond\tanswered"] = 3;
    const { routes, total, seconds } = await reports.report(ALL);
    expect(total).toBe(1);
    expect(seconds).toBeNull();
    expect(routes).toEqual([
      {
        route: "a",
        refused: 0,
        refusedLately: null,
        policies: [
          { policy: "networks", inForce: true, verdicts: [] },
          {
            policy: "respond",
            inForce: true,
            verdicts: [{ verdict: "answered", kind: "answered", count: 3, lately: null }],
          },
          { policy: "transform", inForce: true, verdicts: [] },
        ],
      },
    ]);
  });

  test("counts what is refused, and says so of the route that refuses most lately first", async () => {
    const { reports, counts, clock } = world();
    Object.assign(counts.verdicts, { "a\tnetworks\trefused": 100, "c\tnetworks\trefused": 1 });
    const first = await reports.report(ALL);
    expect(first.routes.map(({ route: id, refused }) => [id, refused])).toEqual([
      ["a", 100],
      ["c", 1],
    ]);
    clock.pass(10_000);
    Object.assign(counts.verdicts, { "c\tnetworks\trefused": 21, "c\tnetworks\tpassed": 40 });
    const { routes, seconds } = await reports.report(ALL);
    expect(seconds).toBe(10);
    expect(routes.map(({ route: id, refusedLately }) => [id, refusedLately])).toEqual([
      ["c", 20],
      ["a", 0],
    ]);
    expect(routes[0]?.policies[0]?.verdicts).toEqual([
      { verdict: "passed", kind: "passed", count: 40, lately: 40 },
      { verdict: "refused", kind: "refused", count: 21, lately: 20 },
    ]);
  });

  test("lately is of one to two minutes while somebody asks, and of nothing after a long silence", async () => {
    const { reports, clock } = world();
    const spans: (number | null)[] = [];
    for (let asked = 0; asked < 30; asked++) {
      spans.push((await reports.report(ALL)).seconds);
      clock.pass(10_000);
    }
    expect(spans[0]).toBeNull();
    expect(Math.max(...spans.map(Number))).toBeLessThanOrEqual(120);
    expect(Math.min(...spans.slice(7).map(Number))).toBeGreaterThanOrEqual(60);
    clock.pass(600_000);
    expect((await reports.report(ALL)).seconds).toBeNull();
  });

  test("a counter that fell began anew: lately is never less than nothing", async () => {
    const { reports, counts, clock } = world();
    counts.verdicts["a\tnetworks\trefused"] = 9;
    counts.rejected.network_denied = 9;
    await reports.report(ALL);
    clock.pass(5_000);
    counts.verdicts["a\tnetworks\trefused"] = 2;
    counts.rejected.network_denied = 2;
    const { routes, codes } = await reports.report(ALL);
    expect(routes[0]).toMatchObject({ route: "a", refusedLately: 0 });
    expect(codes).toEqual([{ code: "network_denied", status: 403, count: 2, lately: 0 }]);
  });

  test("many who ask at once are one reading, and a reading that failed is tried anew", async () => {
    const { reports, counts, facts, clock } = world();
    await Promise.all([reports.report(ALL), reports.report({ ...ALL, route: "a" }), reports.report(ALL)]);
    expect(counts.reads).toBe(1);
    clock.pass(1_000);
    const { policies } = facts;
    facts.policies = async () => {
      throw new Error("a worker is gone");
    };
    await expect(reports.report(ALL)).rejects.toThrow("a worker is gone");
    facts.policies = policies;
    await reports.report(ALL);
    expect(counts.reads).toBe(2);
  });

  test("a page, a part of an id, one route; a route without policies is no error, one that is not there is", async () => {
    const { reports, counts } = world();
    Object.assign(counts.verdicts, { "gone\tnetworks\tpassed": 1 });
    expect(await reports.report({ ...ALL, limit: 1, offset: 1 })).toMatchObject({
      total: 3,
      routes: [{ route: "c" }],
    });
    expect((await reports.report({ ...ALL, query: "G" })).routes).toMatchObject([
      { route: "gone", policies: [{ policy: "networks", inForce: false }] },
    ]);
    expect((await reports.report({ ...ALL, route: "b" })).routes).toEqual([]);
    expect((await reports.report({ ...ALL, route: "(default)" })).routes).toEqual([]);
    expect((await errorOf(reports.report({ ...ALL, route: "nobody" }))).code).toBe("unknown_route");
  });

  test("codes of every answer of the front door's own, the most frequent first", async () => {
    const { reports, counts } = world();
    Object.assign(counts.rejected, { no_route: 2, network_denied: 7, upstream_timeout: 0 });
    expect((await reports.report(ALL)).codes).toEqual([
      { code: "network_denied", status: 403, count: 7, lately: null },
      { code: "no_route", status: 404, count: 2, lately: null },
    ]);
  });

  test("whom limits refused, those refused most lately first, and of one route where one is asked for", async () => {
    const { reports, counts, clock } = world();
    Object.assign(counts.limited, { "a\t1/s by ip\tip 192.0.2.7": 9, "c\t5/day by ip\tip 192.0.2.8": 1 });
    await reports.report(ALL);
    clock.pass(10_000);
    counts.limited["c\t5/day by ip\tip 192.0.2.8"] = 4;
    expect((await reports.report(ALL)).limited).toEqual([
      { route: "c", limit: "5/day by ip", key: "ip 192.0.2.8", count: 4, lately: 3 },
      { route: "a", limit: "1/s by ip", key: "ip 192.0.2.7", count: 9, lately: 0 },
    ]);
    expect((await reports.report({ ...ALL, route: "a" })).limited).toMatchObject([{ route: "a" }]);
  });

  test("where nobody serves it says so", async () => {
    const { facts, clock } = world();
    const reports = new PolicyReports({ facts: { config: facts.config }, clock });
    expect((await errorOf(reports.report(ALL))).code).toBe("no_front_door");
  });
});
