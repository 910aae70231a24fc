import { expect, test } from "vitest";
import type { PoliciesQuery, PolicyReport, RoutePolicies } from "../../src/control/contract.ts";
import { FigError } from "../../src/domain/errors.ts";
import { run, shop } from "./support.ts";

const verdict = (word: string, kind: "passed" | "refused", count: number) => ({
  ...{ verdict: word, kind, count, lately: null },
});

function routeOf(route: string, verdicts: RoutePolicies["policies"][number]["verdicts"]): RoutePolicies {
  return {
    route,
    refused: 2,
    refusedLately: null,
    policies: [{ policy: "networks", inForce: true, verdicts }],
  };
}

const ROUTES = [
  routeOf("orders", [verdict("passed", "passed", 1_200), verdict("refused", "refused", 2)]),
  { ...routeOf("shop", []), refused: 0 },
];

function reportOf({ route, limit, offset }: PoliciesQuery, most = limit): PolicyReport {
  const rows = ROUTES.filter((row) => route === undefined || row.route === route);
  const codes = [{ code: "network_denied", status: 403, count: 2, lately: null }];
  return {
    ...{
      at: "2026-11-22T20:00:00.000Z",
      seconds: null,
      total: rows.length,
      codes,
      limited: [
        { route: "orders", limit: "1/s, burst 1 by ip", key: "ip 192.0.2.7", count: 3, lately: null },
      ],
    },
    routes: rows.slice(offset, offset + most),
  };
}

test("what policies said, route by route, and the codes that clients got", async () => {
  const cwd = await shop();
  const control = { policies: async (query: PoliciesQuery) => reportOf(query) };
  const { code, out, err } = await run(["policies"], { cwd, control });
  expect([code, err]).toEqual([0, ""]);
  expect(out.split("\n").slice(1)).toEqual([
    "orders: 1 policy, 2 refused",
    "  networks: passed 1,200, refused 2",
    "shop: 1 policy",
    "  networks: nothing yet",
    "answers of the front door's own",
    "        2  403  network_denied",
    "whom limits refused",
    "        3  ip 192.0.2.7: orders, 1/s, burst 1 by ip",
    "",
  ]);
});

test("one route, as JSON; and pages are put together", async () => {
  const cwd = await shop();
  const control = { policies: async (query: PoliciesQuery) => reportOf(query, 1) };
  const all = await run(["policies", "--json"], { cwd, control });
  expect(JSON.parse(all.out).routes.map((row: RoutePolicies) => row.route)).toEqual(["orders", "shop"]);
  const one = await run(["policies", "shop", "--json"], { cwd, control });
  expect(JSON.parse(one.out).routes).toEqual([ROUTES[1]]);
});

test("without a front door nothing is known, and the remedy says so", async () => {
  const cwd = await shop();
  const control = {
    policies: () => Promise.reject(new FigError("no_front_door", "none answers", { remedy: "start it" })),
  };
  const { code, err } = await run(["policies"], { cwd, control });
  expect(code).not.toBe(0);
  expect(err).toContain("start it");
});
