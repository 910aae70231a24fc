import { once } from "node:events";
import { existsSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { Deadlines } from "../../src/domain/deadlines.ts";
import type { LaneHandler } from "../../src/lanes/contract.ts";
import { LANE_KINDS } from "../../src/lanes/index.ts";
import { askSendQueue } from "../../src/lanes/send-queues.ts";

const ANSWER_BYTES = 12 * 1024 * 1024;
/** Enough for the receiver to tell of it, and less than the third of the kernel's buffer that has to be free before it takes more. */
const SIP_BYTES = 512 * 1024;
const BODY_IDLE_MS = 1_000;
const LOOK_MS = BODY_IDLE_MS / 2;

const closers: (() => void)[] = [];

afterEach(() => {
  for (const close of closers.splice(0)) close();
});

async function sip(socket: Socket, bytes: number): Promise<number> {
  let got = 0;
  while (got < bytes) {
    const chunk: Buffer | null = socket.read();
    if (chunk !== null) got += chunk.length;
    else if (socket.readableEnded || socket.destroyed) return got;
    else await once(socket, "readable");
  }
  return got;
}

/** Asks, as the lane does. */
function ask(socket: Socket): Promise<number | undefined> {
  return new Promise((resolve) => askSendQueue(socket, resolve));
}

describe.each(LANE_KINDS)("an answer that its client lets wait, in the $name lane", (kind) => {
  async function asked() {
    const deadlines = new Deadlines();
    const aborts: string[] = [];
    let taken = false;
    const nothing = () => {};
    const handler: LaneHandler = (request) => {
      queueMicrotask(() => {
        request.respond(200, "OK", ["content-length", String(ANSWER_BYTES)], ANSWER_BYTES, false);
        request.write(Buffer.alloc(ANSWER_BYTES, "x"));
        request.end(undefined);
        taken = true;
      });
      return {
        ...{ onBody: nothing, onBodyEnd: nothing, onDrain: nothing, onBodyStall: nothing },
        ...{ onClientEnd: nothing, onDone: nothing, onAbort: (code: string) => void aborts.push(code) },
      };
    };
    const lane = kind.create({
      ...{ handler, deadlines, maxHeaderBytes: 16 * 1024, maxConnections: 0, headersMs: 0, idleMs: 0 },
      refusal: () => ({ status: 400, reason: "No", headers: [], body: "" }),
      bodyIdleMs: BODY_IDLE_MS,
      ...{ http2: undefined, streamIdleMs: 0 },
    });
    closers.push(() => lane.close());
    const bound = await lane.listen({ host: "127.0.0.1", port: 0 }, false);
    const socket = connect(bound).on("error", () => {});
    closers.push(() => socket.destroy());
    socket.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    await once(socket, "readable");
    expect(taken).toBe(true);
    let now = 0;
    const look = async () => {
      now += LOOK_MS;
      deadlines.sweep(now);
      // One reading tells in the order of its table; the next begins when it has told everybody.
      await ask(socket);
      await ask(socket);
    };
    return { socket, aborts, look };
  }

  test.runIf(existsSync("/proc/net/tcp"))(
    "a slow reader of less than the kernel's buffer takes at a time is waited for, and gets it whole",
    async () => {
      const { socket, aborts, look } = await asked();
      let got = 0;
      for (let turn = 0; turn < 16; turn++) {
        got += await sip(socket, SIP_BYTES);
        await look();
        expect(aborts, `after ${got} bytes`).toEqual([]);
      }
      got += await sip(socket, ANSWER_BYTES - got);
      expect(got).toBeGreaterThanOrEqual(ANSWER_BYTES);
    },
  );

  test("who reads nothing is given up, but not before bodyIdle", async () => {
    const { socket, aborts, look } = await asked();
    await look();
    await look();
    expect(aborts).toEqual([]);
    // A first look may come late where the machine is busy: one more is one more part of bodyIdle.
    for (let turn = 0; turn < 8 && aborts.length === 0; turn++) await look();
    expect(aborts).toEqual(["client_stalled"]);
    // What the kernel had is all that comes.
    socket.resume();
    await once(socket, "close");
    expect(socket.bytesRead).toBeLessThan(ANSWER_BYTES);
  });

  test("who read for a while and then reads nothing is given up too", async () => {
    const { socket, aborts, look } = await asked();
    for (let turn = 0; turn < 4; turn++) {
      await sip(socket, SIP_BYTES);
      await look();
    }
    expect(aborts).toEqual([]);
    for (let turn = 0; turn < 8 && aborts.length === 0; turn++) await look();
    expect(aborts).toEqual(["client_stalled"]);
  });
});
