import { expect, test } from "vitest";
import { CHUNKED } from "../../src/domain/message.ts";
import { ExchangeWorld } from "../support/exchange-world.ts";

const STREAM = ["content-type", "text/event-stream"];

test("an answer goes to a client that has ended its side", () => {
  const world = new ExchangeWorld();
  const lane = world.request();
  lane.listener.onClientEnd();
  world.legacy.last.listener.onHead(200, "OK", [], 2);
  world.legacy.last.listener.onData(Buffer.from("ok"));
  world.legacy.last.listener.onEnd(undefined);
  lane.flush();
  expect(lane).toMatchObject({ status: 200, body: "ok", ended: true, aborted: false });
  expect(world.counts().legacy).toMatchObject({ requests: 1, aborted: 0 });
});

test("a client that has ended its side is gone when nothing was written in time", () => {
  const world = new ExchangeWorld({ settings: { halfClosedMs: 500 } });
  const lane = world.request();
  lane.listener.onClientEnd();
  world.deadlines.sweep(499);
  expect(world.legacy.last.aborted).toBe(false);
  world.deadlines.sweep(501);
  expect(world.legacy.last.aborted).toBe(true);
  expect(lane.aborted).toBe(true);
  expect(world.counts().legacy).toMatchObject({ requests: 0, aborted: 1 });
  expect(world.context.halfClosed.cancelled).toBe(1);
});

test("a client that has ended its side and was written to since is there", () => {
  const world = new ExchangeWorld({ settings: { halfClosedMs: 500 } });
  const lane = world.request();
  lane.listener.onClientEnd();
  world.legacy.last.listener.onHead(200, "OK", [], CHUNKED);
  world.deadlines.sweep(100_000);
  expect(lane.aborted).toBe(false);
  expect(world.context.halfClosed.cancelled).toBe(0);
});

test("one whose answer waits for the client is the client's own clock's", () => {
  const world = new ExchangeWorld({ settings: { halfClosedMs: 500 } });
  const lane = world.request();
  lane.writable = false;
  world.legacy.last.listener.onHead(200, "OK", [], CHUNKED);
  world.legacy.last.listener.onData(Buffer.from("much"));
  lane.listener.onClientEnd();
  world.deadlines.sweep(100_000);
  expect(lane.aborted).toBe(false);
});

test("a request that is over leaves no clock behind", () => {
  const world = new ExchangeWorld({ settings: { halfClosedMs: 500 } });
  const lane = world.request();
  lane.listener.onClientEnd();
  world.legacy.last.listener.onHead(204, "No Content", [], 0);
  world.legacy.last.listener.onEnd(undefined);
  lane.flush();
  world.deadlines.sweep(501);
  expect(world.context.halfClosed.cancelled).toBe(0);
});

test.each([true, false])(
  "an event stream ends at once when its client ends its side (before its head: %s)",
  (before) => {
    const world = new ExchangeWorld();
    const lane = world.request();
    const call = world.legacy.last;
    if (before) lane.listener.onClientEnd();
    call.listener.onHead(200, "OK", STREAM, CHUNKED);
    expect(call.aborted).toBe(before);
    if (!before) lane.listener.onClientEnd();
    expect(call.aborted).toBe(true);
    expect(lane.aborted).toBe(true);
    expect(world.context.halfClosed.cancelled).toBe(0);
  },
);

test("`clientHalfClose: cancel` takes every client that ends its side for gone", () => {
  const world = new ExchangeWorld({ settings: { halfClosedMs: 0 } });
  const lane = world.request();
  lane.listener.onClientEnd();
  expect(world.legacy.last.aborted).toBe(true);
  expect(lane.aborted).toBe(true);
});

test.each([
  "application/x-ndjson",
  "application/json-seq; charset=utf-8",
  "multipart/x-mixed-replace; boundary=x",
  "text/event-stream",
])("an answer of %s may be silent for long", (type) => {
  const world = new ExchangeWorld();
  world.request();
  world.legacy.last.listener.onHead(200, "OK", ["Content-Type", type], CHUNKED);
  expect(world.legacy.last.silent).toBe(true);
  world.request();
  world.legacy.last.listener.onHead(200, "OK", ["Content-Type", "application/json"], CHUNKED);
  expect(world.legacy.last.silent).toBe(false);
});
