import { describe, expect, it } from "vitest";
import type { HeaderEdit } from "../../src/domain/policies/headers.ts";
import { SIDE_LAYERS } from "../../src/layers/order.ts";
import { definitionOf, ExchangeWorld, type ExchangeWorldOptions, liveOf } from "../support/exchange-world.ts";

const SHADOWING = { modern: 0, shadow: 100 };
const SHADOW = { writes: "never", timeoutMs: 5000, maxBodyBytes: 1024, concurrency: 4 } as const;
const WITH_SESSION = ["Host", "shop.test", "Cookie", "theme=dark; sid=s%3A1"];

function shadowed(world: ExchangeWorld, headers: readonly string[], answer: readonly string[]): void {
  const lane = world.request({ headers });
  world.legacy.last.answer(200, "cart");
  lane.flush();
  const before = world.modern.calls.filter(({ ended }) => ended).length;
  if (before > answered) world.modern.last.answer(200, "cart", answer);
  answered = before;
}

let answered = 0;

function worldOf(options: ExchangeWorldOptions = {}): ExchangeWorld {
  answered = 0;
  return new ExchangeWorld({ position: SHADOWING, ...options });
}

describe("a copy whose answer sets a cookie that the client had sent", () => {
  it("is the last of its route: what follows is counted and not sent, and the cookie is named", () => {
    const world = worldOf();
    for (let i = 0; i < 3; i++) shadowed(world, WITH_SESSION, ["Set-Cookie", "sid=s%3A1; Path=/; HttpOnly"]);
    expect(world.modern.calls).toHaveLength(1);
    expect(world.stopped).toEqual([{ route: "orders", cookie: "sid", side: "modern" }]);
    world.comparer.decide();
    expect(world.counts()).toMatchObject({
      notCompared: { session_cookie: 2 },
      comparisons: { match: 1, inconclusive: 0 },
    });
    expect(world.outcomes()).toBe(3);
  });

  it("is the last of its route also where the route takes the field out of answers, or sets one of its own", () => {
    const edits: readonly HeaderEdit[] = [
      { remove: ["set-cookie"], set: {} },
      { remove: [], set: { "set-cookie": "seen=1" } },
    ];
    for (const edit of edits) {
      const world = worldOf({ definition: { headers: { answer: edit } }, sideLayers: SIDE_LAYERS });
      for (let i = 0; i < 3; i++) shadowed(world, WITH_SESSION, ["Set-Cookie", "sid=2"]);
      expect(world.modern.calls).toHaveLength(1);
      expect(world.stopped).toEqual([{ route: "orders", cookie: "sid", side: "modern" }]);
    }
  });

  it.each([
    ["sets none", WITH_SESSION, []],
    ["sets another", WITH_SESSION, ["Set-Cookie", "csrf=1"]],
    ["sets one to a client that has none", ["Host", "shop.test"], ["Set-Cookie", "sid=1"]],
  ])("but not one that %s", (_what, headers, answer) => {
    const world = worldOf();
    for (let i = 0; i < 3; i++) shadowed(world, headers, answer);
    expect(world.modern.calls).toHaveLength(3);
    expect(world.stopped).toEqual([]);
  });

  it.each([
    ["shadow.headers accepts it", { shadow: { ...SHADOW, headers: { remove: [], set: {} } } }],
    [
      "the copies carry no cookie",
      {
        modern: {
          upstream: "modern",
          path: undefined,
          headers: { request: { remove: ["cookie"], set: {} } },
        },
      },
    ],
  ] as const)("is one like any other where %s", (_what, definition) => {
    const world = worldOf({ definition });
    for (let i = 0; i < 3; i++) shadowed(world, WITH_SESSION, ["Set-Cookie", "sid=2"]);
    expect(world.modern.calls).toHaveLength(3);
    expect(world.stopped).toEqual([]);
  });

  it("stops those that wait for their turn, and is forgotten once the route says what its copies carry", () => {
    const world = worldOf();
    for (let i = 0; i < 9; i++) {
      const lane = world.request({ headers: WITH_SESSION });
      world.legacy.last.answer(200, "cart");
      lane.flush();
    }
    const sent = world.modern.calls.length;
    expect(sent).toBeLessThan(9);
    world.modern.calls[0]?.answer(200, "cart", ["set-cookie", "sid=2"]);
    expect(world.modern.calls).toHaveLength(sent);
    expect(world.counts().notCompared).toEqual({ session_cookie: 9 - sent });
    world.shadower.retain([world.live.definition]);
    expect(world.stopped).toHaveLength(1);
    const definition = definitionOf({ shadow: { ...SHADOW, headers: { remove: ["cookie"], set: {} } } });
    world.shadower.retain([definition]);
    expect(world.stopped).toEqual([]);
    for (const call of world.modern.calls.slice(1)) call.answer(200, "cart");
    world.live = liveOf(definition, SHADOWING);
    shadowed(world, WITH_SESSION, []);
    expect(world.modern.calls).toHaveLength(sent + 1);
  });
});
