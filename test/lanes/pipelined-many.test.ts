import { once } from "node:events";
import { connect } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { Deadlines } from "../../src/domain/deadlines.ts";
import type { LaneListener, LaneRequest } from "../../src/lanes/contract.ts";
import { LANE_KINDS } from "../../src/lanes/index.ts";

/** Far more than wait for one. */
const MANY = 2_000;
/** Of the smallest so many come in a few reads of 64 KiB. */
const MOST = 9_500;
const closers: (() => void)[] = [];

afterEach(() => {
  for (const close of closers.splice(0)) close();
});

/** Answers with the target and the body, a turn later. */
function echo(request: LaneRequest): LaneListener {
  let body = "";
  const { head } = request;
  const nothing = () => {};
  const answer = () =>
    setImmediate(() => {
      const text = `${head.method}${head.target}:${body};`;
      const close = head.version === "1.0" && !/keep-alive/i.test(head.headers.join());
      request.respond(200, "OK", ["content-length", String(text.length)], text.length, close);
      request.write(Buffer.from(text));
      request.end(undefined);
    });
  if (head.framing === 0 || head.framing === -1) answer();
  request.resume();
  return {
    onBody: (chunk) => {
      body += Buffer.from(chunk).toString("latin1");
    },
    onBodyEnd: answer,
    ...{ onDrain: nothing, onBodyStall: nothing, onClientEnd: nothing, onAbort: nothing, onDone: nothing },
  };
}

interface Sent {
  readonly text: string;
  readonly answer: string;
}

const get = (at: number): Sent => ({ text: `GET /${at} HTTP/1.1\r\nA:\r\n\r\n`, answer: `GET/${at}:;` });
const old = (at: number): Sent => ({
  text: `GET /${at} HTTP/1.0\r\nConnection: keep-alive\r\n\r\n`,
  answer: `GET/${at}:;`,
});
const sized = (at: number): Sent => ({
  text: `POST /${at} HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc`,
  answer: `POST/${at}:abc;`,
});
const chunked = (at: number): Sent => ({
  text: `POST /${at} HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n1\r\n!\r\n0\r\n\r\n`,
  answer: `POST/${at}:hi!;`,
});
/** Behind another request Upgrade is ignored. */
const upgrade = (at: number): Sent => ({
  text: `GET /${at} HTTP/1.1\r\nConnection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n`,
  answer: `GET/${at}:;`,
});
const inTheMiddle = (one: (at: number) => Sent) => (at: number) => (at === MANY / 2 ? one : get)(at);

interface Heard {
  readonly bodies: readonly string[];
  readonly closed: boolean;
}

/** Sends all in one go, and its end if `ends`; what was answered when `isAll` of it has come, or the connection ended. */
async function ask(
  kind: (typeof LANE_KINDS)[number],
  text: string,
  ends: boolean,
  isAll: (heard: string) => boolean,
): Promise<Heard> {
  const lane = kind.create({
    handler: echo,
    deadlines: new Deadlines(),
    refusal: (code) => ({
      ...{ status: 400, reason: "No", headers: ["content-length", String(code.length)], body: code },
    }),
    ...{ maxHeaderBytes: 16 * 1024, maxConnections: 0, headersMs: 0, idleMs: 60_000, bodyIdleMs: 0 },
    ...{ http2: undefined, streamIdleMs: 0 },
  });
  closers.push(() => lane.close());
  const address = await lane.listen({ host: "127.0.0.1", port: 0 }, false);
  const socket = connect({ ...address, allowHalfOpen: true }).on("error", () => {});
  closers.push(() => socket.destroy());
  let heard = "";
  let closed = false;
  socket.on("data", (more) => {
    heard += String(more);
  });
  socket.on("end", () => {
    closed = true;
  });
  socket.on("close", () => {
    closed = true;
  });
  await once(socket, "connect");
  if (ends) socket.end(text);
  else socket.write(text);
  await expect.poll(() => closed || isAll(heard), { timeout: 25_000 }).toBe(true);
  return { bodies: heard.replaceAll(/HTTP[\s\S]*?\r\n\r\n/g, "").split(";"), closed };
}

describe.each(LANE_KINDS)("requests written in one go to the $name lane are all answered", (kind) => {
  test.each<[string, (at: number) => Sent]>([
    ["9,500 small ones", get],
    ["of HTTP/1.0, kept alive", old],
    ["with sized bodies", sized],
    ["with chunked bodies", chunked],
    ["one of HTTP/1.0 in the middle", inTheMiddle(old)],
    ["a sized body in the middle", inTheMiddle(sized)],
    ["a chunked body in the middle", inTheMiddle(chunked)],
    ["an upgrade in the middle", inTheMiddle(upgrade)],
    ["an upgrade in the middle of HTTP/1.0's", (at) => (at === MANY / 2 ? upgrade : old)(at)],
    ["every kind in turn", (at) => ([get, old, sized, chunked, upgrade][at % 5] as typeof get)(at)],
  ])(
    "%s",
    async (_, kindOf) => {
      const warned: string[] = [];
      const onWarning = (warning: Error) => void warned.push(warning.message);
      process.on("warning", onWarning);
      closers.push(() => process.off("warning", onWarning));
      const count = kindOf === get ? MOST : MANY;
      const sent = Array.from({ length: count }, (_each, at) => kindOf(at));
      const last = (sent.at(-1) as Sent).answer;
      const text = sent.map((one) => one.text).join("");
      for (const ends of [false, true]) {
        const { bodies } = await ask(kind, text, ends, (heard) => heard.endsWith(last));
        const wrong = sent.findIndex(({ answer }, at) => `${bodies[at]};` !== answer);
        expect([ends, wrong, bodies[wrong], bodies.length - 1]).toEqual([ends, -1, undefined, count]);
      }
      expect(warned).toEqual([]);
    },
    60_000,
  );
});

describe.each(LANE_KINDS)("in the $name lane", (kind) => {
  test("what follows an Upgrade that is ignored is answered", async () => {
    const ignored = `GET /0 HTTP/1.1\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n${get(1).text}`;
    const { bodies } = await ask(kind, ignored, false, (heard) => heard.endsWith(get(1).answer));
    expect(bodies).toEqual(["GET/0:", "GET/1:", ""]);
  });

  test("an Upgrade of HTTP/1.0, behind which node:http would wait for nothing, is the last request", async () => {
    const asks = `GET /0 HTTP/1.0\r\nConnection: keep-alive, upgrade\r\nUpgrade: websocket\r\n\r\n${get(1).text}`;
    const { bodies, closed } = await ask(kind, asks, false, () => false);
    expect([bodies, closed]).toEqual([["GET/0:", ""], true]);
  });
});
