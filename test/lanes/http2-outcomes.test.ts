import { once } from "node:events";
import http2, { type ClientHttp2Session, type ClientHttp2Stream } from "node:http2";
import { afterEach, describe, expect, test } from "vitest";
import { Deadlines } from "../../src/domain/deadlines.ts";
import { CHUNKED } from "../../src/domain/message.ts";
import type { Lane, LaneListener, LaneRequest } from "../../src/lanes/contract.ts";
import { laneKind } from "../../src/lanes/index.ts";
import { until } from "../e2e/until.ts";

const closers: (() => void)[] = [];

afterEach(() => {
  for (const close of closers.splice(0)) close();
});

type Answer = (request: LaneRequest) => void;

/** A lane whose requests `answer` answers, a client of it, and what the exchange would have heard of each request's end. */
async function world(answer: Answer) {
  const heard: string[] = [];
  const nothing = () => {};
  const lane: Lane = laneKind("auto").create({
    handler: (request): LaneListener => {
      setImmediate(answer, request);
      return {
        ...{
          onDrain: nothing,
          onBody: nothing,
          onBodyEnd: nothing,
          onBodyStall: nothing,
          onClientEnd: nothing,
        },
        onAbort: (code) => void heard.push(code),
        onDone: () => void heard.push("done"),
      };
    },
    deadlines: new Deadlines(),
    refusal: () => ({ status: 400, reason: "No", headers: [], body: "" }),
    ...{ maxHeaderBytes: 16 * 1024, maxConnections: 0, headersMs: 0, idleMs: 60_000 },
    ...{ bodyIdleMs: 0, streamIdleMs: 0, http2: { maxStreams: 128, hex: () => "00".repeat(16) } },
  });
  closers.push(() => lane.close());
  const { port } = await lane.listen({ host: "127.0.0.1", port: 0 }, false);
  const client = http2.connect(`http://127.0.0.1:${port}`, { settings: { initialWindowSize: 1000 } });
  client.on("error", nothing);
  closers.push(() => client.destroy());
  return { client, heard, lane };
}

const said = (heard: readonly string[]) => until(() => heard.join(), Boolean);

function asked(client: ClientHttp2Session, body?: string): ClientHttp2Stream {
  const stream = client.request({ ":method": body === undefined ? "GET" : "POST", ":path": "/" });
  stream.on("error", () => {});
  stream.end(body);
  return stream;
}

const sized: Answer = (request) => {
  request.respond(200, "OK", ["content-length", "330"], 330, false);
  request.write(Buffer.alloc(330));
  request.end(undefined);
};
const chunked: Answer = (request) => {
  request.respond(200, "OK", [], CHUNKED, false);
  request.write(Buffer.alloc(330));
  request.end(["x-sum", "1"]);
};
const headOnly: Answer = (request) => {
  request.respond(204, "No Content", [], 0, false);
  request.end(undefined);
};
/** More than the client's window. */
const long: Answer = (request) => {
  request.respond(200, "OK", ["content-length", "5000"], 5000, false);
  request.write(Buffer.alloc(5000));
  request.end(undefined);
};
/** Its end does not come. */
const open: Answer = (request) => {
  request.respond(200, "OK", ["content-length", "400"], 400, false);
  request.write(Buffer.alloc(330));
};

describe("an answer over HTTP/2", () => {
  test.each([
    ["of a known length", sized, undefined],
    ["of a known length, to a body", sized, "body"],
    ["with trailers", chunked, undefined],
    ["with trailers, to a body", chunked, "body"],
    ["without a body", headOnly, undefined],
    ["longer than the client's window", long, undefined],
  ] as const)("that went out whole is done: %s", async (_, answer, body) => {
    const { client, heard } = await world(answer);
    for (let at = 1; at <= 3; at++) {
      const stream = asked(client, body);
      stream.resume();
      await once(stream, "end");
      await until(
        () => heard.length,
        (count) => count === at,
      );
    }
    expect(heard).toEqual(["done", "done", "done"]);
  });

  test.each([
    ["whose end has not come", open],
    ["of which the client's window holds up the rest", long],
  ])("is the client's leaving %s", async (_, answer) => {
    for (const leave of ["reset", "connection"] as const) {
      const { client, heard } = await world(answer);
      const stream = asked(client);
      await once(stream, "response");
      if (leave === "reset") stream.close(http2.constants.NGHTTP2_CANCEL);
      else client.destroy();
      expect(await said(heard)).toBe("client_left");
    }
  });

  test("is no whole one when the lane closes within", async () => {
    const { client, heard, lane } = await world(long);
    await once(asked(client), "response");
    lane.close();
    expect(await said(heard)).toBe("client_left");
  });
});
