import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CHUNKED } from "../../src/domain/message.ts";
import { definitionOf, ExchangeWorld, liveOf } from "../support/exchange-world.ts";
import type { MemoryLane } from "../support/memory-lane.ts";

const SHADOWING = { modern: 0, shadow: 100 };
const HOST = ["Host", "shop.test"];

function served(world: ExchangeWorld, lane: MemoryLane, status = 200, body = "served"): void {
  world.legacy.last.answer(status, body, ["content-type", "application/json"]);
  lane.flush();
}

describe("a shadow", () => {
  it("goes to the other side once the client has its answer, marked, rewritten, with the request's body", () => {
    const world = new ExchangeWorld({
      position: SHADOWING,
      definition: { shadow: { writes: "sandboxed", timeoutMs: 5000, maxBodyBytes: 64, concurrency: 4 } },
    });
    const lane = world.request({
      method: "POST",
      framing: CHUNKED,
      headers: [...HOST, "Trailer", "X-Sum", "Transfer-Encoding", "chunked", "Expect", "100-continue"],
    });
    lane.listener.onBody(Buffer.from("ab"));
    lane.listener.onBody(Buffer.from("cd"));
    lane.listener.onBodyEnd(["X-Sum", "1"]);
    world.legacy.last.answer(200, "served");
    expect(world.modern.calls).toHaveLength(0);
    lane.flush();
    const shadow = world.modern.last;
    expect(shadow.request).toMatchObject({
      method: "POST",
      target: "/v2/orders/1",
      framing: CHUNKED,
      retryable: false,
    });
    expect(shadow).toMatchObject({ body: "abcd", ended: true, trailers: ["X-Sum", "1"] });
    expect(shadow.header("x-fig-shadow")).toBe("1");
    expect(shadow.header("expect")).toBeUndefined();
    expect(shadow.header("x-request-id")).toBe(world.legacy.last.header("x-request-id"));
    expect(world.legacy.last.header("x-fig-shadow")).toBeUndefined();
    shadow.answer(201, "made");
    const { job } = world.comparer.jobs[0] as (typeof world.comparer.jobs)[0];
    expect(job.answers).toMatchObject({
      serving: { side: "legacy", answer: { kind: "answer", status: 200, bodyBytes: 6 } },
      shadow: { side: "modern", answer: { kind: "answer", status: 201, bodyBytes: 4 } },
    });
    world.comparer.decide({
      outcome: "mismatch",
      mismatches: [{ path: "status", kind: "value", legacy: "200", modern: "201" }],
    });
    expect(world.counts()).toMatchObject({
      comparisons: { match: 0, mismatch: 1, inconclusive: 0 },
      mismatches: { value: 1 },
      shadow: { modern: { requests: 1, errors: 0 } },
      shadowOutcomes: { modern: { sent: 1 } },
    });
    expect(world.budget.held).toBe(0);
    expect(world.live.tally.inflight).toBe(0);
  });

  it("goes to legacy where modern serves", () => {
    const world = new ExchangeWorld({ position: { modern: 100, shadow: 100 } });
    const lane = world.request();
    world.modern.last.answer(200, "new");
    lane.flush();
    expect(world.legacy.last.header("x-fig-shadow")).toBe("1");
    world.legacy.last.answer(200, "old");
    expect(world.comparer.jobs[0]?.job.answers).toMatchObject({
      serving: { side: "modern", answer: { body: [Buffer.from("new")] } },
      shadow: { side: "legacy", answer: { body: [Buffer.from("old")] } },
    });
  });

  it.each([
    ["POST", "never", 0, "unsafe_method"],
    ["PUT", "never", 0, "unsafe_method"],
    ["POST", "idempotent", 0, "unsafe_method"],
    ["PUT", "idempotent", 0, undefined],
    ["DELETE", "idempotent", 0, undefined],
    ["PUT", "idempotent", 0.01, "unsafe_method"],
    ["POST", "sandboxed", 0, undefined],
    ["PATCH", "sandboxed", 100, "unsafe_method"],
    ["GET", "never", 100, undefined],
    ["HEAD", "never", 0, undefined],
  ] as const)("of %s where writes are %s and modern stands at %d: %s", (method, writes, modern, reason) => {
    const world = new ExchangeWorld({
      position: { modern, shadow: 100 },
      definition: { shadow: { writes, timeoutMs: 0, maxBodyBytes: 64, concurrency: 4 } },
    });
    const lane = world.request({ method });
    const serving = modern === 100 ? world.modern : world.legacy;
    const other = modern === 100 ? world.legacy : world.modern;
    serving.last.answer(200, "");
    lane.flush();
    expect(other.calls).toHaveLength(reason === undefined ? 1 : 0);
    expect(world.counts().notCompared).toEqual(reason === undefined ? {} : { [reason]: 1 });
  });

  const CONDITIONS = [
    ...["If-None-Match", '"v1"', "If-Modified-Since", "Sun, 22 Nov 2026 20:44:02 GMT"],
    ...["If-Range", '"v1"', "RANGE", "bytes=0-9"],
  ];

  it.each([
    ["GET", "", 0],
    ["HEAD", "", 0],
    ["PUT", '"v1"', 4],
  ])("of %s has the client's conditions: %s", (method, condition, fields) => {
    const world = new ExchangeWorld({
      position: SHADOWING,
      definition: { shadow: { writes: "idempotent", timeoutMs: 0, maxBodyBytes: 64, concurrency: 4 } },
    });
    const lane = world.request({ method, headers: [...HOST, ...CONDITIONS] });
    expect(world.legacy.last.header("if-none-match")).toBe('"v1"');
    served(world, lane, 304, "");
    const shadow = world.modern.last;
    expect(shadow.header("if-none-match") ?? "").toBe(condition);
    const names = shadow.request.headers.filter((text, i) => i % 2 === 0 && /^(?:if-|range)/i.test(text));
    expect(names).toHaveLength(fields);
    shadow.answer(200, "");
    // What the copy was asked as its client asked is compared as it is: a PUT that legacy refuses and modern does, differs.
    expect(world.comparer.jobs[0]?.job.unconditional).toBe(method !== "PUT");
  });

  it("of a range is not read past maxBody, as the client's was not", () => {
    const world = new ExchangeWorld({ position: SHADOWING });
    served(world, world.request({ headers: [...HOST, "Range", "bytes=0-9"] }), 206, "0123456789");
    const shadow = world.modern.last;
    shadow.listener.onHead(200, "", [], 1_000_000);
    shadow.listener.onData(Buffer.alloc(2000));
    expect(shadow.aborted).toBe(true);
    expect(world.comparer.jobs[0]?.job.answers.shadow.answer).toMatchObject({
      status: 200,
      tooLarge: true,
      bodyBytes: 0,
    });
    expect(world.counts().shadowOutcomes.modern).toEqual({ sent: 1 });
  });

  it("is counted as skipped where it is not sampled, and draws a share by the request's id", () => {
    const world = new ExchangeWorld({ position: { modern: 0, shadow: 25 } });
    for (let i = 0; i < 400; i++)
      served(world, world.request({ headers: [...HOST, "X-Request-Id", `id-${i}`] }));
    const { notCompared, shadowOutcomes } = world.counts();
    expect(notCompared.skipped).toBeGreaterThan(250);
    expect(notCompared.skipped).toBeLessThan(350);
    expect(shadowOutcomes.modern.skipped).toBe(notCompared.skipped);
    const { pending } = world.shadower;
    expect(pending + (notCompared.skipped ?? 0) + (notCompared.shed ?? 0)).toBe(400);
  });

  it("waits for its turn past the route's concurrency, and is shed past what may wait", () => {
    const world = new ExchangeWorld({ position: SHADOWING, budgetBytes: 64 * 1024 * 1024 });
    for (let i = 0; i < 4 + 256 + 3; i++) served(world, world.request());
    expect(world.modern.calls).toHaveLength(4);
    expect(world.counts().notCompared).toEqual({ shed: 3 });
    const { held } = world.budget;
    served(world, world.request());
    expect(world.budget.held).toBe(held);
    expect(world.counts().shadowOutcomes.modern.shed).toBe(4);
    world.modern.calls[0]?.answer(200, "served");
    expect(world.modern.calls).toHaveLength(5);
  });

  it("that has waited for as long as it may take is shed: the other side would answer with another time's data", () => {
    const world = new ExchangeWorld({ position: SHADOWING });
    for (let i = 0; i < 4 + 6; i++) served(world, world.request());
    world.pass(5001);
    served(world, world.request({ target: "/orders/late" }));
    world.modern.calls[0]?.answer(200, "served");
    expect(world.modern.calls).toHaveLength(5);
    expect(world.modern.last.request.target).toBe("/v2/orders/late");
    expect(world.counts().notCompared).toEqual({ shed: 6 });
    for (const call of world.modern.calls.slice(1)) call.answer(200, "served");
    for (let i = 0; i < 5; i++) world.comparer.decide();
    expect(world.counts().comparisons.match).toBe(5);
    expect(world.budget.held).toBe(0);
  });

  it("has its turn however many of a busier route wait", () => {
    const world = new ExchangeWorld({ position: SHADOWING });
    world.deferred = [];
    for (let i = 0; i < 3; i++) served(world, world.request());
    world.live = liveOf(definitionOf({ id: "quiet" }), SHADOWING);
    served(world, world.request({ target: "/orders/quiet" }));
    for (let i = 0; i < 2; i++) world.deferred.shift()?.();
    expect(world.modern.calls.map(({ request }) => request.target)).toEqual([
      "/v2/orders/1",
      "/v2/orders/quiet",
    ]);
  });

  it("is shed when the bytes held reach their one bound, and the client sees nothing of it", () => {
    const world = new ExchangeWorld({ position: SHADOWING, budgetBytes: 5000 });
    const first = world.request();
    const second = world.request();
    served(world, second);
    expect(second).toMatchObject({ status: 200, body: "served", ended: true });
    expect(world.counts().notCompared).toEqual({ shed: 1 });
    world.legacy.calls[0]?.answer(200, "x".repeat(1000));
    first.flush();
    expect(first.body).toHaveLength(1000);
    expect(world.counts().notCompared).toEqual({ shed: 2 });
    expect(world.budget.held).toBe(0);
    expect(world.budget.refused).toBe(2);
  });

  it("is not sent for a request body past maxBody: too_large", () => {
    const world = new ExchangeWorld({
      position: SHADOWING,
      definition: { shadow: { writes: "sandboxed", timeoutMs: 0, maxBodyBytes: 4, concurrency: 4 } },
    });
    const lane = world.request({ method: "POST", framing: CHUNKED });
    lane.listener.onBody(Buffer.from("abcde"));
    lane.listener.onBodyEnd(undefined);
    served(world, lane);
    expect(world.modern.calls).toHaveLength(0);
    expect(world.counts()).toMatchObject({ notCompared: { too_large: 1 }, comparisons: { inconclusive: 1 } });
    expect(world.legacy.last.body).toBe("abcde");
  });

  it("is dropped at once when its answer passes maxBody: the rest may have no end", () => {
    const world = new ExchangeWorld({ position: SHADOWING });
    served(world, world.request());
    const shadow = world.modern.last;
    shadow.listener.onHead(200, "", [], CHUNKED);
    shadow.listener.onData(Buffer.alloc(1024));
    expect(shadow.aborted).toBe(false);
    shadow.listener.onData(Buffer.alloc(1));
    expect(shadow.aborted).toBe(true);
    expect(world.comparer.jobs[0]?.job.answers.shadow.answer).toMatchObject({ status: 200, tooLarge: true });
  });

  it("is given its body as its side takes it", () => {
    const world = new ExchangeWorld({
      position: SHADOWING,
      definition: { shadow: { writes: "sandboxed", timeoutMs: 0, maxBodyBytes: 20_000, concurrency: 4 } },
    });
    const lane = world.request({ method: "POST", framing: CHUNKED });
    for (let i = 0; i < 3; i++) lane.listener.onBody(Buffer.alloc(5000, "abc"[i]));
    lane.listener.onBodyEnd(undefined);
    world.modern.writable = false;
    served(world, lane);
    const shadow = world.modern.last;
    expect(shadow.body).toBe("a".repeat(5000));
    shadow.listener.onRequestDrain();
    expect(shadow).toMatchObject({ ended: false, body: "a".repeat(5000) + "b".repeat(5000) });
    shadow.writable = true;
    shadow.listener.onRequestDrain();
    expect(shadow).toMatchObject({ ended: true });
    expect(shadow.body).toHaveLength(15_000);
  });

  it("counts what is held for it: heads, and blocks of bodies that came in small chunks", () => {
    const world = new ExchangeWorld({
      position: SHADOWING,
      definition: { shadow: { writes: "sandboxed", timeoutMs: 0, maxBodyBytes: 20_000, concurrency: 4 } },
    });
    const lane = world.request({
      method: "POST",
      framing: CHUNKED,
      headers: [...HOST, "X-Large", "x".repeat(10_000)],
    });
    const before = world.budget.held;
    expect(before).toBeGreaterThan(10_000);
    for (let i = 0; i < 10_000; i++) lane.listener.onBody(Buffer.from("x"));
    expect(world.budget.held - before).toBeGreaterThan(10_000);
    expect(world.budget.held - before).toBeLessThan(25_000);
    lane.listener.onBodyEnd(undefined);
    world.legacy.last.answer(200, "", ["X-Large", "y".repeat(10_000)]);
    expect(world.budget.held - before).toBeGreaterThan(20_000);
    lane.flush();
    world.modern.last.answer(200, "");
    world.comparer.decide();
    expect(world.budget.held).toBe(0);
  });

  it("counts the comparing thread's copies until the verdict, and is shed where they find no room", () => {
    const answered = (budgetBytes: number) => {
      const world = new ExchangeWorld({ position: SHADOWING, budgetBytes });
      served(world, world.request(), 200, "x".repeat(1000));
      const kept = world.budget.held;
      world.modern.last.answer(200, "y".repeat(1000));
      return { world, more: world.budget.held - kept };
    };
    const { world, more } = answered(1 << 20);
    expect(more).toBeGreaterThanOrEqual(3000);
    world.comparer.decide();
    expect(world.budget.held).toBe(0);
    // Room for both answers, but not for copies.
    const narrow = answered(7000).world;
    expect(narrow.comparer.jobs).toEqual([]);
    expect(narrow.counts().notCompared).toEqual({ shed: 1 });
    expect(narrow.counts().shadowOutcomes.modern).toEqual({ shed: 1 });
    expect(narrow.budget.held).toBe(0);
  });

  it("compares what it can of an answer past maxBody", () => {
    const world = new ExchangeWorld({ position: SHADOWING });
    served(world, world.request(), 200, "x".repeat(2000));
    world.modern.last.answer(200, "y".repeat(3000));
    expect(world.comparer.jobs[0]?.job.answers).toMatchObject({
      serving: { side: "legacy", answer: { tooLarge: true, bodyBytes: 0 } },
      shadow: { side: "modern", answer: { tooLarge: true } },
    });
    world.comparer.decide({ outcome: "inconclusive", reason: "too_large" });
    expect(world.counts().notCompared).toEqual({ too_large: 1 });
    expect(world.budget.held).toBe(0);
  });

  it("never follows an event stream or an upgrade", () => {
    const world = new ExchangeWorld({ position: SHADOWING });
    const stream = world.request();
    world.legacy.last.listener.onHead(200, "OK", ["Content-Type", "text/event-stream"], CHUNKED);
    world.legacy.last.listener.onData(Buffer.from("data: 1\n\n"));
    world.legacy.last.listener.onEnd(undefined);
    stream.flush();
    const upgrade = world.request({ upgrade: true, headers: [...HOST, "Upgrade", "x"] });
    world.legacy.last.listener.onUpgrade(101, "", ["Upgrade", "x"]);
    upgrade.listener.onBody(Buffer.from("ping"));
    world.legacy.last.listener.onData(Buffer.from("pong"));
    expect(world.budget.held).toBe(0);
    world.legacy.last.listener.onEnd(undefined);
    upgrade.flush();
    expect(world.modern.calls).toHaveLength(0);
    expect(world.counts().notCompared).toEqual({ event_stream: 1, upgrade: 1 });
    expect(world.counts().comparisons.inconclusive).toBe(0);
  });

  it("is one like any other, without the Upgrade, where the serving side does not take it up", () => {
    const world = new ExchangeWorld({ position: SHADOWING });
    served(
      world,
      world.request({ upgrade: true, headers: [...HOST, "Connection", "Upgrade", "Upgrade", "TLS/1.2"] }),
    );
    expect(world.legacy.last.header("upgrade")).toBe("TLS/1.2");
    expect(world.modern.last.header("upgrade")).toBeUndefined();
    expect(world.modern.last.request.upgrade).toBe(false);
    world.modern.last.answer(200, "served");
    world.comparer.decide();
    expect(world.counts()).toMatchObject({ notCompared: {}, comparisons: { match: 1 } });
  });

  it("that is not sampled is counted as an upgrade where it became one", () => {
    const world = new ExchangeWorld({ position: { modern: 0, shadow: 0 } });
    const upgrade = world.request({ upgrade: true, headers: [...HOST, "Upgrade", "x"] });
    world.legacy.last.listener.onUpgrade(101, "", ["Upgrade", "x"]);
    world.legacy.last.listener.onEnd(undefined);
    upgrade.flush();
    served(world, world.request({ upgrade: true, headers: [...HOST, "Upgrade", "x"] }));
    expect(world.counts().notCompared).toEqual({ upgrade: 1, skipped: 1 });
  });

  it("is cancelled with a client that leaves, counted as cut short", () => {
    const world = new ExchangeWorld({ position: SHADOWING });
    const lane = world.request();
    world.legacy.last.listener.onHead(200, "OK", [], CHUNKED);
    lane.listener.onAbort("client_left");
    expect(world.modern.calls).toHaveLength(0);
    expect(world.counts()).toMatchObject({ notCompared: { cut_short: 1 }, comparisons: { inconclusive: 1 } });
  });

  it("is not sent for a serving side that could not answer: serving_error", () => {
    const world = new ExchangeWorld({ position: SHADOWING });
    const lane = world.request();
    world.legacy.last.listener.onError("upstream_refused", "", false);
    lane.flush();
    expect(world.counts()).toMatchObject({ notCompared: { serving_error: 1 }, legacy: { errors: 1 } });
    expect(world.modern.calls).toHaveLength(0);
  });

  it("times out from first to last byte", () => {
    const world = new ExchangeWorld({ position: SHADOWING });
    served(world, world.request());
    world.modern.last.listener.onHead(200, "OK", [], CHUNKED);
    world.deadlines.sweep(4999);
    expect(world.comparer.jobs).toHaveLength(0);
    world.deadlines.sweep(5001);
    expect(world.modern.last.aborted).toBe(true);
    expect(world.comparer.jobs[0]?.job.answers.shadow).toEqual({
      side: "modern",
      answer: { kind: "failure", code: "timeout" },
    });
    expect(world.counts()).toMatchObject({
      shadowOutcomes: { modern: { timeout: 1 } },
      shadow: { modern: { requests: 1, errors: 1 } },
    });
  });

  it("sheds what waits or is under way when the front door goes", () => {
    const world = new ExchangeWorld({ position: SHADOWING });
    for (let i = 0; i < 6; i++) served(world, world.request());
    world.shadower.close();
    expect(world.counts().notCompared).toEqual({ shed: 6 });
    expect(world.modern.calls.every((call) => call.aborted)).toBe(true);
    expect(world.shadower.pending).toBe(0);
    expect(world.budget.held).toBe(0);
    served(world, world.request());
    expect(world.counts().notCompared).toEqual({ shed: 7 });
  });
});

describe("whatever happens", () => {
  const step = fc.record({ which: fc.nat(5), what: fc.nat(11), bytes: fc.nat(1500) });
  const requests = fc.array(
    fc.record({
      method: fc.constantFrom("GET", "POST", "PUT"),
      upgrade: fc.boolean(),
      framing: fc.constantFrom(-1, -2),
    }),
    { minLength: 1, maxLength: 6 },
  );

  it("every request of a route ends in exactly one outcome, and nothing stays held", () => {
    fc.assert(
      fc.property(
        requests,
        fc.array(step, { maxLength: 60 }),
        fc.constantFrom("never", "idempotent", "sandboxed"),
        fc.constantFrom({ modern: 0, shadow: 100 }, { modern: 0, shadow: 50 }, { modern: 100, shadow: 100 }),
        fc.integer({ min: 4096, max: 40_000 }),
        (heads, steps, writes, position, budgetBytes) => {
          const world = new ExchangeWorld({
            position,
            budgetBytes,
            definition: { shadow: { writes, timeoutMs: 1000, maxBodyBytes: 1024, concurrency: 2 } },
          });
          const lanes = heads.map((head) => {
            const headers = head.upgrade ? [...HOST, "Upgrade", "x"] : HOST;
            return world.request(head.upgrade ? { ...head, framing: -1, headers } : { ...head, headers });
          });
          const asked = lanes.map((_, i) => (position.modern === 100 ? world.modern : world.legacy).calls[i]);
          const gone = new Set<number>();
          const finish = (i: number) => {
            gone.add(i);
            lanes[i]?.flush();
          };
          for (const { which, what, bytes } of steps) {
            const i = which % lanes.length;
            const lane = lanes[i] as MemoryLane;
            const call = asked[i];
            if (call === undefined) continue;
            const { listener } = call;
            const open = !gone.has(i) && !call.aborted && !lane.ended && !lane.aborted;
            const shadows = [...world.legacy.calls, ...world.modern.calls].filter(
              (each) => each.header("x-fig-shadow") === "1" && !each.aborted && !each.silent,
            );
            const shadow = shadows[which % Math.max(1, shadows.length)];
            if (what === 0 && open && lane.status === 0) listener.onHead(200, "OK", [], CHUNKED);
            if (what === 1 && open && lane.status === 200) listener.onData(Buffer.alloc(bytes));
            if (what === 2 && open && lane.status === 200) listener.onEnd(undefined);
            if (what === 3 && open) {
              listener.onError("upstream_reset", "", false);
              if (lane.aborted) gone.add(i);
            }
            if (what === 4 && !gone.has(i)) {
              gone.add(i);
              lane.listener.onAbort("client_left");
            }
            if (what === 5 && lane.ended && !gone.has(i)) finish(i);
            if (what === 6 && open && heads[i]?.framing === -2 && !call.ended)
              lane.listener.onBody(Buffer.alloc(bytes));
            if (what === 7 && open && heads[i]?.framing === -2 && !call.ended)
              lane.listener.onBodyEnd(undefined);
            if (what === 8 && shadow !== undefined) {
              shadow.silent = true;
              shadow.answer(200, "x".repeat(bytes));
            }
            if (what === 9 && shadow !== undefined) {
              shadow.silent = true;
              shadow.listener.onError("upstream_reset", "", false);
            }
            if (what === 10) world.comparer.decide();
            if (what === 11) world.deadlines.sweep(world.deadlines.now + bytes);
          }
          for (const [i, lane] of lanes.entries()) {
            if (gone.has(i)) continue;
            if (lane.ended) finish(i);
            else lane.listener.onAbort("client_left");
          }
          world.shadower.close();
          while (world.comparer.jobs.length > 0)
            world.comparer.decide({ outcome: "inconclusive", reason: "comparator_error" });
          expect(world.outcomes()).toBe(lanes.length);
          expect(world.budget.held).toBe(0);
          expect(world.live.tally.inflight).toBe(0);
          expect(world.context.clients.active).toBe(0);
          expect(world.shadower.pending).toBe(0);
        },
      ),
      { numRuns: 400 },
    );
  });
});

// One id, sent again and again by somebody who wants to be looked at always, or never.
it("is drawn for a share of requests that does not follow from the id that a client sends", () => {
  const world = new ExchangeWorld({ position: { modern: 0, shadow: 10 } });
  const before = world.modern.calls.length;
  for (let i = 0; i < 300; i++) {
    served(world, world.request({ headers: [...HOST, "X-Request-Id", "the-same"] }));
    if (world.modern.calls.length > before) world.modern.last.answer(200, "served");
  }
  expect(world.modern.calls.length).toBeGreaterThan(5);
  expect(world.modern.calls.length).toBeLessThan(100);
});
