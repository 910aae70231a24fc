import { describe, expect, test } from "vitest";
import { changedClients } from "../../src/domain/changed-clients.ts";
import type { RouteImage, TableImage } from "../../src/domain/table-image.ts";
import { changesAnswers, tableChanges } from "../../src/routing/table-changes.ts";

const side = (upstream: string, path: string | null = null) => ({ upstream, path, server: upstream });

function route(
  id: string,
  path: string,
  more: Partial<RouteImage> & { readonly methods?: readonly string[] } = {},
): RouteImage {
  const { methods = null, ...others } = more;
  return {
    id,
    match: {
      path,
      methods,
      host: null,
      headers: {},
      query: {},
      caseSensitive: true,
      trailingSlash: "exact",
      encodedSlash: "reject",
    },
    legacy: side("old"),
    modern: side("new"),
    cohort: id,
    sticky: ["ip"],
    retired: false,
    formerly: [],
    modernPercent: 0,
    policies: [],
    ...others,
  };
}

const fallback = route("(default)", "/{any+}", { modern: side("old"), sticky: [] });
const table = (...routes: readonly RouteImage[]): TableImage => ({ routes, fallback });
const orders = route("orders", "/orders/{id}", { modernPercent: 25 });

describe("what another table changes for clients", () => {
  test("the same table changes nothing", () => {
    const changes = tableChanges(table(orders), table(orders));
    expect(Object.values(changes).flat()).toEqual([]);
    expect(changesAnswers(changes)).toBe(false);
  });

  test("a new route takes requests of the default, and answers nobody otherwise while it stands at legacy", () => {
    const changes = tableChanges(table(), table(route("orders", "/orders/{id}")));
    expect(changes).toMatchObject({
      added: ["orders"],
      moved: [{ from: "(default)", to: "orders", example: "GET /orders/…", clients: 0, whole: false }],
    });
    expect(changesAnswers(changes)).toBe(false);
  });

  test("a removed route's requests fall to another, or to none", () => {
    const all = route("all", "/{rest+}");
    expect(tableChanges(table(orders, all), table(all))).toMatchObject({
      removed: ["orders"],
      moved: [{ from: "orders", to: "all", clients: 25, whole: true }],
    });
    const changes = tableChanges(table(orders), { routes: [], fallback: null });
    expect(changes.moved).toContainEqual(
      expect.objectContaining({ from: "orders", to: null, clients: 100, whole: true }),
    );
    expect(changesAnswers(changes)).toBe(true);
  });

  test("a more exact route takes some of another's, and one that is never reached is told", () => {
    const changes = tableChanges(
      table(orders),
      table(orders, route("mine", "/orders/mine", { legacy: side("third") })),
    );
    expect(changes.moved).toEqual([
      { from: "orders", to: "mine", example: "GET /orders/mine", clients: 100, whole: false },
    ]);
    const by = route("get", "/a", { methods: ["GET"] });
    expect(tableChanges(table(by), table(by)).unreachable).toEqual([]);
  });

  test("sides, splits and positions say who is answered otherwise; a route that goes on stands where it stood", () => {
    const moved = (next: RouteImage) => tableChanges(table(orders), table(next)).answers;
    expect(moved({ ...orders, modernPercent: 0 })).toEqual([]);
    expect(moved({ ...orders, modern: side("newer") })).toEqual([
      { route: "orders", clients: 25, why: "modern: new → newer" },
    ]);
    // Of 25 % of clients, 25 % stay: two independent draws.
    expect(moved({ ...orders, cohort: "shop" })).toEqual([
      { route: "orders", clients: 37.5, why: "cohort: orders → shop" },
    ]);
    expect(moved({ ...orders, sticky: ["cookie:d"] })).toMatchObject([{ clients: 37.5 }]);
    expect(moved({ ...orders, retired: true, legacy: null, modernPercent: 100 })).toMatchObject([
      { clients: 75 },
    ]);
    expect(moved({ ...orders, modern: { ...side("new"), server: "other" } })).toMatchObject([
      { clients: 25, why: "new is another server" },
    ]);
    const renamed = tableChanges(
      table(orders),
      table({ ...orders, id: "purchases", formerly: ["orders"], cohort: "orders" }),
    );
    expect(renamed).toMatchObject({ added: [], removed: [], moved: [], answers: [] });
  });

  test("policies are told by name", () => {
    const next = { ...orders, policies: ["cors", "jwt"] };
    expect(tableChanges(table({ ...orders, policies: ["cors", "limit"] }), table(next)).policies).toEqual([
      { route: "orders", added: ["jwt"], removed: ["limit"] },
    ]);
  });
});

test("the share of clients that is answered otherwise is that of a count over many clients", () => {
  const cases: readonly (readonly [RouteImage, RouteImage, number])[] = [
    [{ ...orders, modernPercent: 10 }, { ...orders, modernPercent: 60 }, 50],
    [{ ...orders, modernPercent: 10 }, { ...orders, modernPercent: 60, cohort: "x" }, 58],
    [{ ...orders, modernPercent: 100 }, { ...orders, modernPercent: 0, cohort: "x" }, 100],
    [{ ...orders, legacy: side("new") }, orders, 75],
  ];
  for (const [before, after, share] of cases) {
    expect(changedClients(before, after)).toBe(share);
    expect(changedClients(after, before)).toBe(share);
  }
  expect(changedClients(null, null)).toBe(0);
  expect(changedClients(orders, null)).toBe(100);
});
