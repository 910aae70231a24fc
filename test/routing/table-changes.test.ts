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

  test("templates that overlap in part only show what moves between them", () => {
    const [first, second] = [route("first", "/a/{x}"), route("second", "/{y}/b", { legacy: side("third") })];
    expect(tableChanges(table(second), table(first, second)).moved).toEqual([
      expect.objectContaining({ from: "(default)", to: "first" }),
      { from: "second", to: "first", example: "GET /a/b", clients: 100, whole: false },
    ]);
    const hosted = route("hosted", "/{rest+}", { legacy: side("third") });
    const mine = { ...hosted, match: { ...hosted.match, host: "shop.test" } };
    expect(tableChanges(table(orders), table(orders, mine)).moved).toContainEqual(
      expect.objectContaining({ from: "orders", to: "hosted", example: "GET //shop.test/orders/…" }),
    );
  });

  test("a default that goes leaves requests that no route takes without an answer", () => {
    expect(tableChanges(table(orders), { routes: [orders], fallback: null })).toMatchObject({
      moved: [{ from: "(default)", to: null, example: "GET /", clients: 100, whole: false }],
    });
  });

  test("a route without methods is reached by what no route names, and gives away only what another names", () => {
    const get = route("get", "/orders/{id}", { methods: ["GET", "POST"], legacy: side("third") });
    const { moved, unreachable } = tableChanges(table(orders), table(orders, get));
    expect(moved).toEqual([
      { from: "orders", to: "get", example: "GET /orders/…", clients: 100, whole: false },
    ]);
    expect(unreachable).toEqual([]);
  });

  test("routes by operation take requests that ask for theirs alone", () => {
    const all = route("graphql", "/graphql");
    const cart = route("cart", "/graphql", { legacy: side("third") });
    const asks = { ...cart, match: { ...cart.match, operations: ["GetCart"] } };
    const changes = tableChanges(table(all), table(all, asks));
    expect(changes.moved).toEqual([
      { from: "graphql", to: "cart", example: "GET /graphql asking for GetCart", clients: 100, whole: false },
    ]);
    expect(changes.unreachable).toEqual([]);
    expect(Object.values(tableChanges(table(asks, all), table(all, asks))).flat()).toEqual([]);
  });

  test("routes of messages take no request; a message whose route goes falls to $default, or to nobody", () => {
    const message = (key: string, to = "new") => ({
      ...route(`chat.${key.replace("$", "")}`, "/chat", {
        modern: side(to),
        retired: true,
        modernPercent: 100,
      }),
      message: { api: "chat", key },
    });
    const chat = [
      message("$connect"),
      message("$disconnect"),
      message("$default"),
      message("total", "other"),
    ];
    expect(Object.values(tableChanges(table(...chat), table(...chat))).flat()).toEqual([]);
    expect(tableChanges(table(...chat), table(...chat.slice(0, 3)))).toMatchObject({
      removed: ["chat.total"],
      moved: [{ from: "chat.total", to: "chat.default", example: "a message total of chat", clients: 100 }],
    });
    const named = chat.filter(({ message: { key } }) => key !== "$default");
    expect(tableChanges(table(...named), table(...named.slice(0, 2))).moved).toMatchObject([
      { from: "chat.total", to: null, clients: 100 },
    ]);
    expect(tableChanges(table(...chat), table()).moved).toMatchObject([
      { from: "chat.connect", to: "(default)", example: "GET /chat" },
    ]);
  });

  test("a route that nobody shifted stands at its new start, one that comes back where the ledger has it", () => {
    const begins = { ...orders, shifted: false };
    const next = { ...orders, modernPercent: 75, shifted: false };
    expect(tableChanges(table(begins), table(next)).answers).toEqual([
      { route: "orders", clients: 50, why: "modern: 25 → 75 %" },
    ]);
    const back = { ...table(), left: [{ id: "orders", modern: 40, shadow: 0 }] };
    expect(tableChanges(back, table({ ...orders, modernPercent: 0 })).moved).toMatchObject([
      { from: "(default)", to: "orders", clients: 40 },
    ]);
    // An id that a route has is nobody's former one.
    const other = route("other", "/other", { formerly: ["orders"], modernPercent: 0, shifted: false });
    expect(tableChanges(table(orders), table(other, orders))).toMatchObject({
      answers: [],
      added: ["other"],
    });
  });

  test("what is shadowed otherwise is told", () => {
    const shadow = (percent: number, of = "safe requests") => ({ shadow: { percent, of } });
    const was = { ...orders, ...shadow(0), shifted: false };
    expect(tableChanges(table(was), table({ ...was, ...shadow(100) })).shadows).toEqual([
      { route: "orders", from: 0, to: 100, of: "safe requests" },
    ]);
    const stands = { ...orders, ...shadow(100), shifted: true };
    expect(tableChanges(table(stands), table({ ...stands, ...shadow(0) })).shadows).toEqual([]);
    expect(tableChanges(table(stands), table({ ...stands, ...shadow(0, "all requests") })).shadows).toEqual([
      { route: "orders", from: 100, to: 100, of: "all requests" },
    ]);
    // What an older fig does not tell is not made up.
    expect(tableChanges(table(orders), table({ ...orders, ...shadow(100) })).shadows).toEqual([]);
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
