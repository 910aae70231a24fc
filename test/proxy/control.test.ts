import { describe, expect, it } from "vitest";
import { createNoiseBook } from "../../src/compare/index.ts";
import type { RouteDefinition } from "../../src/domain/route.ts";
import { definitionOf, ExchangeWorld } from "../support/exchange-world.ts";

const SHADOW = { writes: "never", timeoutMs: 5000, maxBodyBytes: 1024, concurrency: 4 } as const;
const { compare } = definitionOf();
const CONTROLLED = { compare: { ...compare, control: 100 }, shadow: SHADOW };

function aWorld(definition: Partial<RouteDefinition> = {}, modern = 0, budgetBytes?: number) {
  return new ExchangeWorld({
    position: { modern, shadow: 100 },
    definition: { ...CONTROLLED, ...definition },
    ...(budgetBytes === undefined ? {} : { budgetBytes }),
  });
}

/** The client has its answer, and what goes beside it was sent. */
function served(world: ExchangeWorld, head: Parameters<ExchangeWorld["request"]>[0] = {}) {
  const lane = world.request(head);
  (world.live.position.modern === 100 ? world.modern : world.legacy).last.answer(200, "served");
  lane.flush();
}

const jobs = (world: ExchangeWorld) => world.comparer.jobs.map(({ job }) => job);

describe("a control", () => {
  it("asks legacy once more, marked, beside the shadow; both are compared with what was served", () => {
    const world = aWorld();
    served(world);
    expect([world.legacy.calls.length, world.modern.calls.length]).toEqual([2, 1]);
    expect(world.legacy.calls[0]?.header("x-fig-shadow")).toBeUndefined();
    expect(world.legacy.last.header("x-fig-shadow")).toBe("1");
    expect(world.legacy.last.request.target).toBe("/orders/1");
    world.modern.last.answer(200, "modern");
    expect(jobs(world)).toEqual([]);
    world.legacy.last.answer(200, "again");
    expect(jobs(world)[0]?.answers).toMatchObject({
      serving: { side: "legacy", answer: { body: [Buffer.from("served")] } },
      shadow: { side: "modern", answer: { body: [Buffer.from("modern")] } },
      control: { side: "legacy", answer: { body: [Buffer.from("again")] } },
    });
    world.comparer.decide();
    expect(world.shadower.controls.counts).toMatchObject({ sent: 1, shed: 0 });
    expect(world.counts()).toMatchObject({
      comparisons: { match: 1 },
      shadowOutcomes: { modern: { sent: 1 } },
    });
    expect(world.counts().shadowOutcomes.legacy).toEqual({});
    expect([world.budget.held, world.shadower.pending]).toEqual([0, 0]);
  });

  it("asks legacy twice where modern serves", () => {
    const world = aWorld({}, 100);
    served(world);
    const [one, two] = world.legacy.calls;
    expect([one, two].map((call) => call?.header("x-fig-shadow"))).toEqual(["1", "1"]);
    one?.answer(200, "one");
    two?.answer(200, "two");
    expect(jobs(world)[0]?.answers).toMatchObject({
      serving: { side: "modern" },
      shadow: { side: "legacy" },
      control: { side: "legacy" },
    });
  });

  it("goes first about as often as the shadow does", () => {
    const world = aWorld();
    const first = { legacy: 0, modern: 0 };
    for (let i = 0; i < 200; i++) {
      const before = world.modern.calls.length;
      const order: string[] = [];
      for (const side of ["legacy", "modern"] as const) {
        const { calls } = world[side];
        const push = calls.push.bind(calls);
        calls.push = (...more) => {
          order.push(side);
          return push(...more);
        };
      }
      served(world);
      for (const side of ["legacy", "modern"] as const) Reflect.deleteProperty(world[side].calls, "push");
      expect(world.modern.calls.length).toBe(before + 1);
      first[order[1] as "legacy" | "modern"]++;
      world.modern.last.answer(200, "");
      world.legacy.last.answer(200, "");
      world.comparer.decide();
    }
    expect(Math.min(first.legacy, first.modern)).toBeGreaterThan(60);
  });

  it.each([
    ["GET", SHADOW, 2],
    ["POST", { ...SHADOW, safe: true }, 2],
    ["POST", { ...SHADOW, writes: "sandboxed" }, 1],
    ["PUT", { ...SHADOW, writes: "idempotent" }, 1],
  ] as const)("of %s under %o: legacy is asked %d times", (method, shadow, times) => {
    const world = aWorld({ shadow });
    served(world, { method });
    expect([world.legacy.calls.length, world.modern.calls.length]).toEqual([times, 1]);
  });

  it("is there for the first two hundred of a window, and then for the share of the route", () => {
    const world = aWorld({ compare: { ...compare, control: 10 } });
    const controls: boolean[] = [];
    for (let i = 0; i < 800; i++) {
      const before = world.legacy.calls.length;
      served(world);
      controls.push(world.legacy.calls.length === before + 2);
      world.modern.last.answer(200, "");
      if (controls[i]) world.legacy.last.answer(200, "");
      world.comparer.decide();
    }
    expect(controls.slice(0, 200).every(Boolean)).toBe(true);
    const later = controls.slice(200).filter(Boolean).length;
    expect(later).toBeGreaterThan(30);
    expect(later).toBeLessThan(100);
  });

  it("takes a place of its route's, waits for one with its shadow, and is left out where there is one alone", () => {
    const world = aWorld({ shadow: { ...SHADOW, concurrency: 3 } });
    served(world);
    served(world);
    expect(world.modern.calls).toHaveLength(1);
    world.modern.last.answer(200, "");
    expect(world.modern.calls).toHaveLength(2);
    const alone = aWorld({ shadow: { ...SHADOW, concurrency: 1 } });
    served(alone);
    expect([alone.legacy.calls.length, alone.modern.calls.length]).toEqual([1, 1]);
    alone.modern.last.answer(200, "");
    expect(jobs(alone)[0]?.answers.control).toBeUndefined();
    expect(alone.shadower.controls.counts.shed).toBe(1);
  });

  it("that fails or finds no room leaves the comparison as it is without; one that is late waits no longer than a shadow", () => {
    const failing = aWorld();
    served(failing);
    failing.modern.last.answer(200, "m");
    failing.legacy.last.listener.onError("upstream_refused", "", true);
    expect(jobs(failing)[0]?.answers.control?.answer).toEqual({ kind: "failure", code: "upstream_refused" });
    const full = aWorld({}, 0, 8_500);
    served(full);
    full.modern.last.answer(200, "m");
    full.legacy.last.answer(200, "x".repeat(1000), ["x-long", "y".repeat(4000)]);
    expect(jobs(full)[0]?.answers.control).toBeUndefined();
    full.comparer.decide();
    expect([full.shadower.controls.counts.shed, full.budget.held]).toEqual([1, 0]);
  });

  it("is given up with its shadow, and both at the end, each request with one outcome", () => {
    const world = aWorld();
    served(world);
    const control = world.legacy.last;
    world.modern.last.answer(200, "m", ["set-cookie", "a=b"]);
    served(world);
    world.shadower.close();
    expect(control.aborted).toBe(true);
    expect(world.modern.last.aborted).toBe(true);
    while (world.comparer.jobs.length > 0) world.comparer.decide();
    expect(world.outcomes()).toBe(2);
    expect([world.budget.held, world.shadower.pending, world.live.tally.inflight]).toEqual([0, 0, 0]);
  });

  it("that a write of its key overlapped says nothing", () => {
    const headers = ["Host", "shop.test", "x-user", "ada"];
    const world = aWorld();
    served(world, { headers });
    const control = world.legacy.last;
    world.modern.last.answer(200, "m");
    const write = world.request({ method: "POST", headers });
    world.legacy.last.answer(201, "");
    write.flush();
    control.answer(200, "again");
    expect(jobs(world)[0]?.answers.control).toBeUndefined();
    expect(world.shadower.controls.counts).toMatchObject({ raced: 1, sent: 0 });
  });
});

it("without compare.control nobody keeps noise, and legacy is asked once", () => {
  const noise = createNoiseBook({ now: () => 0 });
  const world = new ExchangeWorld({ position: { modern: 0, shadow: 100 } });
  served(world);
  expect(world.legacy.calls).toHaveLength(1);
  expect(noise.optionsOf(world.live)).toBe(world.live.definition.compare);
  expect(noise.paths).toBe(0);
});
