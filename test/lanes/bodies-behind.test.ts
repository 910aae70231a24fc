import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { Deadlines } from "../../src/domain/deadlines.ts";
import type { LaneListener, LaneRequest } from "../../src/lanes/contract.ts";
import { LANE_KINDS } from "../../src/lanes/index.ts";

/** Requests whose answers wait. */
const late: LaneRequest[] = [];
const closers: (() => void)[] = [];

afterEach(() => {
  for (const close of closers.splice(0)) close();
  late.length = 0;
});

function answer(request: LaneRequest, text: string): void {
  request.respond(200, "OK", ["content-length", String(text.length)], text.length, false);
  request.write(Buffer.from(text));
  request.end(undefined);
}

/** Answers a request's body with itself; that to `/late` when the test says so. */
function echo(request: LaneRequest): LaneListener {
  let body = "";
  const nothing = () => {};
  if (request.head.target === "/late") late.push(request);
  else if (request.head.framing < 0 && request.head.method === "GET")
    queueMicrotask(() => answer(request, "none;"));
  request.resume();
  return {
    onBody: (chunk) => {
      body += Buffer.from(chunk).toString("latin1");
    },
    onBodyEnd: () => answer(request, `${body};`),
    onDrain: nothing,
    onBodyStall: nothing,
    onClientEnd: nothing,
    onAbort: nothing,
    onDone: nothing,
  };
}

/** A blank too many, which makes them the node lane's. */
const LATE = "GET /late HTTP/1.1\r\nHost:  a\r\n\r\n";
const CHUNKED = "POST /body HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
const AFTER = "GET /after HTTP/1.1\r\nHost: a\r\n\r\n";

describe.each(LANE_KINDS)("a chunked body behind another request in the $name lane", (kind) => {
  async function client(): Promise<{ socket: Socket; heard: (text: string) => Promise<void> }> {
    const lane = kind.create({
      handler: echo,
      deadlines: new Deadlines(),
      refusal: () => ({ status: 400, reason: "No", headers: ["content-length", "3"], body: "no;" }),
      ...{ maxHeaderBytes: 16 * 1024, maxConnections: 0, headersMs: 0, idleMs: 60_000, bodyIdleMs: 0 },
      ...{ http2: undefined, streamIdleMs: 0 },
    });
    closers.push(() => lane.close());
    const socket = connect(await lane.listen({ host: "127.0.0.1", port: 0 }, false)).on("error", () => {});
    closers.push(() => socket.destroy());
    socket.setNoDelay(true);
    let heard = "";
    socket.on("data", (text) => {
      heard += String(text);
    });
    await once(socket, "connect");
    return {
      socket,
      heard: (text) =>
        expect.poll(() => heard.replace(/HTTP[\s\S]*?\r\n\r\n/g, ""), { timeout: 5000 }).toBe(text),
    };
  }

  /** What the system has is read: a request of a later connection is answered. */
  async function read(socket: Socket): Promise<void> {
    const port = socket.remotePort as number;
    for (let again = 0; again < 3; again++) {
      const other = connect(port, "127.0.0.1");
      other.write(AFTER);
      await once(other, "data");
      other.destroy();
    }
  }

  test("comes whole, though it came while that one was answered", async () => {
    const { socket, heard } = await client();
    socket.write(LATE + CHUNKED);
    await expect.poll(() => late.length).toBe(1);
    for (const chunk of ["5\r\nhello\r\n", "1\r\n \r\n", "5\r\nworld\r\n"]) {
      socket.write(chunk);
      await read(socket);
    }
    answer(late[0] as LaneRequest, "late;");
    socket.write(`1\r\n!\r\n0\r\n\r\n${AFTER}`);
    await heard("late;hello world!;none;");
  });

  test("is heard to break off, though the client ended while that one was answered", async () => {
    const { socket, heard } = await client();
    socket.allowHalfOpen = true;
    socket.end(`${LATE + CHUNKED}5\r\nhello\r\n`);
    await expect.poll(() => late.length).toBe(1);
    await read(socket);
    answer(late[0] as LaneRequest, "late;");
    await heard("late;no;");
    await expect.poll(() => socket.destroyed).toBe(true);
  });

  test("leaves nothing behind on a connection that has many", async () => {
    const warned: string[] = [];
    const onWarning = (warning: Error) => void warned.push(warning.message);
    process.on("warning", onWarning);
    closers.push(() => process.off("warning", onWarning));
    const { socket, heard } = await client();
    const pair = `GET /one HTTP/1.1\r\nHost:  a\r\n\r\n${CHUNKED}2\r\nhi\r\n0\r\n\r\n`;
    socket.write(pair.repeat(30));
    await heard("none;hi;".repeat(30));
    expect(warned).toEqual([]);
  });
});
