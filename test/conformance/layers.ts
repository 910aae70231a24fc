import { describe, expect, test } from "vitest";
import { CHUNKED, NO_BODY } from "../../src/domain/message.ts";
import { refuse } from "../../src/layers/answer.ts";
import type { ExchangeWorldOptions } from "../support/exchange-world.ts";
import { type LayerWorld, until } from "../support/layer-world.ts";
import { doorLayer, sideWitness, witness } from "../support/layers-under-test.ts";
import { fieldOf } from "../support/socket-messages.ts";

/** A way for requests to come and to be passed on. */
export interface WorldKind {
  readonly name: string;
  open(options: ExchangeWorldOptions): Promise<LayerWorld>;
}

/** Opens a world for one case; whatever happened in it, everything is given back at the end. */
export async function inWorld(
  kind: WorldKind,
  options: ExchangeWorldOptions,
  play: (world: LayerWorld) => Promise<void>,
): Promise<void> {
  const world = await kind.open(options);
  try {
    await play(world);
    await world.settled();
    expect(world.breaches).toEqual([]);
    expect(world.exchanges.bodies.held).toBe(0);
    expect(world.exchanges.budget.held).toBe(0);
  } finally {
    await world.close();
  }
}

const KIB_64 = "x".repeat(64 * 1024);
/** More than any buffers between here and there hold. */
const MOST_PIECES = 1024;

/** A request that passes: the world still works. */
export async function stillServes(world: LayerWorld): Promise<void> {
  const client = world.request();
  const side = await world.asked();
  side.head(200, "OK", [], 4);
  side.send("next");
  side.finish();
  await until(() => client.got.whole, "the next request is answered");
  expect(client.got).toMatchObject({ status: 200, body: "next" });
}

/** What every layer must do where it has nothing to do. */
export function layerConformance(kind: WorldKind, options: ExchangeWorldOptions): void {
  const passes = (
    name: string,
    play: (world: LayerWorld) => Promise<void>,
    changes: ExchangeWorldOptions = {},
  ) => test(name, () => inWorld(kind, { ...options, ...changes }, play));

  passes("a GET and its answer pass as they are", async (world) => {
    const client = world.request({
      target: "/orders/7?a=%41&a=b",
      headers: ["X-Case", "Kept", "x-case", "\u00e9"],
    });
    const side = await world.asked();
    await until(() => side.got.whole, "the request is whole");
    expect(side.got).toMatchObject({ method: "GET", target: "/v2/orders/7?a=%41&a=b", body: "" });
    expect(side.got.fields.slice(0, 6)).toEqual(["Host", "shop.test", "X-Case", "Kept", "x-case", "\u00e9"]);
    const fields = ["X-B", "2", "X-A", "1", "x-b", "\u00fc", "Set-Cookie", "a=1", "Set-Cookie", "b=2"];
    side.head(207, "Quite Odd", fields, 6);
    side.send("\u0000\u00ff\r\n\r\n");
    side.finish();
    await until(() => client.got.whole, "the answer is whole");
    expect(client.got).toMatchObject({
      status: 207,
      reason: "Quite Odd",
      body: "\u0000\u00ff\r\n\r\n",
      informs: [],
    });
    expect(client.got.fields.slice(0, 12)).toEqual([...fields, "Content-Length", "6"]);
    await stillServes(world);
  });

  passes("a body in chunks passes with its trailers", async (world) => {
    const client = world.request({
      method: "POST",
      framing: CHUNKED,
      headers: ["TE", "trailers", "Trailer", "X-Sum"],
    });
    const side = await world.asked();
    client.send("one ");
    await until(() => side.got.body === "one ", "the first chunk came while the rest is out");
    expect(side.got.whole).toBe(false);
    client.send("two");
    client.finish(["X-Sum", "7"]);
    await until(() => side.got.whole, "the body is whole");
    expect(side.got).toMatchObject({ body: "one two", trailers: ["X-Sum", "7"] });
    side.head(201, "Created", [], 0);
    side.finish();
    await until(() => client.got.whole, "the answer is whole");
    expect(client.got.status).toBe(201);
  });

  passes("a body of known length passes, all of it there before the side is", async (world) => {
    const client = world.request({ method: "PUT", framing: 6 });
    client.send("abc");
    client.send("def");
    client.finish();
    const side = await world.asked();
    await until(() => side.got.whole, "the body is whole");
    expect(side.got.body).toBe("abcdef");
    expect(fieldOf(side.got.fields, "content-length")).toBe("6");
    side.head(200, "OK", [], 0);
    side.finish();
    await until(() => client.got.whole, "the answer is whole");
    await stillServes(world);
  });

  passes("an answer in chunks passes as it comes, with its trailers", async (world) => {
    const client = world.request();
    const side = await world.asked();
    side.head(200, "OK", ["Trailer", "X-Sum"], CHUNKED);
    await until(() => client.got.status === 200, "the head came alone");
    side.send("one ");
    await until(() => client.got.body === "one ", "the first chunk came while the rest is out");
    expect(client.got.whole).toBe(false);
    side.send("two");
    side.finish(["X-Sum", "7"]);
    await until(() => client.got.whole, "the answer is whole");
    expect(client.got).toMatchObject({ body: "one two", trailers: ["X-Sum", "7"] });
  });

  passes("103 passes, and 100 where it is expected", async (world) => {
    const plain = world.request();
    const first = await world.asked();
    first.inform(100, "Continue", []);
    first.inform(103, "Early Hints", ["Link", "</a>"]);
    await until(() => plain.got.informs.length > 0, "the hint came before the answer");
    first.head(200, "OK", [], 0);
    first.finish();
    await until(() => plain.got.whole, "the answer is whole");
    expect(plain.got).toMatchObject({ informs: [103], status: 200 });

    const expecting = world.request({ method: "POST", framing: 2, expect: true });
    const second = await world.asked();
    expect(second.got.body).toBe("");
    second.inform(100, "Continue", []);
    await until(() => expecting.got.informs.includes(100), "100 came");
    expecting.send("ok");
    expecting.finish();
    await until(() => second.got.whole, "the body is whole");
    second.head(200, "OK", [], 0);
    second.finish();
    await until(() => expecting.got.whole, "the answer is whole");
    expect(expecting.got.informs).toEqual([100]);
  });

  passes("a tunnel carries bytes both ways, and each half closes by itself", async (world) => {
    for (const clientFirst of [true, false]) {
      const client = world.request({ upgrade: true });
      const side = await world.asked();
      side.upgrade(["Upgrade", "echo", "X-Kept", "1"]);
      await until(() => client.got.status === 101, "the tunnel is open");
      expect(fieldOf(client.got.fields, "x-kept")).toBe("1");
      client.send("ping");
      await until(() => side.got.body === "ping", "the side got it");
      side.send("pong");
      await until(() => client.got.body === "pong", "the client got it");
      const [first, second] = clientFirst ? ([client, side] as const) : ([side, client] as const);
      first.finish();
      await until(() => second.got.whole, "the other end heard of the half's end");
      second.send(" still");
      await until(() => first.got.body.endsWith(" still"), "the other half goes on");
      second.finish();
      await until(() => first.got.whole, "the tunnel is over");
    }
  });

  passes("a side that refuses an upgrade answers as usual", async (world) => {
    const client = world.request({ upgrade: true });
    const side = await world.asked();
    side.head(403, "Forbidden", [], 2);
    side.send("no");
    side.finish();
    await until(() => client.got.whole, "the answer is whole");
    expect(client.got).toMatchObject({ status: 403, body: "no" });
  });

  passes("a client that does not read pauses the side, and gets everything once it reads", async (world) => {
    const client = world.request();
    const side = await world.asked();
    client.stop();
    side.head(200, "OK", [], CHUNKED);
    await until(() => world.calls.length > 0, "there is a call");
    let pieces = 0;
    for (; !world.call.paused && pieces < MOST_PIECES; pieces++) {
      side.send(KIB_64);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(world.call.paused).toBe(true);
    side.send("end");
    side.finish();
    client.read();
    await until(() => client.bytes >= pieces * KIB_64.length + 3, "all bytes came");
    await until(() => client.got.whole, "the answer is whole");
    expect(client.got.body).toHaveLength(pieces * KIB_64.length + 3);
  });

  passes(
    "a side that does not take the body pauses the client, and gets everything once it does",
    async (world) => {
      const client = world.request({ method: "POST", framing: CHUNKED });
      const side = await world.asked();
      client.send("begin");
      await until(() => side.got.body === "begin", "the body flows");
      side.stop();
      let pieces = 0;
      for (; !world.lane.paused && pieces < MOST_PIECES; pieces++) {
        client.send(KIB_64);
        await new Promise((resolve) => setImmediate(resolve));
      }
      expect(world.lane.paused).toBe(true);
      client.finish();
      side.read();
      await until(() => side.bytes >= pieces * KIB_64.length + 5, "all bytes came");
      await until(() => side.got.whole, "the body is whole");
      expect(side.got.body).toHaveLength(pieces * KIB_64.length + 5);
      side.head(200, "OK", [], 0);
      side.finish();
      await until(() => client.got.whole, "the answer is whole");
    },
  );

  passes("an answer that comes before the body is in passes at once", async (world) => {
    const client = world.request({ method: "POST", framing: CHUNKED });
    const side = await world.asked();
    client.send("some");
    await until(() => side.got.body === "some", "the body flows");
    side.head(413, "Too Much", [], 2);
    side.send("no");
    side.finish();
    await until(() => client.got.whole, "the answer is whole");
    expect(client.got).toMatchObject({ status: 413, body: "no" });
    client.send("more");
    client.finish();
    await stillServes(world);
  });

  passes("a body that goes on after the answer began reaches the side whole", async (world) => {
    const client = world.request({ method: "POST", framing: CHUNKED });
    const side = await world.asked();
    side.head(200, "OK", [], CHUNKED);
    side.send("so far");
    await until(() => client.got.body === "so far", "the answer began");
    client.send("all of it");
    client.finish();
    await until(() => side.got.whole, "the body is whole");
    expect(side.got.body).toBe("all of it");
    side.finish();
    await until(() => client.got.whole, "the answer is whole");
  });

  for (const begun of [false, true]) {
    const when = begun ? "in the middle of its answer" : "before its answer";
    const heard: string[] = [];
    passes(
      `a client that leaves ${when} ends the call, and every layer hears of it`,
      async (world) => {
        const client = world.request();
        const side = await world.asked();
        if (begun) {
          side.head(200, "OK", [], 100);
          side.send("begun");
          await until(() => client.got.body === "begun", "the answer began");
        }
        client.leave();
        await until(() => side.gone, "the side is given up");
        await world.settled();
        expect(world.call.aborted).toBe(true);
        expect(heard.filter((what) => what.endsWith(".abort"))).toEqual(["outer.abort", "inner.abort"]);
        expect(world.exchanges.records.at(-1)).toMatchObject({ error: "client_left" });
        await stillServes(world);
      },
      {
        doorLayers: [witness("outer", heard), ...(options.doorLayers ?? [])],
        sideLayers: [...(options.sideLayers ?? []), sideWitness("inner", heard)],
      },
    );
  }

  passes("a client that leaves in the middle of its body ends the call", async (world) => {
    const client = world.request({ method: "POST", framing: CHUNKED });
    const side = await world.asked();
    client.send("some");
    await until(() => side.got.body === "some", "the body flows");
    client.leave();
    await until(() => side.gone, "the side is given up");
    expect(world.call.aborted).toBe(true);
  });

  passes("a side that breaks before its answer is 502", async (world) => {
    // Legacy would answer a safe one, where there is a fallback.
    const client = world.request({ method: "POST", framing: 2 });
    client.send("ok");
    client.finish();
    const side = await world.asked();
    await until(() => side.got.whole, "the body is whole");
    side.fail();
    await until(() => client.got.whole, "the answer is whole");
    expect(client.got.status).toBe(502);
    expect(JSON.parse(client.got.body)).toMatchObject({ error: { code: "upstream_reset" } });
    await world.settled();
    expect(world.exchanges.counts().modern).toMatchObject({ requests: 1, errors: 1 });
    await stillServes(world);
  });

  passes("a side that breaks in its answer breaks the client's connection", async (world) => {
    for (const framing of [100, CHUNKED]) {
      const client = world.request();
      const side = await world.asked();
      side.head(200, "OK", [], framing);
      side.send("begun");
      await until(() => client.got.body === "begun", "the answer began");
      side.fail();
      await until(() => client.closed, "the connection breaks");
      expect(client.got).toMatchObject({ whole: false, body: "begun" });
    }
    await stillServes(world);
  });

  passes("HEAD, 204 and 304 have no body, whatever their fields say", async (world) => {
    for (const [method, status, framing] of [
      ["HEAD", 200, 5],
      ["GET", 204, NO_BODY],
      ["GET", 304, 5],
    ] as const) {
      const client = world.request({ method });
      const side = await world.asked();
      side.head(status, "As It Is", [], framing);
      side.finish();
      await until(() => client.got.whole, "the answer is whole");
      await world.settled();
      expect(client.got).toMatchObject({ status, body: "" });
      expect(fieldOf(client.got.fields, "content-length")).toBe(framing === 5 ? "5" : undefined);
    }
  });

  for (const framing of [NO_BODY, 4, CHUNKED]) {
    const refusing = doorLayer("refusing", (below, request, listener) =>
      request.decision.head.target === "/orders/no"
        ? refuse(request, listener, "body_too_large")
        : below(request, listener),
    );
    passes(
      `an answer of a layer's own is no side's (request framing ${framing})`,
      async (world) => {
        const client = world.request({
          target: "/orders/no",
          method: framing === NO_BODY ? "GET" : "POST",
          framing,
        });
        await until(() => client.got.whole, "the answer is whole");
        expect(client.got.status).toBe(413);
        expect(JSON.parse(client.got.body)).toMatchObject({ error: { code: "body_too_large" } });
        if (framing !== NO_BODY) {
          client.send("late");
          client.finish();
          await until(() => client.closed, "the connection is not used again");
        }
        await world.settled();
        expect(world.unasked).toBe(0);
        expect(world.exchanges.refusals).toEqual(["body_too_large"]);
        const { legacy, modern } = world.exchanges.counts();
        expect([legacy.requests, modern.requests]).toEqual([0, 0]);
        expect(world.exchanges.records).toMatchObject([
          { side: "none", status: 413, error: "body_too_large" },
        ]);
        await stillServes(world);
      },
      { doorLayers: [...(options.doorLayers ?? []), refusing] },
    );
  }
}

/** What holds for any list of layers. */
export function orderConformance(kind: WorldKind): void {
  describe("several layers", () => {
    test("stand in the order of their list, the first outermost, before those of the side", async () => {
      const heard: string[] = [];
      const doorLayers = ["a", "b", "c"].map((name) => witness(name, heard));
      const sideLayers = ["d", "e"].map((name) => sideWitness(name, heard));
      await inWorld(kind, { doorLayers, sideLayers }, stillServes);
      const ways = (what: string) =>
        heard
          .filter((each) => each.endsWith(what))
          .map(([name]) => name)
          .join("");
      expect(ways(".open")).toBe("abcde");
      expect(ways(".end")).toBe("abcde");
      expect(ways(".onHead")).toBe("edcba");
    });
  });
}
