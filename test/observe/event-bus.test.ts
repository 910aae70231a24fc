import { expect, test } from "vitest";
import type { FigEvent } from "../../src/observe/contract.ts";
import { createEventBus } from "../../src/observe/event-bus.ts";

const EVENT: FigEvent = { type: "shift", at: "2026-11-22T10:00:00.000Z", data: { revision: 1 } };

test("every listener hears every event in order until it unsubscribes", () => {
  const bus = createEventBus();
  const heard: [string, FigEvent][] = [];
  const stop = bus.subscribe((event) => heard.push(["a", event]));
  bus.subscribe((event) => heard.push(["b", event]));
  const next = { ...EVENT, type: "guard" as const };
  bus.publish(EVENT);
  stop();
  stop();
  bus.publish(next);
  expect(heard).toEqual([
    ["a", EVENT],
    ["b", EVENT],
    ["b", next],
  ]);
  expect(bus.listeners).toBe(1);
});

test("a listener that throws is dropped; the publisher and the others never notice", () => {
  const bus = createEventBus();
  let calls = 0;
  const heard: FigEvent[] = [];
  bus.subscribe(() => {
    calls++;
    throw new Error("broken");
  });
  bus.subscribe((event) => heard.push(event));
  bus.publish(EVENT);
  bus.publish(EVENT);
  expect([calls, heard.length, bus.listeners]).toEqual([1, 2, 1]);
});

test("the same function may subscribe twice and leaves once for each", () => {
  const bus = createEventBus();
  const listener = () => {};
  const stop = bus.subscribe(listener);
  bus.subscribe(listener);
  stop();
  expect(bus.listeners).toBe(1);
});

test("listeners are bounded", () => {
  const bus = createEventBus();
  for (let i = 0; i < 1_000; i++) bus.subscribe(() => {});
  expect(() => bus.subscribe(() => {})).toThrowError(
    expect.objectContaining({ code: "too_many_subscribers" }),
  );
});
