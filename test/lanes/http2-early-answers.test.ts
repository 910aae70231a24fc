import { afterEach, describe, expect, test } from "vitest";
import { Deadlines } from "../../src/domain/deadlines.ts";
import type { LaneListener, LaneRequest } from "../../src/lanes/contract.ts";
import { laneKind } from "../../src/lanes/index.ts";
import {
  END_HEADERS,
  FrameClient,
  frame,
  headers,
  POST,
  setting,
  settings,
  TYPE,
} from "../conformance/http2/frames.ts";
import { until } from "../e2e/until.ts";

const REFUSAL = "no\n";
const EARLY = "early\n";
/** Streams at once: less than a connection may have. */
const AT_ONCE = 100;
const ROUNDS = 20;
const closers: (() => void)[] = [];

afterEach(() => {
  for (const close of closers.splice(0)) close();
});

function answer(request: LaneRequest, hasBody: boolean): void {
  request.respond(
    503,
    "No",
    ["content-length", hasBody ? `${EARLY.length}` : "0"],
    hasBody ? EARLY.length : 0,
    false,
  );
  if (hasBody) request.write(Buffer.from(EARLY));
  request.end(undefined);
}

/** Asks for nothing of the body, and answers at the time and with the body that the path says. */
function answerEarly(request: LaneRequest): LaneListener {
  const nothing = () => {};
  const { target } = request.head;
  const hasBody = !target.includes("empty");
  if (target.includes("later")) setImmediate(() => answer(request, hasBody));
  else if (target.includes("soon")) queueMicrotask(() => answer(request, hasBody));
  else answer(request, hasBody);
  return {
    ...{ onBody: nothing, onBodyEnd: nothing, onBodyStall: nothing, onClientEnd: nothing },
    ...{ onAbort: nothing, onDone: nothing, onDrain: nothing },
  };
}

async function connect(window = 65_535, deadlines = new Deadlines()): Promise<FrameClient> {
  const lane = laneKind("auto").create({
    handler: answerEarly,
    deadlines,
    refusal: (code) => ({
      status: code === "headers_too_large" ? 431 : 417,
      reason: "No",
      headers: ["content-length", String(REFUSAL.length)],
      body: REFUSAL,
    }),
    ...{ maxHeaderBytes: 1024, maxConnections: 0, headersMs: 0, idleMs: 60_000 },
    ...{ bodyIdleMs: 0, streamIdleMs: 0, http2: { maxStreams: 128, hex: () => "00".repeat(16) } },
  });
  closers.push(() => lane.close());
  const { port } = await lane.listen({ host: "127.0.0.1", port: 0 }, false);
  const client = await FrameClient.connect(port, settings(setting(4, window)));
  closers.push(() => client.close());
  return client;
}

const as = (method: string, path = "/now") =>
  POST.map(([name, value]) => [name, { ":method": method, ":path": path }[name] ?? value] as const);
const LARGE = ["x-large", "a".repeat(1100)] as const;
const EXPECTS = ["expect", "wonders"] as const;

describe("an answer over HTTP/2 to a request whose body is still coming arrives whole", () => {
  test.each([
    ["of the exchange", as("POST"), EARLY],
    ["of the exchange, soon", as("POST", "/soon"), EARLY],
    ["of the exchange, later", as("POST", "/later"), EARLY],
    ["of the exchange, empty", as("POST", "/empty"), ""],
    ["of the exchange, empty and soon", as("POST", "/empty/soon"), ""],
    ["of the exchange, empty and later", as("POST", "/empty/later"), ""],
    ["417", [...as("POST"), EXPECTS], REFUSAL],
    ["431", [...as("POST"), LARGE], REFUSAL],
    ["431 to HEAD", [...as("HEAD"), LARGE], ""],
    ["of the exchange, as large as the window", as("POST"), EARLY, EARLY.length],
    ["417, as large as the window", [...as("POST"), EXPECTS], REFUSAL, REFUSAL.length],
    ["431, as large as the window", [...as("POST"), LARGE], REFUSAL, REFUSAL.length],
  ])("%s", { timeout: 60_000 }, async (_what, fields, body, window = 65_535) => {
    const client = await connect(window);
    for (let round = 0; round < ROUNDS; round++) {
      const streams = Array.from({ length: AT_ONCE }, (_, i) => 2 * (round * AT_ONCE + i) + 1);
      const sent = streams.flatMap((stream) => [
        headers(stream, fields, END_HEADERS),
        frame(TYPE.DATA, 0, stream, Buffer.alloc(10)),
      ]);
      client.send(...sent);
      const { ended, resets } = client.heard;
      await until(() => streams.every((stream) => ended.has(stream) || resets.has(stream)), Boolean);
      // The next streams need the room of these.
      client.send(...streams.map((stream) => frame(TYPE.DATA, 1, stream)));
    }
    const { ended, data, goaway, resets } = client.heard;
    expect(ended.size).toBe(ROUNDS * AT_ONCE);
    const whole = [...ended].filter((stream) => (data.get(stream) ?? 0) === body.length);
    expect(whole.length).toBe(ROUNDS * AT_ONCE);
    // A client that hears one before it has read the answer throws that away.
    expect(resets.size).toBe(0);
    expect(goaway).toBe(undefined);
  });

  test("and its stream ends a second later if the body does not", async () => {
    const deadlines = new Deadlines();
    const client = await connect(undefined, deadlines);
    client.send(headers(1, [...as("POST"), EXPECTS], END_HEADERS));
    client.send(headers(3, as("POST"), END_HEADERS));
    await until(
      () => client.heard.ended.size,
      (count) => count === 2,
    );
    expect(client.heard.resets.size).toBe(0);
    await until(
      () => {
        deadlines.sweep(deadlines.now + 100);
        return client.heard.resets.size;
      },
      (count) => count === 2,
    );
    expect(deadlines.now).toBeGreaterThan(900);
    expect([...client.heard.resets.values()]).toEqual(["NO_ERROR", "NO_ERROR"]);
  });
});
