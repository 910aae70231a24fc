import { describe, expect, test } from "vitest";
import { pinCookieName } from "../../src/domain/pins.ts";
import { ExchangeWorld } from "../support/exchange-world.ts";
import type { MemoryBackend } from "../support/memory-backend.ts";

const COOKIE = pinCookieName("orders");
const AT = 1_700_000_000_000;

function worldOf(over: ConstructorParameters<typeof ExchangeWorld>[0] = {}) {
  const world = new ExchangeWorld({
    position: { modern: 100, shadow: 100 },
    ...over,
    definition: { pinAfterWriteMs: 5_000, ...over.definition },
  });
  world.nowMs = AT;
  return world;
}

const as = (...fields: string[]) => ({ headers: ["Host", "shop.test", ...fields] });

/** A request that `side` answers. */
function ask(world: ExchangeWorld, side: MemoryBackend, head: object, answer: readonly string[] = []) {
  const lane = world.request(head);
  side.last.listener.onHead(200, "", ["content-length", "2", ...answer], 2);
  side.last.listener.onData(Buffer.from("ok"));
  side.last.listener.onEnd(undefined);
  lane.flush();
  return lane;
}

const POST = { method: "POST", framing: 0 };

describe("an answer to a write", () => {
  test("pins its client to the side that gave it, and is for no shared cache", () => {
    const world = worldOf();
    const lane = ask(world, world.modern, POST, ["cache-control", "public, max-age=60"]);
    expect(lane.header("set-cookie")).toBe(
      `${COOKIE}=modern.${AT + 5000}; Path=/; Max-Age=5; HttpOnly; SameSite=Lax`,
    );
    expect(lane.header("cache-control")).toBe("private, max-age=60");
    expect(world.cookies).toEqual([["made_private", "orders"]]);
  });

  test("is Secure over TLS", () => {
    const world = worldOf();
    const lane = ask(world, world.modern, { ...POST, encrypted: true });
    expect(lane.header("set-cookie")).toMatch(/; Secure$/);
  });

  test("pins to legacy where legacy answered in modern's place", () => {
    const world = worldOf({ definition: { fallback: { budgetPercent: 100 } } });
    const lane = world.request({ ...POST, ...as("x-user", "a") });
    world.modern.last.listener.onError("upstream_refused", "", true);
    world.legacy.last.answer(201, "made");
    lane.flush();
    expect(lane.header("set-cookie")).toContain(`${COOKIE}=legacy.`);
    ask(world, world.legacy, as("x-user", "a"));
    expect(world.records.at(-1)).toMatchObject({ side: "legacy", pinned: "legacy" });
  });

  test.each([
    [
      "of the front door's own",
      (world: ExchangeWorld) => {
        const lane = world.request(POST);
        world.modern.last.listener.onError("upstream_refused", "", true);
        return lane;
      },
    ],
    ["to a read", (world: ExchangeWorld) => ask(world, world.modern, {})],
    [
      "of a route whose requests all read",
      (world: ExchangeWorld) => {
        const { live } = world;
        const shadow = { ...live.definition.shadow, safe: true as const };
        world.live = { ...live, definition: { ...live.definition, shadow } };
        return ask(world, world.modern, POST);
      },
    ],
  ])("does not where it is %s", (_, request) => {
    expect(request(worldOf()).header("set-cookie")).toBeUndefined();
  });

  test("and none does where nothing pins", () => {
    const world = worldOf({ definition: { pinAfterWriteMs: undefined } });
    expect(ask(world, world.modern, POST).header("set-cookie")).toBeUndefined();
  });
});

describe("a read after a write", () => {
  test("is counted as pinned, not compared, and its cookie goes nowhere", () => {
    const world = worldOf({ position: { modern: 0, shadow: 100 } });
    ask(world, world.legacy, as("Cookie", `a=1; ${COOKIE}=legacy.${AT + 1000}`));
    expect(world.legacy.last.request.headers).toContain("a=1");
    expect(world.modern.calls).toHaveLength(0);
    const counts = world.counts();
    expect(counts.pinned).toEqual({ legacy: 1, modern: 0 });
    expect(counts.notCompared).toEqual({ pinned: 1 });
    expect(world.outcomes()).toBe(1);
    expect(world.records.at(-1)).toMatchObject({ pinned: "legacy", shadowed: false });
  });

  test("of a client that keeps no cookies is known by its key, until the time is over", () => {
    const world = worldOf({ position: { modern: 0, shadow: 100 } });
    ask(world, world.legacy, { ...POST, ...as("x-user", "a") });
    // Its client was moved meanwhile.
    world.live = { ...world.live, threshold: 2 ** 32, position: { modern: 100, shadow: 0 } };
    ask(world, world.legacy, as("x-user", "a"));
    world.nowMs += 5_000;
    ask(world, world.modern, as("x-user", "a"));
    ask(world, world.modern, as("x-user", "b"));
  });

  test("is no witness for a guard, and says nothing of how the split spreads clients", () => {
    const world = worldOf();
    const told: unknown[] = [];
    world.live = {
      ...world.live,
      guard: { answered: (...args) => told.push(args), apart: () => {} },
    };
    const failing = (head: object) => {
      const lane = world.request(head);
      world.modern.last.answer(500, "");
      lane.flush();
    };
    failing(as("x-user", "a", "Cookie", `${COOKIE}=modern.${AT + 1000}`));
    expect(told).toEqual([]);
    failing(as("x-user", "a"));
    expect(told).toHaveLength(1);
  });
});

describe("unsafe requests of modern's, which a rollback tells", () => {
  test("are those that it answered, and those whose clients left before it did", () => {
    const world = worldOf();
    ask(world, world.modern, POST);
    const left = world.request(POST);
    left.listener.onAbort("client_left");
    expect(world.counts().unsafeModern).toBe(2);
  });

  test("are none that never reached it", () => {
    const world = worldOf();
    const refused = world.request(POST);
    world.modern.last.listener.onError("upstream_refused", "", true);
    refused.flush();
    const broken = world.request(POST);
    world.modern.last.listener.onError("upstream_reset", "", false);
    broken.flush();
    expect(world.counts().unsafeModern).toBe(1);
  });
});
