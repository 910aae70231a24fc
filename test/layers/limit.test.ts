import { expect, test } from "vitest";
import { apiKeysSchema } from "../../src/config/policies/api-keys.ts";
import { limitSchema, plansSchema } from "../../src/config/policies/limit.ts";
import { compileNetworks } from "../../src/domain/client-address.ts";
import type { Identity } from "../../src/domain/identity.ts";
import { CHUNKED } from "../../src/domain/message.ts";
import type { Limiter } from "../../src/layers/contract.ts";
import { limit } from "../../src/layers/limit.ts";
import { ExchangeWorld, type ExchangeWorldOptions } from "../support/exchange-world.ts";
import { doorLayer } from "../support/layers-under-test.ts";
import type { MemoryLane } from "../support/memory-lane.ts";

/** Says who a request is from, as the policies above do: `x-as: KEY PLAN`, `x-claim: JSON`. */
const identified = doorLayer("apiKeys", (below, request, listener) => {
  const { headers } = request.decision.head;
  const of = (name: string) => headers[headers.indexOf(name) + 1] as string;
  let identity: Identity = {};
  if (headers.includes("x-as")) {
    const [id = "", plan] = of("x-as").split(" ");
    identity = { ...identity, apiKey: { id, plan } };
  }
  if (headers.includes("x-claim")) identity = { ...identity, claims: JSON.parse(of("x-claim")) };
  request.served.identity = identity;
  return below(request, listener);
});

function worldOf(policy: object, more: ExchangeWorldOptions & { readonly plansAs?: object } = {}) {
  const { plansAs, ...options } = more;
  const policies = { limit: limitSchema.parse(policy), apiKeys: apiKeysSchema.parse({}) };
  return new ExchangeWorld({
    doorLayers: [identified, limit],
    definition: { policies },
    ...(plansAs === undefined ? {} : { plans: plansSchema.parse(plansAs) }),
    ...options,
  });
}

function ask(world: ExchangeWorld, headers: readonly string[] = [], from = "192.0.2.7"): MemoryLane {
  const lane = world.request({ headers: ["Host", "shop.test", ...headers], remoteAddress: from });
  if (lane.status === 0) world.legacy.last.answer(200, "ok");
  lane.flush();
  return lane;
}

const statuses = (world: ExchangeWorld, ...asked: readonly (readonly string[])[]) =>
  asked.map((headers) => ask(world, headers).status);

test("a request beyond the rate gets 429 with Retry-After, and every answer says what is left", () => {
  const world = worldOf({ rate: "0.5/s", burst: 2 });
  const first = ask(world);
  expect([first.status, first.header("ratelimit-policy"), first.header("ratelimit")]).toEqual([
    200,
    '"default";q=2;w=4',
    '"default";r=1;t=2',
  ]);
  expect(ask(world).header("ratelimit")).toBe('"default";r=0;t=4');
  const refused = ask(world);
  expect([refused.status, refused.header("retry-after"), refused.header("ratelimit")]).toEqual([
    429,
    "2",
    '"default";r=0;t=4',
  ]);
  expect(JSON.parse(refused.body)).toMatchObject({ error: { code: "rate_limited" } });
  expect(world.records.at(-1)).toMatchObject({
    policies: { limit: "refused" },
    side: "none",
    error: "rate_limited",
  });
  world.pass(2000);
  expect(ask(world).status).toBe(200);
  expect(world.verdicts).toEqual([
    "orders limit passed",
    "orders limit passed",
    "orders limit refused",
    "orders limit passed",
  ]);
});

test("a burst left out is the number in the rate", () => {
  const world = worldOf({ rate: "2.5/h", headers: false });
  expect(statuses(world, [], [], [], [])).toEqual([200, 200, 200, 429]);
  expect(ask(world).header("ratelimit")).toBeUndefined();
  expect(ask(world).header("retry-after")).toBe("1440");
});

test.each([
  ["header:x-team", ["x-team", "a"], ["X-Team", "b"]],
  ["apiKey", ["x-as", "k1"], ["x-as", "k2"]],
  ["claim:sub", ["x-claim", '{"sub":"a"}'], ["x-claim", '{"sub":"b"}']],
  ["claim:custom:team", ["x-claim", '{"custom:team":7}'], ["x-claim", '{"custom:team":"8"}']],
  ["cookie:device", ["Cookie", "a=1; device=a"], ["Cookie", "device=b"]],
  ["client", ["Cookie", "fig_client=a"], ["Cookie", "fig_client=b"]],
])("by %s each has its own, and all that lack it have one", (key, one, other) => {
  const world = worldOf({ rate: "1/h", key });
  expect(statuses(world, one, one, other, [], [], ["x-other", "1"])).toEqual([200, 429, 200, 200, 429, 429]);
});

test("by address each has its own, IPv6 by its /64, as trustedProxies tell it", () => {
  const world = worldOf(
    { rate: "1/h", key: ["ip"] },
    { settings: { trusted: compileNetworks(["192.0.2.1/32"]) } },
  );
  const from = (address: string, forwarded?: string) =>
    ask(world, forwarded === undefined ? [] : ["X-Forwarded-For", forwarded], address).status;
  expect([from("192.0.2.7"), from("::ffff:192.0.2.7"), from("192.0.2.8")]).toEqual([200, 429, 200]);
  expect([from("2001:db8::1"), from("2001:db8::2:0:0:1"), from("2001:db8:0:1::1")]).toEqual([200, 429, 200]);
  expect([from("192.0.2.1", "192.0.2.7"), from("192.0.2.1", "192.0.2.9")]).toEqual([429, 200]);
});

test("by several all that is there counts, and no two lists of values are one key", () => {
  const world = worldOf({ rate: "1/h", key: ["header:x-a", "header:x-b"] });
  const both = (a: string, b: string) => ["x-a", a, "x-b", b];
  expect(statuses(world, both("1", "2"), both("1", "2"), both("1", "3"), both("2", "2"))).toEqual([
    200, 429, 200, 200,
  ]);
  expect(statuses(world, ["x-a", "1"], ["x-b", "1"], ["x-a", "1"], [])).toEqual([200, 200, 429, 200]);
  // Whoever knows how keys are written gets none of another's.
  expect(statuses(world, ["x-a", "1:1-"], ["x-a", "1"], ["x-b", "-"], both("-", "-"))).toEqual([
    200, 429, 200, 200,
  ]);
  // A field that is sent twice is neither of its values, nor absent.
  expect(statuses(world, ["x-a", "1", "x-a", "9"], ["x-a", "1, 9"])).toEqual([200, 429]);
});

test("long keys differ to their ends", () => {
  const world = worldOf({ rate: "1/h", key: ["header:x-a"] });
  const long = "k".repeat(5000);
  expect(statuses(world, ["x-a", `${long}1`], ["x-a", `${long}2`], ["x-a", `${long}1`])).toEqual([
    200, 200, 429,
  ]);
});

test("a quota is refused with its own code, until its window is over", () => {
  const world = worldOf({ quota: ["2/day", "3/month"] });
  expect(ask(world).header("ratelimit-policy")).toBe(
    '"default-day";q=2;w=86400, "default-month";q=3;w=2678400',
  );
  ask(world);
  const refused = ask(world);
  expect([refused.status, refused.header("retry-after")]).toEqual([429, "86400"]);
  expect(JSON.parse(refused.body)).toMatchObject({ error: { code: "quota_exceeded" } });
});

test("of several limits each holds, by keys of its own", () => {
  const world = worldOf([
    { rate: "3/h", name: "all" },
    { rate: "1/h", key: "header:x-team", name: "team" },
  ]);
  expect(statuses(world, ["x-team", "a"], ["x-team", "a"], ["x-team", "b"], ["x-team", "c"])).toEqual([
    200, 429, 200, 200,
  ]);
  const refused = ask(world, ["x-team", "d"]);
  expect([refused.status, refused.header("ratelimit-policy")]).toEqual([
    429,
    '"all";q=3;w=3600, "team";q=1;w=3600',
  ]);
});

test("requests under way are given back however they end", () => {
  const world = worldOf({ concurrent: 2 });
  const waiting = () => world.request({});
  const [one, two] = [waiting(), waiting()];
  const calls = world.legacy.calls.slice(-2);
  const refused = waiting();
  expect([refused.status, refused.header("retry-after"), refused.header("ratelimit")]).toEqual([
    429,
    undefined,
    '"default-concurrent";r=0',
  ]);
  expect(JSON.parse(refused.body)).toMatchObject({ error: { code: "concurrency_limited" } });
  refused.flush();
  calls[0]?.answer(200, "ok");
  expect(one.header("ratelimit")).toBe('"default-concurrent";r=1');
  one.flush();
  const three = waiting();
  expect(three.status).toBe(0);
  // A client that leaves, and a side that breaks off.
  two.listener.onAbort("client_left");
  const four = waiting();
  expect(four.status).toBe(0);
  world.legacy.calls.at(-2)?.listener.onError("upstream_reset", "gone", false);
  expect(three.status).toBe(502);
  three.flush();
  world.legacy.last.answer(200, "ok");
  four.flush();
  expect(statuses(world, [], [], [])).toEqual([200, 200, 200]);
});

test("a gRPC call is refused with its status", () => {
  const world = worldOf({ rate: "1/h" });
  const grpc = ["content-type", "application/grpc", "te", "trailers"];
  const call = () =>
    world.request({ method: "POST", framing: CHUNKED, headers: ["Host", "shop.test", ...grpc] });
  call();
  const refused = call();
  expect([refused.status, refused.header("grpc-status"), refused.header("retry-after")]).toEqual([
    200,
    "8",
    "3600",
  ]);
});

test("a plan's limit holds in place of the route's, by its key, over all routes", () => {
  const plansAs = {
    gold: { limit: { rate: "3/h", quota: "100/day" } },
    label: {},
  };
  const world = worldOf({ rate: "2/h", concurrent: 1 }, { plansAs });
  const gold = ask(world, ["x-as", "k1 gold"]);
  expect([gold.status, gold.header("ratelimit-policy")]).toEqual([
    200,
    '"gold";q=3;w=3600, "gold-day";q=100;w=86400, "default-concurrent";q=1;qu="concurrent-requests"',
  ]);
  const again = ["x-as", "k1 gold"];
  expect(statuses(world, again, again, again, ["x-as", "k2 gold"])).toEqual([200, 200, 429, 200]);
  // Without a plan, and on one that says nothing, the route's holds.
  expect(statuses(world, ["x-as", "k3"], ["x-as", "k4 label"], [])).toEqual([200, 200, 429]);
  const missing = ask(world, ["x-as", "k5 silver"]);
  expect([missing.status, JSON.parse(missing.body)]).toMatchObject([
    503,
    { error: { code: "plan_missing" } },
  ]);
});

function toolsOf(world: ExchangeWorld) {
  return { limits: world.limits } as unknown as Parameters<typeof limit.create>[1];
}

test("a plan counts over routes, or with perRoute for each by itself", async () => {
  const plansAs = { gold: { limit: { rate: "1/h" } }, apart: { limit: { rate: "1/h" }, perRoute: true } };
  const world = worldOf({ rate: "100/h" }, { plansAs });
  const carts = { ...world.live.definition, id: "carts" };
  const tools = { ...toolsOf(world), plans: plansSchema.parse(plansAs) };
  const layer = limit.create(carts, tools);
  const asked = (plan: string) => ({
    decision: { head: { headers: [] } } as never,
    address: "",
    identity: { apiKey: { id: "k", plan } },
  });
  expect(statuses(world, ["x-as", "k gold"], ["x-as", "k apart"])).toEqual([200, 200]);
  expect(await layer?.explain?.(asked("gold"))).toMatchObject({ verdict: "refused", status: 429 });
  expect(await layer?.explain?.(asked("apart"))).toMatchObject({ verdict: "passed" });
});

test("a route with keys and no limit of its own has its plans', and one without either has no layer", () => {
  const tools = toolsOf(new ExchangeWorld());
  const plans = plansSchema.parse({ gold: { limit: { rate: "1/h" } } });
  const route = (policies: object | undefined) => ({ ...new ExchangeWorld().live.definition, policies });
  expect(limit.create(route({ apiKeys: {} }) as never, { ...tools, plans })).toBeDefined();
  expect(limit.create(route({ apiKeys: {} }) as never, { ...tools, plans: {} })).toBeUndefined();
  expect(limit.create(route({ respond: {} }) as never, { ...tools, plans })).toBeUndefined();
  expect(limit.create(route(undefined) as never, { ...tools, plans })).toBeUndefined();
});

test("explain says what is left and uses nothing up", async () => {
  const world = worldOf({ rate: "2/h", quota: "10/day", key: ["ip"] });
  const explain = async () => {
    const [verdict] = await world.context.settings.chains.explain({
      decision: { live: world.live, head: { headers: [] } } as never,
      address: "192.0.2.7",
      identity: undefined,
    });
    return verdict;
  };
  for (let i = 0; i < 3; i++)
    expect(await explain()).toEqual({
      policy: "limit",
      verdict: "passed",
      detail: "2/h, burst 2 by ip: 2 left; 10/day by ip: 10 left, all of it again in 86400 s",
    });
  ask(world);
  ask(world);
  expect(await explain()).toEqual({
    policy: "limit",
    verdict: "refused",
    detail: "2/h, burst 2 by ip: nothing is left; the next request passes in 1800 s",
    status: 429,
  });
});

/** Decides when the test says so. */
function heldWorld(policy: object) {
  const waiting: ((refusedBy: number) => void)[] = [];
  const done: (readonly string[])[] = [];
  const world = worldOf(policy, { doorLayers: [] });
  const limiter: Limiter = {
    take: () =>
      new Promise((resolve) => {
        waiting.push((refusedBy) => resolve({ refusedBy, retryMs: 1, readings: [{ left: 1, wholeMs: 1 }] }));
      }),
    peek: () => Promise.reject(new Error("not asked")),
    done: (keys) => done.push(keys),
    close: () => {},
  };
  world.limits.open = () => limiter as never;
  world.reload({ doorLayers: [identified, limit] });
  return { world, waiting, done };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

test("where another process decides the request is held, and goes on or is refused", async () => {
  const { world, waiting } = heldWorld({ rate: "1/h" });
  const [one, other] = [world.request({}), world.request({})];
  expect(world.legacy.calls).toHaveLength(0);
  waiting[0]?.(-1);
  waiting[1]?.(0);
  await turn();
  expect(world.legacy.calls).toHaveLength(1);
  world.legacy.last.answer(200, "ok");
  expect([one.status, one.header("ratelimit"), other.status]).toEqual([200, '"default";r=1;t=1', 429]);
});

test("a client that leaves before it is decided leaves no request under way behind", async () => {
  const { world, waiting, done } = heldWorld({ concurrent: 1 });
  const lane = world.request({});
  lane.listener.onAbort("client_left");
  expect(done).toEqual([]);
  waiting[0]?.(-1);
  await turn();
  expect(done).toEqual([[""]]);
  const refused = world.request({});
  waiting[1]?.(0);
  await turn();
  expect(refused.status).toBe(429);
  refused.flush();
  expect(done).toHaveLength(1);
});

test("nobody decides: the request is refused, and never let pass", async () => {
  const { world } = heldWorld({ rate: "1/h" });
  const lane = world.request({});
  world.deadlines.sweep(4999);
  expect(lane.status).toBe(0);
  world.deadlines.sweep(5001);
  expect(lane.status).toBe(504);
  expect(world.legacy.calls).toHaveLength(0);
});

test("whom it refused is told apart, and no header or cookie is shown", () => {
  const world = worldOf([
    { rate: "1/h", key: ["ip", "header:x-team"], name: "a" },
    { rate: "1000/h", key: ["claim:sub", "apiKey"], name: "b" },
  ]);
  const secret = ["x-team", "hunter2-hunter2"];
  for (let i = 0; i < 3; i++) ask(world, secret);
  ask(world, [], "2001:db8::1");
  ask(world, [], "2001:db8::2");
  const told = Object.entries(world.limits.refused.counts());
  expect(told).toEqual([
    [
      expect.stringMatching(
        /^orders\t1\/h, burst 1 by ip and header:x-team\tip 192\.0\.2\.7, header:x-team #[0-9a-f]{8}$/,
      ),
      2,
    ],
    [expect.stringMatching(/\tip 2001:db8::\S*, header:x-team none$/), 1],
  ]);
  expect(JSON.stringify(told)).not.toContain("hunter2");
});
