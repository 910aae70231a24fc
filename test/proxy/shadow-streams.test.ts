import { describe, expect, it } from "vitest";
import { CHUNKED } from "../../src/domain/message.ts";
import { ExchangeWorld } from "../support/exchange-world.ts";
import type { MemoryBackend } from "../support/memory-backend.ts";

const STREAM = ["Content-Type", "text/event-stream"];
const SHADOWING = { modern: 0, shadow: 100 };

const worldOf = (eventStreamsMs: number | undefined) =>
  new ExchangeWorld({
    position: SHADOWING,
    definition: {
      shadow: { writes: "never", timeoutMs: 5000, maxBodyBytes: 64, concurrency: 4, eventStreamsMs },
    },
  });

function begin({ last }: MemoryBackend, ...events: readonly string[]): void {
  last.listener.onHead(200, "OK", STREAM, CHUNKED);
  for (const event of events) last.listener.onData(Buffer.from(`data: ${event}\n\n`));
}

describe("an event stream", () => {
  it("is not shadowed where the route says nothing of it", () => {
    const world = worldOf(undefined);
    const lane = world.request();
    begin(world.legacy, "1");
    expect(world.budget.held).toBe(0);
    world.legacy.last.listener.onEnd(undefined);
    lane.flush();
    expect(world.modern.calls).toHaveLength(0);
    expect(world.counts()).toMatchObject({
      notCompared: { event_stream: 1 },
      comparisons: { inconclusive: 0 },
    });
  });

  it("that ends in time is compared, and its shadow may be as long and as silent", () => {
    const world = worldOf(30_000);
    const lane = world.request();
    begin(world.legacy, "1");
    world.deadlines.sweep(29_000);
    world.legacy.last.listener.onData(Buffer.from("data: 2\n\n"));
    world.legacy.last.listener.onEnd(undefined);
    lane.flush();
    begin(world.modern, "1");
    expect(world.modern.last.silent).toBe(true);
    // Past shadow.timeout.
    world.deadlines.sweep(29_000 + 29_999);
    world.modern.last.listener.onEnd(undefined);
    const { answers } = (world.comparer.jobs[0] as (typeof world.comparer.jobs)[0]).job;
    expect(answers).toMatchObject({
      serving: { answer: { bodyBytes: 18 } },
      shadow: { answer: { bodyBytes: 9 } },
    });
    world.comparer.decide();
    expect(world.counts()).toMatchObject({ notCompared: {}, comparisons: { match: 1 } });
    expect(world.budget.held).toBe(0);
  });

  it("that lasts is let go of when its time is over, not when it ends", () => {
    const world = worldOf(30_000);
    const lane = world.request();
    begin(world.legacy, "1");
    expect(world.budget.held).toBeGreaterThan(0);
    world.deadlines.sweep(30_000);
    expect(world.budget.held).toBe(0);
    expect(world.counts().notCompared).toEqual({});
    world.legacy.last.listener.onData(Buffer.from("data: 2\n\n"));
    world.legacy.last.listener.onEnd(undefined);
    lane.flush();
    expect(lane.body).toBe("data: 1\n\ndata: 2\n\n");
    expect(world.modern.calls).toHaveLength(0);
    expect(world.counts()).toMatchObject({
      notCompared: { event_stream: 1 },
      comparisons: { inconclusive: 0 },
    });
  });

  it("whose shadow lasts longer is a shadow that timed out", () => {
    const world = worldOf(30_000);
    const lane = world.request();
    begin(world.legacy, "1");
    world.legacy.last.listener.onEnd(undefined);
    lane.flush();
    begin(world.modern, "1");
    world.deadlines.sweep(30_000);
    expect(world.modern.last.aborted).toBe(true);
    expect(world.counts().shadowOutcomes.modern.timeout).toBe(1);
  });

  it("that its client leaves is none that was cut short", () => {
    const world = worldOf(30_000);
    const lane = world.request();
    begin(world.legacy, "1");
    lane.listener.onAbort("client_left");
    expect(world.counts()).toMatchObject({
      notCompared: { event_stream: 1 },
      comparisons: { inconclusive: 0 },
    });
    expect(world.budget.held).toBe(0);
    world.deadlines.sweep(60_000);
    expect(world.counts().notCompared).toEqual({ event_stream: 1 });
  });

  it("past maxBody is too large, as any body is", () => {
    const world = worldOf(30_000);
    const lane = world.request();
    begin(world.legacy, "x".repeat(40), "y".repeat(40));
    world.legacy.last.listener.onEnd(undefined);
    lane.flush();
    begin(world.modern, "x".repeat(80));
    const { answers } = (world.comparer.jobs[0] as (typeof world.comparer.jobs)[0]).job;
    expect(answers).toMatchObject({
      serving: { answer: { tooLarge: true } },
      shadow: { answer: { tooLarge: true } },
    });
  });
});
