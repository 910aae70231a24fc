import { describe, expect, it } from "vitest";
import { CHUNKED } from "../../src/domain/message.ts";
import { body } from "../../src/layers/body.ts";
import { definitionOf, ExchangeWorld, type ExchangeWorldOptions } from "../support/exchange-world.ts";

const HEADERS = ["Host", "shop.test", "Content-Type", "application/json"];
const CART = JSON.stringify({ query: "query GetCart { cart { id } }" });
const OTHER = JSON.stringify({ query: "query Other { other { id } }" });

function worldOf(options: ExchangeWorldOptions = {}): ExchangeWorld {
  const match = { ...definitionOf().match, operations: ["GetCart"] };
  return new ExchangeWorld({ ...options, definition: { match, ...options.definition } });
}

function post(world: ExchangeWorld, chunks: readonly string[], more = {}) {
  const lane = world.request({ method: "POST", framing: CHUNKED, headers: HEADERS, ...more });
  for (const chunk of chunks) lane.listener.onBody(Buffer.from(chunk));
  return lane;
}

describe("a request whose body says which route takes it", () => {
  it("asks nobody before the body is here, and then goes on whole", () => {
    const world = worldOf();
    const lane = post(world, [CART.slice(0, 9), CART.slice(9)]);
    expect(world.legacy.calls).toHaveLength(0);
    expect(world.requests.active).toBe(1);
    expect(world.bodies.held).toBeGreaterThan(0);
    lane.listener.onBodyEnd(undefined);
    expect(world.legacy.last).toMatchObject({ body: CART, ended: true });
    expect(world.bodies.held).toBe(0);
    world.legacy.last.answer(200, "cart");
    lane.flush();
    expect(lane.status).toBe(200);
    expect(world.counts().legacy.requests).toBe(1);
    expect(world.requests.active).toBe(0);
  });

  it("goes where the path leads otherwise if it asks for something else", () => {
    const world = worldOf();
    const lane = post(world, [OTHER]);
    lane.listener.onBodyEnd(["x-sum", "1"]);
    expect(world.fallback.last).toMatchObject({ body: OTHER, ended: true });
    expect(world.legacy.calls).toHaveLength(0);
  });

  it("goes there too once the body is larger than is read, and nothing of it is lost", () => {
    const world = worldOf();
    const chunk = "x".repeat(100_000);
    const lane = post(world, [chunk, chunk]);
    expect(world.fallback.calls).toHaveLength(0);
    lane.listener.onBody(Buffer.from(chunk));
    expect(world.fallback.last.body).toHaveLength(300_000);
    expect(world.fallback.last.ended).toBe(false);
    lane.listener.onBody(Buffer.from("end"));
    lane.listener.onBodyEnd(undefined);
    expect(world.fallback.last.body.endsWith("xend")).toBe(true);
    expect(world.fallback.last.ended).toBe(true);
    expect(world.bodies.held).toBe(0);
  });

  it("goes there where the memory for bodies is spent", () => {
    const world = worldOf();
    world.bodies.reserve(world.bodies.limit);
    post(world, [CART]);
    expect(world.fallback.last.body).toBe(CART);
  });

  it("is told to go on where its client waits to be", () => {
    const world = worldOf();
    const lane = post(world, [], { expectContinue: true });
    expect(lane.informs.map(({ status }) => status)).toEqual([100]);
    lane.listener.onBody(Buffer.from(CART));
    lane.listener.onBodyEnd(undefined);
    // A client that is told twice to send its body may send it twice.
    world.legacy.last.listener.onInform(100, "Continue", []);
    world.legacy.last.listener.onInform(103, "Early Hints", []);
    expect(lane.informs.map(({ status }) => status)).toEqual([100, 103]);
  });

  it("is refused before its client is told to send what is too large", () => {
    const world = worldOf({ settings: { maxBodyBytes: 10 } });
    const lane = post(world, [], { expectContinue: true, framing: 11 });
    expect(lane.informs).toEqual([]);
    expect(lane.status).toBe(413);
  });

  it("leaves nothing behind when its client does", () => {
    const world = worldOf();
    const lane = post(world, [CART.slice(0, 9)]);
    lane.listener.onAbort("client_left");
    expect(world.bodies.held).toBe(0);
    expect(world.requests.active).toBe(0);
    expect(world.context.clients.active).toBe(0);
    expect(world.legacy.calls.length + world.fallback.calls.length).toBe(0);
    expect(world.records.at(-1)).toMatchObject({ side: "none", error: "client_left" });
  });

  it("is refused when its body stalls, and when it is larger than its route allows", () => {
    const stalled = worldOf();
    const lane = post(stalled, ["{"]);
    lane.listener.onBodyStall();
    expect(lane.status).toBe(408);
    expect(stalled.requests.active).toBe(0);
    const bounded = worldOf({
      doorLayers: [body],
      definition: {
        policies: { body: { maxBytes: 10, types: undefined, required: false, encodings: ["identity"] } },
      },
    });
    const large = post(bounded, [CART]);
    large.listener.onBodyEnd(undefined);
    expect(large.status).toBe(413);
  });
});

describe("a shadowed request", () => {
  it("is counted by its operation, with what both sides answered, once its client has the answer", () => {
    const world = new ExchangeWorld({
      position: { modern: 0, shadow: 100 },
      definition: { shadow: { writes: "sandboxed", timeoutMs: 5000, maxBodyBytes: 1024, concurrency: 4 } },
    });
    const batch = `[${CART},${JSON.stringify({ query: "{ a }" })}]`;
    for (const sent of [CART, batch, "{}"]) {
      const lane = post(world, [sent]);
      lane.listener.onBodyEnd(undefined);
      world.legacy.last.answer(200, "a");
      lane.flush();
      world.modern.last.answer(sent === CART ? 500 : 200, "a");
      world.comparer.decide({ outcome: sent === CART ? "mismatch" : "match" });
    }
    const { strata } = world.counts();
    expect(Object.fromEntries(Object.entries(strata).map(([name, [a, b]]) => [name, [a, b]]))).toEqual({
      "POST /orders/{id} GetCart": [2, 1],
      "POST /orders/{id} (anonymous)": [1, 0],
      "POST /orders/{id}": [1, 0],
    });
    expect(strata["POST /orders/{id} GetCart"]?.[3]).toMatchObject({
      legacy: [2, 0, expect.anything()],
      modern: [2, 1, expect.anything()],
    });
  });
});
