import { once } from "node:events";
import { createServer, get, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import request from "supertest";
import { afterEach, expect, test } from "vitest";
import { MAX_EVENTS_KEPT } from "../../src/admin/event-history.ts";
import {
  createEventStreams,
  MAX_COMPARISONS_A_SECOND,
  MAX_OPEN_STREAMS,
  MAX_STREAMS,
} from "../../src/admin/event-streams.ts";
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
const MISMATCH: FigEvent = { type: "comparison", at: AT, data: { outcome: "mismatch" } };
const COMPARISON: FigEvent = { type: "comparison", at: AT, data: { outcome: "match" } };

async function listen(url: string, headers: Readonly<Record<string, string>> = {}): Promise<IncomingMessage> {
  const asked = get(url, { agent: false, headers });
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
      lasts: () => request.url !== "/session" || time.micros < 1_000_000,
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
  await readUntil(response, (text) => /^retry: 3000\nid: \w+-0\n\n$/.test(text));
  fixture.events.publish(SHIFT);
  fixture.events.publish({ type: "health", at: AT, data: "a\nb" });
  const came = await readUntil(response, (text) => text.split("\n\n").length > 2);
  expect(came.replaceAll(/id: \w+-(\d)\n/g, "$1 ")).toBe(
    `1 event: shift\ndata: {"at":"${AT}","revision":4}\n\n2 event: health\ndata: {"at":"${AT}","data":"a\\nb"}\n\n`,
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
  expect(streams.unread).toBe(1);
  expect(slow.complete).toBe(false);
  expect(quick.destroyed).toBe(false);
});

test("comparisons past the bound of a second are counted, not sent", async () => {
  const { events, time, url } = await bareStreams();
  const response = await listen(url);
  const half = MAX_COMPARISONS_A_SECOND / 2;
  for (let i = 0; i < half + 7; i++) events.publish(COMPARISON);
  events.publish(SHIFT);
  for (let i = 0; i < half + 2; i++) events.publish(MISMATCH);
  time.micros = 1_000_000;
  events.publish(COMPARISON);
  const text = await readUntil(response, (soFar) => soFar.split("event: comparison").length > 2 * half + 1);
  // Matches do not crowd out mismatches.
  expect(text.match(/event: \w+|"mismatch"|"count":\d+/g)).toEqual([
    ...Array.from({ length: half }, () => "event: comparison"),
    "event: shift",
    ...Array.from({ length: half }, () => ["event: comparison", '"mismatch"']).flat(),
    "event: skipped",
    '"count":9',
    "event: comparison",
  ]);
});

function again(url: string, id: string): Promise<IncomingMessage> {
  return listen(url, { "last-event-id": id });
}

/** The id of the last event that a stream carried. */
function lastId(text: string): string {
  return (
    text
      .match(/id: (\S+)/g)
      ?.at(-1)
      ?.slice(4) ?? ""
  );
}

test("a reader that comes back gets what it missed; one that was away too long is told to read anew", async () => {
  const { events, url } = await bareStreams();
  const stays = await listen(url);
  const leaves = await listen(url);
  events.publish(SHIFT);
  const id = lastId(await readUntil(leaves, (text) => text.includes("revision")));
  leaves.destroy();
  for (let i = 0; i < 3; i++) events.publish({ ...SHIFT, data: { revision: 5 + i } });
  await readUntil(stays, (text) => text.includes('"revision":7'));
  const back = await readUntil(await again(url, id), (text) => text.includes('"revision":7'));
  expect(back.match(/"revision":\d/g)).toEqual(['"revision":5', '"revision":6', '"revision":7']);
  const nothing = await again(url, lastId(back));
  events.publish({ ...SHIFT, data: { revision: 8 } });
  expect((await readUntil(nothing, (text) => text.includes("event:"))).match(/event: \w+/g)).toEqual([
    "event: shift",
  ]);
  for (let i = 0; i < MAX_EVENTS_KEPT; i++) events.publish(SHIFT);
  for (const unknown of [id, "another-1", "x"]) {
    expect(await readUntil(await again(url, unknown), (text) => text.includes("event:"))).toContain(
      "event: refresh",
    );
  }
});

test("who has not logged in hears that something happened, not what a client sent", async () => {
  const { events, url } = await bareStreams();
  const [whole, reduced] = [await listen(url), await listen(`${url}/reduced`)];
  const data = {
    route: "a",
    path: "/users/ann",
    requestId: "r-1",
    outcome: "mismatch",
    mismatches: [{ path: "$.ann" }],
  };
  events.publish({ type: "comparison", at: AT, data });
  events.publish({ type: "shift", at: AT, data: { revision: 4, evidence: { windows: { a: "seen" } } } });
  const all = (text: string) => text.includes("revision");
  expect(await readUntil(whole, all)).toMatch(/\/users\/ann.*seen/s);
  const less = await readUntil(reduced, all);
  expect(less).toContain('"route":"a"');
  expect(less).not.toMatch(/ann|r-1|seen/);
});

test("streams are bounded, and the one too many is told so", async () => {
  const fixture = await startAdmin();
  const url = `${fixture.url}/api/v1/events`;
  for (let i = 0; i < MAX_STREAMS; i++) await listen(url);
  const { status, body } = await request(fixture.url).get("/api/v1/events");
  expect([status, body.error.code]).toEqual([503, "too_many_streams"]);
  expect(fixture.events.listeners).toBe(1);
});

test("readers who have not logged in leave streams to who has", async () => {
  const { streams, url } = await bareStreams();
  const opened = await Promise.all(Array.from({ length: MAX_OPEN_STREAMS }, () => listen(`${url}/reduced`)));
  expect(opened).toHaveLength(streams.count);
  const response = await listen(url);
  expect(response.statusCode).toBe(200);
  const refused = () =>
    streams.open({} as never, { whole: false, lasts: () => true, lastEventId: undefined });
  expect(refused).toThrow(`There are already ${MAX_OPEN_STREAMS} event streams of readers`);
});

test("a stream ends with its session: nothing that came after is in it", async () => {
  const { events, time, streams, url } = await bareStreams();
  const [session, other] = [await listen(`${url}/session`), await listen(url)];
  events.publish(SHIFT);
  await readUntil(session, (text) => text.includes('"revision":4'));
  time.micros = 1_000_000;
  events.publish({ ...SHIFT, data: { revision: 5 } });
  let rest = "";
  for await (const chunk of session) rest += chunk;
  expect(rest).toBe("");
  expect(await readUntil(other, (text) => text.includes('"revision":5'))).toContain('"revision":4');
  expect(streams.count).toBe(1);
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
