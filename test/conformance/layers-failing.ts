import { describe, expect, test } from "vitest";
import { CHUNKED } from "../../src/domain/message.ts";
import type { DoorLayer } from "../../src/layers/contract.ts";
import { Relay } from "../../src/layers/relay.ts";
import { drain } from "../../src/serving/drain.ts";
import type { ExchangeWorldOptions } from "../support/exchange-world.ts";
import { type LayerWorld, type PlayedClient, type PlayedSide, until } from "../support/layer-world.ts";
import { doorLayer, holding, sideLayer } from "../support/layers-under-test.ts";
import { inWorld, stillServes, type WorldKind } from "./layers.ts";

const PIECE = "x".repeat(64 * 1024);

interface Way {
  /** What leads to the method's call, once the side is asked. */
  play(client: PlayedClient, side: PlayedSide, world: LayerWorld): Promise<void> | void;
  /** What becomes of the client; the answer has not begun before a refusal. */
  readonly ends: "refused" | "broken" | "left";
  /** The side's call is over by itself. */
  readonly itself?: boolean;
  readonly upgrade?: boolean;
}

async function untilPaused(client: PlayedClient, side: PlayedSide, world: LayerWorld): Promise<void> {
  client.stop();
  side.head(200, "OK", [], CHUNKED);
  for (let i = 0; i < 1024 && !world.call.paused && !world.call.aborted; i++) {
    side.send(PIECE);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** The ways into each method of a layer. */
const WAYS: Readonly<Record<string, Way>> = {
  write: { play: (client) => client.send("body"), ends: "refused" },
  end: { play: (client) => client.finish(), ends: "refused" },
  onRequestDrain: {
    async play(client, side, world) {
      side.stop();
      for (let i = 0; i < 1024 && world.lane.paused === false; i++) {
        client.send(PIECE);
        await new Promise((resolve) => setImmediate(resolve));
      }
      side.read();
    },
    ends: "refused",
  },
  onInform: { play: (_client, side) => side.inform(103, "Early Hints", []), ends: "refused" },
  onHead: { play: (_client, side) => side.head(200, "OK", [], CHUNKED), ends: "refused" },
  onUpgrade: { play: (_client, side) => side.upgrade(["Upgrade", "echo"]), ends: "refused", upgrade: true },
  onError: { play: (_client, side) => side.fail(), ends: "refused", itself: true },
  onData: {
    play(_client, side) {
      side.head(200, "OK", [], CHUNKED);
      side.send("begun");
    },
    ends: "broken",
  },
  onEnd: {
    play(_client, side) {
      side.head(200, "OK", [], CHUNKED);
      side.send("begun");
      side.finish();
    },
    ends: "broken",
    itself: true,
  },
  allowSilence: {
    play: (_client, side) => side.head(200, "OK", ["Content-Type", "text/event-stream"], CHUNKED),
    ends: "broken",
  },
  pause: {
    async play(client, side, world) {
      await untilPaused(client, side, world);
      client.read();
    },
    ends: "broken",
  },
  resume: {
    async play(client, side, world) {
      await untilPaused(client, side, world);
      client.read();
    },
    ends: "broken",
  },
  abort: { play: (client) => client.leave(), ends: "left" },
};

export const BROKEN = "/orders/broken";

/** A relay with one method that throws. */
export function breaking(listener: ConstructorParameters<typeof Relay>[0], method: string): Relay {
  const relay = new Relay(listener);
  Object.defineProperty(relay, method, {
    value: () => {
      throw new Error(`broken in ${method}`);
    },
  });
  return relay;
}

const PLACES: Readonly<Record<string, (method: string) => ExchangeWorldOptions>> = {
  door: (method) => ({
    doorLayers: [
      doorLayer("breaking", (below, request, listener) =>
        request.decision.head.target === BROKEN
          ? breaking(listener, method).through(below, request)
          : below(request, listener),
      ),
    ],
  }),
  side: (method) => ({
    sideLayers: [
      sideLayer("breaking", (below, request, listener) =>
        request.decision.head.target === BROKEN
          ? breaking(listener, method).through(below, request)
          : below(request, listener),
      ),
    ],
  }),
};

async function expectRefused(client: PlayedClient, status: number, code: string): Promise<void> {
  await until(() => client.got.whole, `the client is told ${code}`);
  expect(client.got.status).toBe(status);
  expect(JSON.parse(client.got.body)).toMatchObject({ error: { code } });
}

/** The layer's error was told once, no side is blamed, and the world goes on. */
async function expectContained(world: LayerWorld, message: string): Promise<void> {
  await world.settled();
  expect(world.exchanges.failures).toMatchObject([{ message }]);
  const { legacy, modern } = world.exchanges.counts();
  expect([legacy.requests, modern.requests]).toEqual([0, 0]);
  await stillServes(world);
}

/** A layer that throws ends its request, and nothing else. */
export function brokenLayers(kind: WorldKind): void {
  describe.each(Object.entries(PLACES))("a %s layer that throws", (_place, optionsOf) => {
    test.each(Object.entries(WAYS))("in %s", async (method, way) => {
      await inWorld(kind, optionsOf(method), async (world) => {
        const client = world.request({
          target: BROKEN,
          ...(way.upgrade ? { upgrade: true } : { method: "POST", framing: CHUNKED }),
        });
        const side = await world.asked();
        const { call } = world;
        await way.play(client, side, world);
        if (way.ends === "refused") {
          await expectRefused(client, 500, "layer_failed");
        } else if (way.ends === "broken") {
          await until(() => client.closed, "the client's connection breaks");
          // A head that was still to be written goes with its connection.
          expect(client.got.whole).toBe(false);
          expect([0, 200]).toContain(client.got.status);
        }
        await world.settled();
        expect(call.aborted).toBe(way.itself !== true);
        if (call.aborted) {
          await until(() => {
            // Behind an upgrade only a write tells a half's end from the whole's.
            if (way.upgrade) side.send("?");
            return side.gone;
          }, "the side is given up");
        }
        expect(world.exchanges.records).toMatchObject([
          { error: way.ends === "left" ? "client_left" : "layer_failed" },
        ]);
        await expectContained(world, `broken in ${method}`);
      });
    });
  });

  test.each([false, true])("a layer that throws in open, with the side asked: %s", async (asks) => {
    const layer = doorLayer("breaking", (below, request, listener) => {
      if (request.decision.head.target !== BROKEN) return below(request, listener);
      if (asks) below(request, listener);
      throw new Error("broken in open");
    });
    await inWorld(kind, { doorLayers: [layer] }, async (world) => {
      const client = world.request({ target: BROKEN, method: "POST", framing: CHUNKED });
      client.send("body");
      await expectRefused(client, 500, "layer_failed");
      client.finish();
      await world.settled();
      expect(world.calls.map(({ aborted }) => aborted)).toEqual(asks ? [true] : []);
      expect(world.exchanges.failures).toMatchObject([{ message: "broken in open" }]);
    });
  });

  test("a layer that throws when its request is over harms nobody", async () => {
    const layer = doorLayer("breaking", (below, request, listener) => {
      const onOver = () => {
        throw new Error("broken in onOver");
      };
      if (request.decision.head.target === BROKEN) request.served.onOver({ onOver });
      return below(request, listener);
    });
    await inWorld(kind, { doorLayers: [layer] }, async (world) => {
      const client = world.request({ target: BROKEN });
      const side = await world.asked();
      side.head(200, "OK", [], 0);
      side.finish();
      await until(() => client.got.whole, "the answer is whole");
      await world.settled();
      expect(world.exchanges.failures).toMatchObject([{ message: "broken in onOver" }]);
      await stillServes(world);
    });
  });
}

/** Never settles; the signal's end is noted. */
function hanging(signals: AbortSignal[], timeoutMs?: number): DoorLayer {
  return holding((signal) => {
    signals.push(signal);
    return signals.length === 1 ? new Promise(() => {}) : Promise.resolve();
  }, timeoutMs);
}

/** Requests that a layer holds. */
export function heldRequests(kind: WorldKind): void {
  test("a client that leaves while its request is held ends what holds it", async () => {
    const signals: AbortSignal[] = [];
    await inWorld(kind, { doorLayers: [hanging(signals)] }, async (world) => {
      // Without a body: a connection whose body waits is not read on every lane, and its end not heard.
      const client = world.request();
      await until(() => signals.length === 1, "the request is held");
      client.leave();
      await until(() => signals[0]?.aborted === true, "the signal is aborted");
      await world.settled();
      expect(world.calls).toHaveLength(0);
      await stillServes(world);
    });
  });

  test.each([false, true])(
    "a hold that takes too long is 504 layer_timeout (with a body: %s)",
    async (body) => {
      const signals: AbortSignal[] = [];
      await inWorld(kind, { doorLayers: [hanging(signals, 20)] }, async (world) => {
        const client = world.request(body ? { method: "POST", framing: CHUNKED } : {});
        if (body) client.send("body");
        await expectRefused(client, 504, "layer_timeout");
        if (body) client.finish();
        await world.settled();
        expect(signals[0]?.aborted).toBe(true);
        expect(world.exchanges.refusals).toEqual(["layer_timeout"]);
        expect(world.calls).toHaveLength(0);
        expect(world.exchanges.records).toMatchObject([{ side: "none", error: "layer_timeout" }]);
        await stillServes(world);
      });
    },
  );

  test.each(["at once", "later"])("work that fails %s is 500 layer_failed", async (when) => {
    let held = 0;
    const layer = holding(() => {
      if (held++ > 0) return Promise.resolve();
      if (when === "at once") throw new Error("no work");
      return Promise.reject(new Error("no work"));
    }, 50);
    await inWorld(kind, { doorLayers: [layer] }, async (world) => {
      const client = world.request();
      await expectRefused(client, 500, "layer_failed");
      await expectContained(world, "no work");
      expect(world.exchanges.refusals).toEqual(["layer_failed"]);
    });
  });

  test("a layer above that throws at the timeout's answer does not end the process", async () => {
    const above = doorLayer("breaking", (below, request, listener) =>
      request.decision.head.target === BROKEN
        ? breaking(listener, "onHead").through(below, request)
        : below(request, listener),
    );
    await inWorld(kind, { doorLayers: [above, hanging([], 20)] }, async (world) => {
      const client = world.request({ target: BROKEN });
      await expectRefused(client, 500, "layer_failed");
      await expectContained(world, "broken in onHead");
    });
  });

  test("a drain tells the layer, which lets go of what it holds", async () => {
    let release = (): void => {};
    const layer = holding(() => new Promise((resolve) => (release = resolve)));
    const draining: DoorLayer = {
      name: layer.name,
      create(route, tools) {
        const made = layer.create(route, tools);
        return made && { ...made, drain: () => release() };
      },
    };
    await inWorld(kind, { doorLayers: [draining] }, async (world) => {
      const client = world.request();
      await until(() => world.exchanges.context.clients.active === 1, "the request is held");
      const { context, shadower } = world.exchanges;
      const doors = { connections: 0, stopAccepting: async () => {}, closeIdle: () => {}, close: () => {} };
      const options = {
        config: { delayMs: 0, deadlineMs: 5000 },
        context,
        doors,
        shadowing: { shadower },
        sockets: { pending: 0, drain: () => {} },
        upstreams: { drain: () => {} },
        clock: { micros: () => performance.now() * 1000 },
      };
      const drained = drain(options as unknown as Parameters<typeof drain>[0]);
      const side = await world.asked();
      side.head(200, "OK", [], 2);
      side.send("ok");
      side.finish();
      await until(() => client.got.whole && client.closed, "the answer ends its connection");
      expect(client.got.status).toBe(200);
      expect(await drained).toBe(0);
    });
  });
}
