import { afterEach, expect, test } from "vitest";
import { Deadlines } from "../../src/domain/deadlines.ts";
import type { LaneListener, LaneRequest } from "../../src/lanes/contract.ts";
import { laneKind } from "../../src/lanes/index.ts";
import { countedRests } from "../../src/wire/read-gate.ts";
import {
  END_HEADERS,
  END_STREAM,
  FrameClient,
  frame,
  headers,
  POST,
  TYPE,
} from "../conformance/http2/frames.ts";

const BYTES = 20_000;
const closers: (() => void)[] = [];

afterEach(() => {
  for (const close of closers.splice(0)) close();
});

test("a body in HTTP/2 frames of one byte is handed on joined, and its connection rests", async () => {
  let calls = 0;
  let body = "";
  const nothing = () => {};
  const handler = (request: LaneRequest): LaneListener => {
    request.resume();
    return {
      onBody: (chunk) => {
        calls++;
        body += Buffer.from(chunk).toString("latin1");
      },
      onBodyEnd: () => {
        request.respond(200, "OK", ["content-length", "0"], 0, false);
        request.end(undefined);
      },
      ...{ onDrain: nothing, onBodyStall: nothing, onClientEnd: nothing, onAbort: nothing, onDone: nothing },
    };
  };
  const lane = laneKind("auto").create({
    handler,
    deadlines: new Deadlines(),
    refusal: () => ({ status: 400, reason: "No", headers: ["content-length", "2"], body: "no" }),
    ...{ maxHeaderBytes: 16 * 1024, maxConnections: 0, headersMs: 0, idleMs: 60_000, bodyIdleMs: 0 },
    ...{ http2: { maxStreams: 128, hex: () => "00".repeat(16) }, streamIdleMs: 0 },
  });
  closers.push(() => lane.close());
  const bound = await lane.listen({ host: "127.0.0.1", port: 0 }, false);
  const client = await FrameClient.connect("port" in bound ? bound.port : 0);
  closers.push(() => client.close());
  const rests = countedRests();
  const sent = Array.from({ length: BYTES }, (_, at) => String(at % 10));
  client.send(
    headers(1, POST, END_HEADERS),
    ...sent.map((digit, at) => frame(TYPE.DATA, at === BYTES - 1 ? END_STREAM : 0, 1, Buffer.from(digit))),
  );
  await expect.poll(() => client.heard.answered.get(1), { timeout: 10_000 }).toBe(0x88);
  expect(body).toBe(sent.join(""));
  expect(calls).toBeLessThan(BYTES / 20);
  expect(countedRests() - rests).toBeGreaterThanOrEqual(2);
});
