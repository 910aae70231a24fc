import { afterEach, describe, expect, test } from "vitest";
import { Deadlines } from "../../src/domain/deadlines.ts";
import { NO_BODY } from "../../src/domain/message.ts";
import type { Lane, LaneListener, LaneRequest } from "../../src/lanes/contract.ts";
import { laneKind } from "../../src/lanes/index.ts";
import {
  END_HEADERS,
  END_STREAM,
  FrameClient,
  frame,
  GET,
  headers,
  PADDED,
  POST,
  TYPE,
  uint32,
} from "../conformance/http2/frames.ts";
import { until } from "../e2e/until.ts";

const KIB = 1024;
const MIB = 1024 * KIB;
const closers: (() => void)[] = [];

afterEach(() => {
  for (const close of closers.splice(0)) close();
});

interface Served {
  readonly lane: Lane;
  readonly port: number;
  readonly bodyBytes: () => number;
}

/** Answers when the body has come, or, on /early, at once; /slow takes nothing of its body for half a second. */
async function serve(maxHeaderBytes = 16 * KIB): Promise<Served> {
  let bodyBytes = 0;
  const nothing = () => {};
  const handler = (request: LaneRequest): LaneListener => {
    const answer = () => {
      request.respond(200, "OK", ["content-length", "0"], 0, false);
      request.end(undefined);
    };
    const { target, framing } = request.head;
    if (target === "/early" || framing === NO_BODY) queueMicrotask(answer);
    else if (target === "/slow") setTimeout(() => request.resume(), 500);
    else request.resume();
    return {
      onBody: (chunk) => {
        bodyBytes += chunk.length;
      },
      onBodyEnd: answer,
      ...{ onDrain: nothing, onBodyStall: nothing, onClientEnd: nothing, onAbort: nothing, onDone: nothing },
    };
  };
  const deadlines = new Deadlines();
  const sweeps = setInterval(() => deadlines.tick(performance.now()), 20);
  const lane = laneKind("auto").create({
    handler,
    deadlines,
    refusal: (code) => ({
      status: code === "headers_too_large" ? 431 : 400,
      reason: "No",
      headers: ["content-length", "2"],
      body: "no",
    }),
    ...{ maxHeaderBytes, maxConnections: 0, headersMs: 0, idleMs: 60_000, bodyIdleMs: 0, streamIdleMs: 0 },
    ...{ http2: { maxStreams: 128, hex: () => "00".repeat(16) } },
  });
  closers.push(
    () => lane.close(),
    () => clearInterval(sweeps),
  );
  const { port } = await lane.listen({ host: "127.0.0.1", port: 0 }, false);
  return { lane, port, bodyBytes: () => bodyBytes };
}

async function client(port: number): Promise<FrameClient> {
  const made = await FrameClient.connect(port);
  closers.push(() => made.close());
  return made;
}

/** Sends what `next` makes until the connection ends or `limit` bytes are sent; the bytes that were taken. */
async function flood({ socket, heard }: FrameClient, limit: number, next: () => Buffer): Promise<number> {
  const state = { heard, closed: false };
  socket.once("close", () => {
    state.closed = true;
  });
  while (!state.closed && socket.bytesWritten < limit) {
    const block = Buffer.concat(Array.from({ length: 8 }, next));
    if (!socket.write(block)) {
      await new Promise<void>((go) => {
        socket.once("drain", go);
        socket.once("close", () => go());
      });
    }
  }
  return socket.bytesWritten;
}

const crumbs = Array.from({ length: 1400 }, () => ["cookie", "a"] as const);

describe("bytes of an HTTP/2 connection that belong to no request and no body", () => {
  test("heads of too many fields, which node:http2 refuses by itself, end their connection", async () => {
    const { lane, port } = await serve();
    const bad = await client(port);
    let stream = -1;
    const sent = await flood(bad, 150 * MIB, () => {
      stream += 2;
      return headers(stream, [...GET, ...crumbs]);
    });
    await until(() => bad.heard.closed, Boolean);
    expect(sent).toBeLessThan(64 * MIB);
    expect(bad.heard.answered.size).toBe(0);
    expect(lane.http2Limits.overhead_bytes).toBe(1);
  });

  test("frames that say nothing end it too", async () => {
    const { lane, port } = await serve();
    const bad = await client(port);
    bad.send(headers(1, POST, END_HEADERS));
    const empty = frame(TYPE.WINDOW_UPDATE, 0, 0, uint32(1));
    const many = Buffer.concat(Array.from({ length: 1000 }, () => empty));
    await flood(bad, 150 * MIB, () => many);
    await until(() => bad.heard.closed, Boolean);
    expect(lane.http2Limits.overhead_bytes).toBe(1);
  });

  test("a client with many requests and much body in small, padded frames goes on", async () => {
    const { lane, port, bodyBytes } = await serve();
    const good = await client(port);
    const piece = Buffer.concat([Buffer.from([255]), Buffer.alloc(KIB + 255)]);
    let stream = 1;
    for (let at = 0; at < 1000; at++, stream += 2) {
      good.send(headers(stream, [...POST, ["x-long", "v".repeat(4000)]], END_HEADERS));
      for (let left = 20; left > 0; left--)
        good.send(frame(TYPE.DATA, PADDED | (left === 1 ? END_STREAM : 0), stream, piece));
      good.send(frame(TYPE.WINDOW_UPDATE, 0, 0, uint32(1)));
      await until(
        () => good.heard.answered.size,
        (answered) => answered > at - 8,
      );
    }
    await until(
      () => good.heard.answered.size,
      (answered) => answered === 1000,
    );
    expect(bodyBytes()).toBe(1000 * 20 * KIB);
    expect(good.heard.goaway).toBeUndefined();
    expect(lane.http2Limits.overhead_bytes).toBeUndefined();
  });

  test("so does one whose bodies wait, or are left unread behind early answers", async () => {
    const { port, bodyBytes } = await serve();
    const good = await client(port);
    const slow = POST.map(([name, value]) => [name, name === ":path" ? "/slow" : value] as const);
    const early = POST.map(([name, value]) => [name, name === ":path" ? "/early" : value] as const);
    const window = Array.from({ length: 60 }, () => frame(TYPE.DATA, 0, 1, Buffer.alloc(KIB)));
    const moved = (stream: number, last: boolean) =>
      window.map((one, at) => {
        const copy = Buffer.from(one);
        copy.writeUInt32BE(stream, 5);
        if (last && at === window.length - 1) copy[4] = END_STREAM;
        return copy;
      });
    let stream = 1;
    for (let at = 0; at < 16; at++, stream += 2)
      good.send(headers(stream, slow, END_HEADERS), ...moved(stream, true));
    await until(
      () => good.heard.answered.size,
      (answered) => answered === 16,
    );
    expect(bodyBytes()).toBe(16 * 60 * KIB);
    for (let at = 0; at < 100; at++, stream += 2) {
      good.send(headers(stream, early, END_HEADERS), ...moved(stream, false));
      await until(
        () => good.heard.answered.size,
        (answered) => answered > 16 + at - 8,
      );
    }
    good.send(headers(stream));
    await until(() => good.heard.answered.get(stream), Boolean);
    // The looks that would end it have been.
    await new Promise((later) => setTimeout(later, 250));
    good.send(headers(stream + 2));
    await until(() => good.heard.answered.get(stream + 2), Boolean);
    expect(good.heard.goaway).toBeUndefined();
  });

  test("a head of ordinary fields beyond a small limit is answered", async () => {
    const { port } = await serve(KIB);
    const large = await client(port);
    const fields = Array.from({ length: 60 }, (_, at) => [`x-${at}`, "v".repeat(25)] as const);
    large.send(headers(1, [...GET, ...fields]));
    await until(() => large.heard.answered.size + large.heard.resets.size, Boolean);
    expect([...large.heard.answered.keys()]).toEqual([1]);
  });
});
