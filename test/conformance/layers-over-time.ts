import { expect, test } from "vitest";
import { CHUNKED } from "../../src/domain/message.ts";
import type { DoorLayer, SideLayer } from "../../src/layers/contract.ts";
import { BLOCK_COST } from "../../src/wire/kept-bytes.ts";
import { type PlayedSide, until } from "../support/layer-world.ts";
import { doorLayer, sideLayer, witness } from "../support/layers-under-test.ts";
import { inWorld, stillServes, type WorldKind } from "./layers.ts";
import { BROKEN, breaking } from "./layers-failing.ts";

/** Layers that come and go with files, and what they keep. */
export function layersOverTime(kind: WorldKind): void {
  test("a reload closes each layer once, and a request under way finishes through the old ones", async () => {
    const closed: string[] = [];
    const heard: string[] = [];
    const closing = <Layer extends DoorLayer | SideLayer>(layer: Layer): Layer => ({
      ...layer,
      create(...args: Parameters<Layer["create"]>) {
        const made = (layer.create as (...all: unknown[]) => object)(...args);
        const [, side = "door", shadow = ""] = args as unknown[];
        const place = typeof side === "string" ? `${side}${shadow ? " shadow" : ""}` : "door";
        return { wrap: (open: unknown) => open, ...made, close: () => closed.push(`${layer.name} ${place}`) };
      },
    });
    const options = {
      doorLayers: ["a", "b"].map((name) => closing(witness(name, heard))),
      sideLayers: [closing(sideLayer("c", (below, request, listener) => below(request, listener)))],
    };
    await inWorld(kind, options, async (world) => {
      const client = world.request();
      const side = await world.asked();
      world.exchanges.reload({ doorLayers: [witness("new", heard)] });
      const each = ["a door", "b door", "c legacy", "c legacy shadow", "c modern", "c modern shadow"];
      expect(closed.toSorted()).toEqual(each);
      side.head(200, "OK", [], 3);
      side.send("old");
      side.finish();
      await until(() => client.got.whole, "the answer is whole");
      expect(client.got.body).toBe("old");
      expect(heard).toEqual(["a.open", "b.open", "a.end", "b.end", "b.onHead", "a.onHead"]);
      heard.length = 0;
      await stillServes(world);
      expect(heard).toEqual(["new.open", "new.end", "new.onHead"]);
      expect(closed).toHaveLength(each.length);
    });
  });

  const keeping = { definition: { fallback: { budgetPercent: 100 } } };

  test.each(["is answered", "leaves", "breaks"])("a kept body is held until its request %s", async (how) => {
    const layer = doorLayer("breaking", (below, request, listener) =>
      how === "breaks" && request.decision.head.target === BROKEN
        ? breaking(listener, "onInform").through(below, request)
        : below(request, listener),
    );
    await inWorld(kind, { ...keeping, doorLayers: [layer] }, async (world) => {
      const client = world.request({ target: BROKEN, framing: CHUNKED });
      const side = await world.asked();
      client.send("kept");
      await until(() => side.got.body === "kept", "the body flows");
      expect(world.exchanges.bodies.held).toBe(4 + BLOCK_COST);
      if (how === "leaves") client.leave();
      else if (how === "breaks") side.inform(103, "Early Hints", []);
      else side.head(200, "OK", [], CHUNKED);
      await until(() => world.exchanges.bodies.held === 0, "the body is let go of");
      side.finish();
      client.finish();
    });
  });

  test("bodies past the budget of all are not kept, and pass all the same", async () => {
    await inWorld(kind, keeping, async (world) => {
      const clients = Array.from({ length: 6 }, () => world.request({ framing: CHUNKED }));
      const { bodies } = world.exchanges;
      const sides: PlayedSide[] = [];
      for (const client of clients) {
        for (let i = 0; i < 4; i++) client.send("x".repeat(60 * 1024));
        client.finish();
        sides.push(await world.asked());
        expect(bodies.held).toBeLessThanOrEqual(bodies.limit);
      }
      for (const side of sides) {
        await until(() => side.got.whole, "the body is whole");
        expect(side.got.body).toHaveLength(240 * 1024);
      }
      expect(bodies.refused).toBeGreaterThan(0);
      expect(bodies.held).toBeLessThanOrEqual(bodies.limit);
      for (const side of sides) {
        side.head(200, "OK", [], 0);
        side.finish();
      }
      for (const client of clients) await until(() => client.got.whole, "the answer is whole");
    });
  });
}
