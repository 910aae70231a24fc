import { once } from "node:events";
import { createServer, get, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import request from "supertest";
import { afterEach, expect, test } from "vitest";
import { createEventStreams, MAX_COMPARISONS_A_SECOND, MAX_STREAMS } from "../../src/admin/event-streams.ts";
import type { FigEvent } from "../../src/observe/contract.ts";
import { createEventBus } from "../../src/observe/event-bus.ts";
import { closeAdmins, startAdmin } from "./admin-fixture.ts";

const closers: (() => void)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) close();
  await closeAdmins();
});

const AT = "2026-11-22T10:00:00.000Z";
const SHIFT: FigEvent = { type: "shift", at: AT, data: { revision: 4 } };
const COMPARISON: FigEvent = { type: "comparison", at: AT, data: { outcome: "match" } };

async function listen(url: string): Promise<IncomingMessage> {
  const asked = get(url, { agent: false });
  asked.on("error", () => {});
  closers.push(() => asked.destroy());
  const [response] = (await once(asked, "response")) as [IncomingMessage];
  response.setEncoding("utf8");
  response.on("error", () => {});
  return response;
}

/** Reads until what came satisfies `enough`. */
async function readUntil(response: IncomingMessage, enough: (text: string) => boolean): Promise<string> {
  let text = "";
  while (!enough(text)) {
    const chunk = response.read() as string | null;
    if (chunk !== null) text += chunk;
    else await once(response, "readable");
  }
  return text;
}

/** Streams behind a bare server, with a clock that the test moves. */
async function bareStreams(
  options: { readonly heartbeatMs?: number; readonly maxUnsentBytes?: number } = {},
) {
  const events = createEventBus();
  const time = { micros: 0 };
  const streams = createEventStreams({
    events,
    clock: { micros: () => time.micros, hex: () => "run" },
    ...options,
  });
  const server = createServer((request, response) =>
    streams.open(response, {
      whole: request.url !== "/reduced",
      lastEventId: request.headers["last-event-id"] as string | undefined,
    }),
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return { events, time, streams, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

test("a stream carries each event by its type, as JSON", async () => {
  const fixture = await startAdmin();
  const response = await listen(`${fixture.url}/api/v1/events`);
  expect(response.statusCode).toBe(200);
  expect(response.headers["content-type"]).toBe("text/event-stream; charset=utf-8");
  expect(response.headers["cache-control"]).toBe("no-store");
  await readUntil(response, (text) => text.endsWith("retry: 3000\n\n"));
  fixture.events.publish(SHIFT);
  fixture.events.publish({ type: "health", at: AT, data: "a\nb" });
  expect(await readUntil(response, (text) => text.split("\n\n").length > 2)).toBe(
    `event: shift\ndata: {"at":"${AT}","revision":4}\n\nevent: health\ndata: {"at":"${AT}","data":"a\\nb"}\n\n`,
  );
});

test("nobody listens to the bus before the first stream and after the last", async () => {
  const { events, streams, url } = await bareStreams();
  expect(events.listeners).toBe(0);
  const first = await listen(url);
  await listen(url);
  expect([events.listeners, streams.count]).toEqual([1, 2]);
  streams.close();
  expect([events.listeners, streams.count]).toEqual([0, 0]);
  events.publish(SHIFT);
  first.resume();
  await once(first, "end");
});

test("a client that leaves is forgotten", async () => {
  const { events, streams, url } = await bareStreams({ heartbeatMs: 5 });
  const response = await listen(url);
  response.destroy();
  while (streams.count > 0) await new Promise((resolve) => setImmediate(resolve));
  expect(events.listeners).toBe(0);
});

test("a comment comes while nothing else does", async () => {
  const { url } = await bareStreams({ heartbeatMs: 5 });
  const response = await listen(url);
  const text = await readUntil(response, (soFar) => soFar.split(":").length > 4);
  expect(text).toContain(": still here\n\n: still here\n\n");
});

test("a reader that does not read is disconnected, others are not", async () => {
  const { events, streams, url } = await bareStreams({ maxUnsentBytes: 64 * 1024 });
  const slow = await listen(url);
  const quick = await listen(url);
  slow.pause();
  quick.resume();
  const event: FigEvent = { type: "reload", at: AT, data: { files: "x".repeat(32 * 1024) } };
  while (streams.count > 1) {
    events.publish(event);
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(streams.count).toBe(1);
  events.publish(SHIFT);
  expect(slow.complete).toBe(false);
  expect(quick.destroyed).toBe(false);
});

test("comparisons past the bound of a second are counted, not sent", async () => {
  const { events, time, url } = await bareStreams();
  const response = await listen(url);
  for (let i = 0; i < MAX_COMPARISONS_A_SECOND + 7; i++) events.publish(COMPARISON);
  events.publish(SHIFT);
  time.micros = 1_000_000;
  events.publish(COMPARISON);
  const types = (
    await readUntil(response, (text) => text.split("event: comparison").length > MAX_COMPARISONS_A_SECOND + 1)
  ).match(/event: \w+/g);
  expect(types).toEqual([
    ...Array.from({ length: MAX_COMPARISONS_A_SECOND }, () => "event: comparison"),
    "event: shift",
    "event: skipped",
    "event: comparison",
  ]);
});

test("streams are bounded, and the one too many is told so", async () => {
  const fixture = await startAdmin();
  const url = `${fixture.url}/api/v1/events`;
  for (let i = 0; i < MAX_STREAMS; i++) await listen(url);
  const { status, body } = await request(fixture.url).get("/api/v1/events");
  expect([status, body.error.code]).toEqual([503, "too_many_streams"]);
  expect(fixture.events.listeners).toBe(1);
});

test("HEAD opens no stream", async () => {
  const fixture = await startAdmin();
  const { status, type } = await request(fixture.url).head("/api/v1/events");
  expect([status, type]).toEqual([200, "text/event-stream"]);
  expect(fixture.events.listeners).toBe(0);
});

test("closing the admin ends its streams at once", async () => {
  const fixture = await startAdmin();
  const response = await listen(`${fixture.url}/api/v1/events`);
  response.resume();
  const ended = once(response, "end");
  await fixture.admin.close(20_000);
  await ended;
  expect(response.complete).toBe(true);
});
