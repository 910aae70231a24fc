import { expect, test } from "vitest";
import { forwardIdentity } from "../../src/layers/forward-identity.ts";
import { login } from "../../src/layers/login.ts";
import { settle } from "../support/authorizer-world.ts";
import { ExchangeWorld } from "../support/exchange-world.ts";
import { ADA, LOGIN, playedLogins } from "../support/played-logins.ts";

type Played = Parameters<typeof playedLogins>[0];

/** The layer answers its own paths where the route's pattern leads to them: here below /orders/. */
const OWN = { ...LOGIN, callback: "/orders/in", start: "/orders/login", logout: "/orders/out" };

function worldOf(played: Played, more: object = {}) {
  return new ExchangeWorld({
    doorLayers: [login, forwardIdentity],
    definition: { policies: { login: { ...OWN, ...more } } },
    logins: playedLogins(played),
  });
}

async function asked(played: Played, head: Parameters<ExchangeWorld["request"]>[0] = {}, more: object = {}) {
  const world = worldOf(played, more);
  const headers = ["Host", "shop.test", ...(head?.headers ?? [])];
  const lane = world.request({ ...head, headers });
  await settle();
  return { world, lane };
}

const PAGE = { headers: ["Sec-Fetch-Mode", "navigate", "Accept", "*/*"] };

test("the side is told who it is, and nothing waits where nothing is due", () => {
  const world = worldOf({});
  const lane = world.request({ headers: ["Host", "shop.test"] });
  const { headers } = world.legacy.last.request;
  expect(headers.slice(-4)).toEqual(["x-fig-subject", "ada", "x-fig-claim-email", "ada@shop.test"]);
  world.legacy.last.answer(200, "ok");
  lane.flush();
  expect([lane.status, lane.header("set-cookie"), world.verdicts]).toEqual([
    200,
    undefined,
    ["orders login passed"],
  ]);
});

test("a session that is written anew goes with the answer, which no shared cache may keep", async () => {
  const { world, lane } = await asked({ due: "touch", keeps: ["fig_session=1.new"] });
  world.legacy.last.answer(200, "ok", ["cache-control", "public, max-age=60"]);
  lane.flush();
  expect([lane.header("set-cookie"), lane.header("cache-control")]).toEqual([
    "fig_session=1.new",
    "private, max-age=60",
  ]);
});

test("a session that the provider ended is none: a page is sent there, all else gets 401", async () => {
  const ended = { due: "refresh", refreshed: "ended" } as const;
  const page = await asked(ended, PAGE);
  expect([page.lane.status, page.lane.header("location")]).toEqual([302, "https://id.test/authorize"]);
  expect(page.lane.header("cache-control")).toBe("no-store");
  const other = await asked(ended);
  expect([other.lane.status, other.world.verdicts]).toEqual([401, ["orders login required"]]);
});

test.each<[string, readonly string[], string, number]>([
  ["a page", ["Sec-Fetch-Mode", "navigate"], "GET", 302],
  ["a page of a browser that says nothing", ["Accept", "text/html,*/*"], "GET", 302],
  ["the head of a page", ["Sec-Fetch-Mode", "navigate"], "HEAD", 302],
  ["a form", ["Sec-Fetch-Mode", "navigate"], "POST", 401],
  ["a script that takes HTML", ["Sec-Fetch-Mode", "cors", "Accept", "text/html"], "GET", 401],
  ["two modes", ["Sec-Fetch-Mode", "navigate", "Sec-Fetch-Mode", "cors", "Accept", "text/html"], "GET", 401],
  ["a program", ["Accept", "*/*"], "GET", 401],
])("nobody is logged in: %s", async (_, headers, method, status) => {
  const { lane } = await asked({ session: undefined }, { headers, method });
  expect(lane.status).toBe(status);
});

test.each<[Extract<NonNullable<Played>["outcome"], object>, number, string | undefined]>([
  [{ kind: "failed", fault: "state", cookies: [] }, 400, undefined],
  [{ kind: "denied", cookies: [] }, 403, undefined],
  [{ kind: "unavailable", seconds: 7 }, 503, "7"],
])("a login that ends with %j", async (outcome, status, retryAfter) => {
  const { lane } = await asked({ outcome }, { target: "/orders/in?state=x&code=y" });
  expect([lane.status, lane.header("retry-after")]).toEqual([status, retryAfter]);
});

test("explain says what it would say, and asks nobody", async () => {
  const explained = async (
    played: Played,
    target = "/orders/1",
    headers: readonly string[] = [],
    more = {},
  ) => {
    const world = worldOf(played, more);
    const lane = world.request({ target, headers: ["Host", "shop.test", ...headers] });
    const { decision } = lane.listener as unknown as { decision: never };
    const asking = { decision, address: "127.0.0.1", identity: undefined as object | undefined };
    const [said] = await world.context.settings.chains.explain(asking);
    return [said?.verdict, said?.status, asking.identity];
  };
  const nobody = { session: undefined };
  expect(await explained({})).toEqual(["passed", undefined, { subject: "ada", claims: ADA.claims }]);
  expect(await explained(nobody)).toEqual(["required", 401, undefined]);
  expect(await explained(nobody, "/orders/1", ["Sec-Fetch-Mode", "navigate"])).toEqual([
    "redirected",
    302,
    undefined,
  ]);
  expect(await explained(nobody, "/orders/1", [], { required: false })).toEqual([
    "anonymous",
    undefined,
    undefined,
  ]);
  expect(await explained({}, "/orders/in?state=x")).toEqual(["not known", undefined, undefined]);
  expect(await explained({}, "/orders/login")).toEqual(["redirected", 302, undefined]);
  expect(await explained({}, "/orders/out")).toEqual(["out", 303, undefined]);
});
