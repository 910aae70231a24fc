import { expect, test } from "vitest";
import type { Clock } from "../../src/domain/clock.ts";
import { Deadlines } from "../../src/domain/deadlines.ts";
import type { WebSocketApi } from "../../src/domain/websocket-api.ts";
import type { AnsweredMessage, AskedMessage, ClientBytes, Opening } from "../../src/websockets/contract.ts";
import { SocketHub } from "../../src/websockets/hub.ts";
import { until } from "../e2e/until.ts";

const route = (id: string) => ({ route: id, respond: false });
const apiOf = (id: string, limits: Partial<WebSocketApi["limits"]> = {}): WebSocketApi => ({
  ...{ id, path: `/${id}`, host: undefined, select: "$request.body.action", binary: false },
  routes: { $default: route(`${id}.default`), $disconnect: route(`${id}.disconnect`) },
  ...{ subprotocols: [], callers: [], names: { api: id, stage: id } },
  limits: {
    ...{ idleMs: 600_000, lifetimeMs: 7_200_000, messageBytes: 131_072, frameBytes: 32_768 },
    ...{ connections: 10_000, messageRate: 100, concurrency: 1, bufferBytes: 1_048_576, tags: 32 },
    ...limits,
  },
});

/** A client's text frame, masked with zeros. */
const said = (text: string) => {
  const payload = Buffer.from(text);
  return Buffer.concat([Buffer.from([0x81, 0x80 | payload.length, 0, 0, 0, 0]), payload]);
};

class World {
  now = 1_000_000_000;
  readonly asked: AskedMessage[] = [];
  readonly heard: Buffer[] = [];
  /** Sides that do not answer. */
  readonly hung = new Set<string>();
  /** What asks these breaks. */
  readonly broken = new Set<string>();
  readonly hub: SocketHub;
  private ids = 0;

  constructor(...apis: readonly WebSocketApi[]) {
    const clock: Clock = {
      now: () => this.now,
      micros: () => this.now * 1000,
      hex: (bytes) => (++this.ids).toString(16).padStart(bytes * 2, "0"),
    };
    this.hub = new SocketHub({
      ...{ clock, deadlines: new Deadlines(), fix: () => new Map() },
      ask: (message) => this.ask(message),
    });
    this.hub.use(apis);
  }

  begin(api: string): Opening {
    const asking = { requestId: "1", address: "127.0.0.1", host: "a", headers: [], query: "" };
    return this.hub.begin(api, { ...asking, authorizer: undefined }) as Opening;
  }

  open(opening: Opening): ClientBytes {
    const wire = { more: () => {}, finish: () => {}, breakOff: () => {} };
    const send = (bytes: Uint8Array) => this.heard.push(Buffer.from(bytes)) > 0;
    return opening.open({ ...wire, send }, undefined);
  }

  ended(api: string): number {
    return this.asked.filter((asked) => asked.api === api && asked.type === "DISCONNECT").length;
  }

  private ask(message: AskedMessage): Promise<AnsweredMessage> {
    this.asked.push(message);
    if (this.broken.has(message.route)) return Promise.reject(new Error("a fault of ours"));
    return this.hung.has(message.route)
      ? new Promise(() => {})
      : Promise.resolve({ status: 200, body: new Uint8Array(0) });
  }
}

test("ends that a hung side does not take wait up to a bound, are counted beyond it, and hold up no other API's", async () => {
  const world = new World(apiOf("hung", { connections: 50 }), apiOf("well"));
  world.hung.add("hung.disconnect");
  for (let round = 0; round < 4; round++) {
    for (let i = 0; i < 50; i++) world.open(world.begin("hung")).gone();
    await until(
      () => world.hub.open().hung,
      (open) => open === 0,
    );
  }
  world.open(world.begin("well")).gone();
  await until(
    () => world.ended("well"),
    (ended) => ended === 1,
  );
  await until(
    () => world.hub.counts.counted["error\thung\tdisconnect"],
    (dropped) => dropped === 50,
  );
  expect(world.ended("hung")).toBe(100);
  expect(world.hub.pending).toBe(150);
});

test("a client whose API went while $connect was asked is let go with 1001", async () => {
  const world = new World(apiOf("chat"));
  const opening = world.begin("chat");
  world.hub.use([]);
  world.open(opening);
  await until(
    () => Buffer.concat(world.heard).toString("latin1"),
    (text) => text.includes("this API is no more"),
  );
  expect(Buffer.concat(world.heard).includes(Buffer.from([0x03, 0xe9]))).toBe(true);
});

test("a clock that is set back refuses nobody's messages", async () => {
  const world = new World(apiOf("chat", { messageRate: 5 }));
  const client = world.open(world.begin("chat"));
  client.bytes(said("one"));
  await until(
    () => world.asked.length,
    (asked) => asked === 1,
  );
  world.now -= 3_600_000;
  client.bytes(said("two"));
  await until(
    () => [world.asked.length, Buffer.concat(world.heard).toString("latin1")] as const,
    ([asked, heard]) => asked === 2 || heard.includes("Too Many"),
  );
  expect(world.asked.map(({ event }) => (JSON.parse(event) as { body: string }).body)).toEqual([
    "one",
    "two",
  ]);
});

test("what breaks over one message ends that message alone, also that of an end", async () => {
  const world = new World(apiOf("chat"));
  world.broken.add("chat.default").add("chat.disconnect");
  const client = world.open(world.begin("chat"));
  for (const text of ["one", "two"]) client.bytes(said(text));
  await until(
    () => Buffer.concat(world.heard).toString("latin1").split("Internal server error").length - 1,
    (failed) => failed === 2,
  );
  client.gone();
  await until(
    () => [world.ended("chat"), world.hub.pending],
    ([ended, pending]) => ended === 1 && pending === 0,
  );
});
