import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { systemClock } from "../../src/clock.ts";
import { Deadlines } from "../../src/domain/deadlines.ts";
import type { Lane, LaneListener, LaneRequest } from "../../src/lanes/contract.ts";
import { LANE_KINDS, laneKind } from "../../src/lanes/index.ts";

/** Of every request that a lane took in this file. */
const seen: string[] = [];
/** Bytes of bodies that a lane handed on to \`/body\`, call by call. */
const bodies: number[] = [];
const closers: (() => void)[] = [];

afterEach(() => {
  for (const close of closers.splice(0)) close();
  bodies.length = 0;
});

function greet(request: LaneRequest): LaneListener {
  seen.push(request.head.method);
  const answer = () => {
    request.respond(200, "OK", ["content-length", "2"], 2, false);
    request.write(Buffer.from("ok"));
    request.end(undefined);
  };
  const nothing = () => {};
  const late = request.head.target === "/late";
  const whole = request.head.target === "/body";
  if (whole) request.resume();
  else if (!late) queueMicrotask(answer);
  return {
    onBody: (chunk) => bodies.push(chunk.length),
    onBodyEnd: whole ? answer : nothing,
    onDrain: nothing,
    onBodyStall: nothing,
    onClientEnd: late ? answer : nothing,
    onAbort: nothing,
    onDone: nothing,
  };
}

async function ask(socket: Socket, text: string): Promise<string> {
  if (text !== "") socket.write(text);
  let answer = "";
  while (!/\r\n\r\n(?:ok|no)$/.test(answer)) answer += String((await once(socket, "data"))[0]);
  return answer;
}

test("names are one of a kind, and `auto` is the first", () => {
  expect(new Set(LANE_KINDS.map(({ name }) => name)).size).toBe(LANE_KINDS.length);
  expect(laneKind("auto")).toBe(LANE_KINDS[0]);
  expect(laneKind("node").name).toBe("node");
});

describe.each(LANE_KINDS)("the $name lane", (kind) => {
  async function opened(maxConnections = 0): Promise<{ lane: Lane; client: () => Promise<Socket> }> {
    const lane = kind.create({
      handler: greet,
      deadlines: new Deadlines(),
      refusal: () => ({ status: 400, reason: "No", headers: ["content-length", "2"], body: "no" }),
      maxHeaderBytes: 16 * 1024,
      maxConnections,
      headersMs: 0,
      idleMs: 60_000,
      bodyIdleMs: 0,
      http2: undefined,
      streamIdleMs: 0,
    });
    closers.push(() => lane.close());
    const bound = await lane.listen({ host: "127.0.0.1", port: 0 }, false);
    expect(bound).toEqual({ host: "127.0.0.1", port: expect.any(Number) });
    return {
      lane,
      async client() {
        const socket = connect(bound).on("error", () => {});
        closers.push(() => socket.destroy());
        await once(socket, "connect");
        return socket;
      },
    };
  }

  test("a chunked body that breaks in what came with its head is refused, whatever comes behind", async () => {
    const { client } = await opened();
    const socket = await client();
    socket.on("error", () => {});
    // It goes on sending after the answer has ended its reading.
    socket.allowHalfOpen = true;
    let answer = "";
    socket.on("data", (text) => {
      answer += String(text);
    });
    socket.write("POST /body HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nokX\r\n");
    await once(socket, "end");
    for (let n = 0; n < 3; n++) await new Promise((resolve) => socket.write("more of it", resolve));
    socket.destroy();
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    const other = await client();
    expect(await ask(other, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")).toMatch(/^HTTP\/1\.1 200 /);
  });

  test("answers, and counts requests under its own name", async () => {
    const { lane, client } = await opened();
    const socket = await client();
    expect(await ask(socket, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(await ask(socket, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(lane.taken[kind.name]).toBe(2);
    expect(lane.connections).toBe(1);
    expect(lane.handovers).toEqual({});
  });

  test("hands small chunks on together", async () => {
    const { client } = await opened();
    const socket = await client();
    const chunks = 20_000;
    const text = "POST /body HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    await ask(socket, `${text}${"1\r\nX\r\n".repeat(chunks)}0\r\n\r\n`);
    expect(bodies.reduce((sum, bytes) => sum + bytes, 0)).toBe(chunks);
    expect(bodies.length).toBeLessThan(chunks / 100);
    expect(await ask(socket, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  });

  test("answers a client that has ended its side, and then ends its own", async () => {
    const { client } = await opened();
    const socket = await client();
    let answer = "";
    socket.on("data", (bytes) => {
      answer += bytes;
    });
    socket.end("GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n");
    await once(socket, "end");
    expect(answer.match(/HTTP\/1\.1 200 OK/g)).toHaveLength(2);
  });

  test("says that it closes behind a client's end", async () => {
    const { client } = await opened();
    const socket = await client();
    socket.end("GET /late HTTP/1.1\r\nHost: a\r\n\r\n");
    expect(await ask(socket, "")).toMatch(/\r\nConnection: close\r\n\r\nok$/);
    await once(socket, "end");
  });

  test("answers an odd request behind a plain one whose client has ended its side", async () => {
    const { client } = await opened();
    const socket = await client();
    let answer = "";
    socket.on("data", (bytes) => {
      answer += bytes;
    });
    socket.end("GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.0\r\nHost: a\r\n\r\n");
    await once(socket, "end");
    expect(answer.match(/HTTP\/1\.1 200 OK/g)).toHaveLength(2);
  });

  test("refuses what cannot be parsed", async () => {
    const { client } = await opened();
    expect(await ask(await client(), "GET /\x01 HTTP/1.1\r\nHost: a\r\n\r\n")).toMatch(
      /^HTTP\/1\.1 400 No\r\n/,
    );
  });

  test("counts what it turns away at the limit", async () => {
    const { lane, client } = await opened(1);
    await ask(await client(), "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    await once(await client(), "close");
    expect(lane.dropped).toBe(1);
    expect(lane.connections).toBe(1);
  });

  test("keeps open connections when it stops accepting, until idle ones are ended", async () => {
    const { lane, client } = await opened();
    const socket = await client();
    await ask(socket, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    await lane.stopAccepting(false, systemClock, 1000);
    await expect(client()).rejects.toThrow(/ECONNREFUSED/);
    expect(await ask(socket, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    const closed = once(socket, "close");
    lane.closeIdle();
    await closed;
    expect(lane.connections).toBe(0);
  });
});

describe("any token is a method", () => {
  const form = {
    "in a plain request": (method: string) => `${method} / HTTP/1.1\r\nHost: a\r\n\r\n`,
    "in a request of the node lane": (method: string) => `${method} / HTTP/1.0\r\nHost: a\r\n\r\n`,
    "in a head of more than 8 KiB": (method: string) =>
      `${method} / HTTP/1.1\r\nHost: a\r\nX-Much: ${"x".repeat(10_000)}\r\n\r\n`,
    "with an expectation": (method: string) =>
      `${method} / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 0\r\n\r\n`,
  };
  test.each(Object.keys(form) as (keyof typeof form)[])("%s", async (what) => {
    const lane = laneKind("auto").create({
      handler: greet,
      deadlines: new Deadlines(),
      refusal: () => ({ status: 400, reason: "No", headers: ["content-length", "2"], body: "no" }),
      ...{ maxHeaderBytes: 16 * 1024, maxConnections: 0, headersMs: 0, idleMs: 60_000, bodyIdleMs: 0 },
      ...{ http2: undefined, streamIdleMs: 0 },
    });
    closers.push(() => lane.close());
    const bound = await lane.listen({ host: "127.0.0.1", port: 0 }, false);
    for (const method of ["BAN", "VERSION-CONTROL", "FOO", "get", "PRI", "SETUP", "~x!"]) {
      const socket = connect(bound).on("error", () => {});
      closers.push(() => socket.destroy());
      seen.length = 0;
      expect(await ask(socket, form[what](method))).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
      expect(seen).toEqual([method]);
    }
  });
});
