import { afterEach, expect, test } from "vitest";
import { Deadlines } from "../../src/domain/deadlines.ts";
import type { LaneListener, LaneRequest } from "../../src/lanes/contract.ts";
import { laneKind } from "../../src/lanes/index.ts";
import { FrameClient, frame, headers, setting, settings, TYPE, uint32 } from "../conformance/http2/frames.ts";
import { until } from "../e2e/until.ts";

const MIB = 1024 * 1024;
const closers: (() => void)[] = [];

afterEach(() => {
  for (const close of closers.splice(0)) close();
});

/** Ends its answer once all of it is taken. */
function answerThenEnd(request: LaneRequest): LaneListener {
  const nothing = () => {};
  queueMicrotask(() => {
    request.respond(200, "OK", ["content-length", String(MIB)], MIB, false);
    if (request.write(Buffer.alloc(MIB))) request.end(undefined);
  });
  return {
    onDrain: () => request.end(undefined),
    ...{ onBody: nothing, onBodyEnd: nothing, onBodyStall: nothing, onClientEnd: nothing },
    ...{ onAbort: nothing, onDone: nothing },
  };
}

test("an answer that ends behind its last byte is ended, not reset, for a client of HTTP/2 that takes much at once", async () => {
  const lane = laneKind("auto").create({
    handler: answerThenEnd,
    deadlines: new Deadlines(),
    refusal: () => ({ status: 400, reason: "No", headers: [], body: "" }),
    ...{ maxHeaderBytes: 16 * 1024, maxConnections: 0, headersMs: 0, idleMs: 60_000 },
    ...{ bodyIdleMs: 0, streamIdleMs: 0, http2: { maxStreams: 128, hex: () => "00".repeat(16) } },
  });
  closers.push(() => lane.close());
  const { port } = await lane.listen({ host: "127.0.0.1", port: 0 }, false);
  const client = await FrameClient.connect(port, settings(setting(4, 131_072)));
  closers.push(() => client.close());
  client.send(frame(TYPE.WINDOW_UPDATE, 0, 0, uint32(8 * MIB)), headers(1));
  for (let sent = 131_072; sent <= MIB; sent += 65_536) {
    await until(
      () => client.heard.data.get(1) ?? 0,
      (bytes) => bytes >= sent,
    );
    // Nothing is left of the window where the body ends: the end waits for more, as clients give it later.
    if (sent === MIB) await new Promise((later) => setTimeout(later, 100));
    client.send(frame(TYPE.WINDOW_UPDATE, 0, 1, uint32(65_536)));
  }
  await until(() => client.heard.ended.has(1) || client.heard.resets.has(1), Boolean);
  expect(client.heard.data.get(1)).toBe(MIB);
  expect([...client.heard.resets]).toEqual([]);
});
