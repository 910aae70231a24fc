import { expect, test } from "vitest";
import type { CachePolicy } from "../../src/domain/policies/cache.ts";
import { cache } from "../../src/layers/cache.ts";
import { Exchange } from "../../src/proxy/exchange.ts";
import { ExchangeWorld, type ExchangeWorldOptions } from "../support/exchange-world.ts";
import { CACHE, doorLayer } from "../support/layers-under-test.ts";
import { MemoryLane } from "../support/memory-lane.ts";

const worldOf = (policy: Partial<CachePolicy> = {}, more: ExchangeWorldOptions = {}) =>
  new ExchangeWorld({
    sideLayers: [cache],
    definition: { policies: { cache: { ...CACHE, ttl: 60_000, ...policy } } },
    ...more,
  });

/** The verdicts of the requests with these options, each answered by its side if it is asked. */
function verdicts(
  world: ExchangeWorld,
  asked: readonly Parameters<ExchangeWorld["request"]>[0][],
): readonly string[] {
  return asked.map((head) => {
    const before = world.legacy.calls.length;
    const lane = world.request(head);
    if (world.legacy.calls.length > before) world.legacy.last.answer(200, "answer");
    lane.flush();
    expect(lane.status).toBe(200);
    return world.verdicts.at(-1) ?? "";
  });
}

const MISS = "orders cache miss";
const HIT = "orders cache hit";

test("a client whom a policy knows, or who shows a certificate, leaves nothing and is given nothing that does not say so", () => {
  const known = doorLayer("known", (below, request, listener) => {
    const team = request.headers.includes("X-Team");
    if (team) request.served.identity = { subject: "anna" };
    return below(request, listener);
  });
  const world = worldOf({}, { doorLayers: [known] });
  const anna = { headers: ["Host", "shop.test", "X-Team", "1"] };
  const shown = { certificate: ["x-fig-client-cert-verify", "SUCCESS", "x-fig-client-cert-subject", "CN=a"] };
  const none = { certificate: ["x-fig-client-cert-verify", "NONE"] };
  expect(verdicts(world, [anna, shown, none, none, {}, anna, shown])).toEqual([
    MISS,
    MISS,
    MISS,
    HIT,
    HIT,
    MISS,
    MISS,
  ]);
});

test("a hit is counted as no side's, and its log line has it", () => {
  const world = worldOf();
  expect(verdicts(world, [{}, {}, {}])).toEqual([MISS, HIT, HIT]);
  expect(world.counts().legacy.requests).toBe(1);
  expect(world.records.at(-1)).toMatchObject({ side: "none", policies: { cache: "hit" }, error: undefined });
});

test("a long Vary and a long field are read in linear time, and a key that is too long is not kept", () => {
  const world = worldOf({ key: { query: "all", headers: ["x-tenant"], host: true } });
  const tenant = { headers: ["Host", "shop.test", "X-Tenant", "x ,".repeat(9_000)] };
  expect(verdicts(world, [tenant, tenant])).toEqual(["orders cache bypass", "orders cache bypass"]);
});

test("a stored answer that is larger than a client takes is handed on piece by piece", () => {
  const world = worldOf();
  const body = "x".repeat(300 * 1024);
  const first = world.request({});
  world.legacy.last.answer(200, body);
  first.flush();
  const slow = new MemoryLane({ target: "/orders/1" });
  slow.writable = false;
  slow.start((lane) => new Exchange(world.context, lane));
  expect(world.legacy.calls).toHaveLength(1);
  expect(slow.body.length).toBeLessThanOrEqual(128 * 1024);
  expect(slow.ended).toBe(false);
  slow.writable = true;
  slow.listener.onDrain();
  slow.flush();
  expect(slow.body.length).toBe(body.length);
  expect(slow.ended).toBe(true);
});

test("in place of a failure a request that waits gets no answer that varies by other fields than its own", () => {
  const world = worldOf();
  const ask = (a: string, b: string) => world.request({ headers: ["Host", "shop.test", "A", a, "B", b] });
  const stale = "max-age=0, stale-if-error=60";
  const say = (vary: string, body: string) =>
    world.legacy.last.answer(200, body, ["vary", vary, "cache-control", stale]);
  ask("1", "1");
  say("B", "of B");
  ask("2", "9");
  say("A", "of A");
  // The first finds the older answer, stale; the other waits for it, and has none.
  const [first, other] = [ask("1", "1"), ask("1", "2")];
  expect(world.legacy.calls).toHaveLength(3);
  world.legacy.last.answer(503, "away");
  first.flush();
  expect([first.status, first.body]).toEqual([200, "of B"]);
  expect(world.legacy.calls).toHaveLength(4);
  world.legacy.last.answer(200, "its own");
  other.flush();
  expect(other.body).toBe("its own");
});

test("what a fallback's cache asks in the background counts for the side that is asked", () => {
  const fallback = { budgetPercent: 100 };
  const world = worldOf(
    {},
    {
      position: { modern: 100, shadow: 0 },
      definition: { fallback, policies: { cache: { ...CACHE, ttl: 60_000 } } },
    },
  );
  const ask = () => {
    const lane = world.request({});
    world.modern.last.listener.onError("upstream_refused", "", true);
    return lane;
  };
  const say = () =>
    world.legacy.last.answer(200, "old", ["cache-control", "max-age=0, stale-while-revalidate=60"]);
  ask();
  say();
  ask().flush();
  expect(world.legacy.calls).toHaveLength(2);
  const before = world.counts().modern;
  say();
  expect(world.counts().legacy.requests).toBe(1);
  expect(world.counts().modern).toEqual(before);
});
