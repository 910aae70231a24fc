import { describe, expect, it } from "vitest";
import type { RequestHead } from "../../src/lanes/contract.ts";
import { ExchangeWorld } from "../support/exchange-world.ts";
import type { MemoryLane } from "../support/memory-lane.ts";

const SHADOW = { timeoutMs: 5000, maxBodyBytes: 1024, concurrency: 4 } as const;

/** A client of its own for each letter. */
function ask(world: ExchangeWorld, method: string, target: string, user = "a"): MemoryLane {
  return world.request({
    method,
    target: `/orders/${target}`,
    headers: ["Host", "shop.test", "X-User", user],
  } satisfies Partial<RequestHead>);
}

function serve(world: ExchangeWorld, lane: MemoryLane): void {
  world.legacy.calls[started.get(lane) as number]?.answer(200, "ok");
  lane.flush();
}

const started = new Map<MemoryLane, number>();

function begin(world: ExchangeWorld, method: string, target: string, user = "a"): MemoryLane {
  const lane = ask(world, method, target, user);
  started.set(lane, world.legacy.calls.length - 1);
  return lane;
}

function whole(world: ExchangeWorld, method: string, target: string, user = "a"): void {
  serve(world, begin(world, method, target, user));
}

function sent(world: ExchangeWorld): string[] {
  return world.modern.calls.map(({ request }) => `${request.method} ${request.target.slice(11)}`);
}

function sandboxed(writes: "sandboxed" | "never" = "sandboxed"): ExchangeWorld {
  return new ExchangeWorld({
    position: { modern: 0, shadow: 100 },
    definition: { shadow: { ...SHADOW, writes } },
  });
}

describe("shadows of one sticky key", () => {
  it("keep the order of their requests: a read waits for the write before it, another client's does not", () => {
    const world = sandboxed();
    whole(world, "POST", "1");
    whole(world, "GET", "2");
    whole(world, "GET", "3");
    whole(world, "POST", "4");
    whole(world, "GET", "5", "b");
    expect(sent(world)).toEqual(["POST 1", "GET 5"]);
    world.modern.calls[0]?.answer(201, "made");
    expect(sent(world).slice(2)).toEqual(["GET 2", "GET 3"]);
    world.modern.calls[2]?.answer(200, "made");
    expect(sent(world)).toHaveLength(4);
    world.modern.calls[3]?.answer(200, "made");
    expect(sent(world)[4]).toBe("POST 4");
    world.modern.calls[4]?.answer(200, "made");
    world.modern.calls[1]?.answer(200, "made");
    for (let i = 0; i < 5; i++) world.comparer.decide();
    expect(world.counts()).toMatchObject({ comparisons: { match: 5, inconclusive: 0 }, notCompared: {} });
    expect(world.shadower.pending).toBe(0);
    expect(world.budget.held).toBe(0);
  });

  it("go on when the one before fails or is never sent", () => {
    const world = sandboxed();
    whole(world, "POST", "1");
    whole(world, "GET", "2");
    world.deadlines.sweep(5001);
    expect(sent(world)).toEqual(["POST 1", "GET 2"]);
    world.shadower.close();
    world.comparer.decide();
    expect(world.shadower.pending).toBe(0);
    expect(world.live.tally.inflight).toBe(0);
  });

  it("that wait are bounded, and shed past the bound", () => {
    const world = sandboxed();
    for (let i = 0; i < 1 + 64 + 3; i++) whole(world, "POST", String(i));
    expect(world.counts().notCompared).toEqual({ shed: 3 });
    expect(sent(world)).toEqual(["POST 0"]);
    whole(world, "GET", "other", "b");
    expect(sent(world)).toHaveLength(2);
    world.shadower.close();
    expect(world.counts().notCompared).toEqual({ shed: 69 });
    expect(world.shadower.pending).toBe(0);
    expect(world.budget.held).toBe(0);
  });
});

describe("a comparison that overlapped a write of its key", () => {
  it("is raced where the write was served at the same time, and another client's is not", () => {
    const world = sandboxed();
    const read = begin(world, "GET", "1");
    const other = begin(world, "GET", "2", "b");
    const write = begin(world, "POST", "3");
    serve(world, read);
    serve(world, other);
    serve(world, write);
    for (const call of world.modern.calls) call.answer(404, "no");
    expect(sent(world)).toEqual(["GET 1", "GET 2", "POST 3"]);
    expect(world.counts()).toMatchObject({ notCompared: { raced: 1 }, comparisons: { inconclusive: 1 } });
    expect(world.comparer.jobs.map(({ job }) => job.method)).toEqual(["GET", "POST"]);
  });

  it("is raced where a write that is not shadowed was served before its shadow was answered", () => {
    const world = sandboxed("never");
    whole(world, "GET", "1");
    whole(world, "POST", "2");
    whole(world, "GET", "3");
    world.modern.calls[0]?.answer(404, "gone");
    world.modern.calls[1]?.answer(200, "ok");
    expect(world.counts().notCompared).toEqual({ unsafe_method: 1, raced: 1 });
    expect(world.comparer.jobs).toHaveLength(1);
  });

  it("is still a mismatch where the other side failed", () => {
    const world = sandboxed("never");
    whole(world, "GET", "1");
    whole(world, "POST", "2");
    world.modern.calls[0]?.listener.onError("upstream_reset", "", false);
    expect(world.comparer.jobs).toHaveLength(1);
    expect(world.counts().notCompared).toEqual({ unsafe_method: 1 });
  });
});
