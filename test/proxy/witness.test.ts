import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { WindowTally } from "../../src/domain/tally.ts";
import { ExchangeWorld } from "../support/exchange-world.ts";

const MINUTE = 60_000_000;
const SHADOWING = { modern: 0, shadow: 100 };

interface Asked {
  readonly user?: string | undefined;
  readonly path?: string;
  readonly method?: string;
  readonly body?: string;
}

function aWorld(): ExchangeWorld {
  return new ExchangeWorld({
    position: SHADOWING,
    definition: {
      shadow: { writes: "sandboxed", timeoutMs: 5000, maxBodyBytes: 64 * 1024, concurrency: 400 },
    },
  });
}

/** Its client has its answer, and its shadow is under way or waits for others of its key. */
function ask(world: ExchangeWorld, { user, path = "1", method = "GET", body }: Asked): void {
  const headers = ["Host", "shop.test", ...(user === undefined ? [] : ["X-User", user])];
  const lane = world.request({
    ...{ method, target: `/orders/${path}`, headers },
    ...(body === undefined ? {} : { framing: body.length }),
  });
  if (body !== undefined) {
    lane.listener.onBody(Buffer.from(body));
    lane.listener.onBodyEnd(undefined);
  }
  world.legacy.last.answer(200, "ok");
  lane.flush();
}

/** As `ask`, compared with this outcome. */
function compare(world: ExchangeWorld, asked: Asked, outcome: "match" | "mismatch" = "match"): void {
  ask(world, asked);
  world.modern.last.answer(200, "ok");
  world.comparer.decide({ outcome });
}

const sameOf = (world: ExchangeWorld) => world.counts().sameRequests;

describe("a compared request", () => {
  it("counts once a minute for each client, method, path, query and body", () => {
    const world = aWorld();
    for (const each of [
      { user: "a" },
      { user: "b" },
      { user: "a", path: "2" },
      { user: "a", path: "1?page=2" },
      { user: "a", method: "HEAD" },
      { user: "a", method: "POST", body: "x" },
      { user: "a", method: "POST", body: "y" },
    ])
      compare(world, each);
    expect(sameOf(world)).toEqual({ match: {}, mismatch: {} });
    compare(world, { user: "a" });
    compare(world, { user: "b" }, "mismatch");
    compare(world, { user: "a", path: "1?page=2" });
    compare(world, { user: "a", method: "POST", body: "x" }, "mismatch");
    expect(sameOf(world)).toEqual({ match: { GET: 2 }, mismatch: { GET: 1, POST: 1 } });
    expect(world.counts().comparisons).toMatchObject({ match: 9, mismatch: 2 });
    expect(world.counts().strata["GET /orders/{id}"]?.[4]).toEqual([3, 1]);
    world.micros += MINUTE;
    compare(world, { user: "a" });
    expect(sameOf(world).match).toEqual({ GET: 2 });
  });

  it("counts each time where it has no sticky key", () => {
    const world = aWorld();
    for (let i = 0; i < 5; i++) compare(world, {});
    expect(sameOf(world).match).toEqual({});
    expect(world.counts().comparisons.match).toBe(5);
  });

  it("counts anew in another evidence window", () => {
    const world = aWorld();
    compare(world, { user: "a" });
    const { key } = world.live.tally;
    world.live = { ...world.live, tally: new WindowTally({ ...key, revision: 1 }) };
    compare(world, { user: "a" });
    expect(sameOf(world).match).toEqual({});
  });

  it("counts if the same before it came to no comparison", () => {
    const world = aWorld();
    ask(world, { user: "a" });
    ask(world, { user: "a" });
    const [first, second] = world.modern.calls;
    first?.answer(200, "ok");
    world.comparer.decide({ outcome: "inconclusive", reason: "comparator_error" });
    second?.answer(200, "ok");
    world.comparer.decide();
    // It was settled when it came, and the first was under way.
    expect(sameOf(world).match).toEqual({ GET: 1 });
    compare(world, { user: "a" });
    expect(sameOf(world).match).toEqual({ GET: 1 });
    compare(world, { user: "a" });
    expect(sameOf(world).match).toEqual({ GET: 2 });
  });
});

const asking = fc.record({
  user: fc.constantFrom(undefined, "a", "b"),
  path: fc.constantFrom("1", "2"),
  afterMicros: fc.constantFrom(0, 5_000_000, 40_000_000),
});

it("which requests count does not depend on what comparisons come to, or when", () => {
  fc.assert(
    fc.property(
      fc.array(asking, { maxLength: 30 }),
      fc.array(fc.boolean(), { minLength: 30, maxLength: 30 }),
      fc.boolean(),
      (list, differs, backwards) => {
        const all = aWorld();
        const some = aWorld();
        for (const { afterMicros, ...asked } of list) {
          for (const world of [all, some]) {
            world.micros += afterMicros;
            ask(world, asked);
            world.modern.last.answer(200, "ok");
          }
          all.comparer.decide();
        }
        // Here nothing is known of any comparison until all requests have come.
        if (backwards) some.comparer.jobs.reverse();
        for (const i of list.keys()) some.comparer.decide({ outcome: differs[i] ? "mismatch" : "match" });
        const same = (world: ExchangeWorld) => {
          const { match, mismatch } = sameOf(world);
          return (match.GET ?? 0) + (mismatch.GET ?? 0);
        };
        expect(same(some)).toBe(same(all));
        const { match, mismatch } = some.counts().comparisons;
        expect(match + mismatch).toBe(list.length);
      },
    ),
  );
});
