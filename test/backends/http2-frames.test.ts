import { afterEach, describe, expect, test } from "vitest";
import type { BackendCall, BackendListener, Upstream } from "../../src/backends/contract.ts";
import { CHUNKED } from "../../src/domain/message.ts";
import { END_HEADERS, END_STREAM, setting, settings, TYPE } from "../conformance/http2/frames.ts";
import { until } from "../e2e/until.ts";
import { answer, data, type FrameServer, goaway, promising, reset, serveFrames } from "./frame-server.ts";
import { answering, ask, closers, openUpstream, serveAt } from "./world.ts";

const CANCEL = 8;
const REFUSED = 7;

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const open = (served: FrameServer, more: object = {}, options: object = {}) =>
  openUpstream({ urls: [served.url], protocol: "http2", ...more }, options);

const met = (holds: () => boolean) => until(holds, (value) => value, 5_000);

/** A POST that is begun and not ended; tells how it ended. */
function begin(
  backend: Upstream,
  changes: Partial<BackendListener> = {},
): { call: BackendCall; ended: string[] } {
  const ended: string[] = [];
  const call = backend.open(
    {
      ...{ method: "POST", target: "/x", headers: ["Host", "shop.test"], framing: CHUNKED },
      ...{ upgrade: false, retryable: false, timeoutMs: undefined },
    },
    {
      ...{
        onRequestDrain: () => {},
        onInform: () => {},
        onUpgrade: () => {},
        onHead: () => {},
        onData: () => {},
      },
      onEnd: () => ended.push("end"),
      onError: (code, message, untouched) => ended.push(`${code} ${untouched}: ${message}`),
      ...changes,
    },
  );
  return { call, ended };
}

describe("a server that refuses", () => {
  test("a stream without having looked at it is asked again, whatever the request, with its body", async () => {
    const served = await serveFrames((peer, { type, flags, stream }) => {
      if ((flags & END_STREAM) === 0 || type > TYPE.HEADERS) return;
      peer.send(stream === 1 ? reset(1, REFUSED) : answer(stream));
    });
    const { backend } = open(served, {}, { bodies: { reserve: () => true, release: () => {} } });
    expect(await ask(backend, { method: "POST" }, "hello")).toMatchObject({ status: 200 });
    expect(served.heard).toEqual([
      ...["HEADERS 1", "DATA 1 5 END_STREAM"],
      ...["HEADERS 3", "DATA 3 5 END_STREAM"],
    ]);
    expect(backend.state().tries).toMatchObject({ answered: 1, refused: 1 });
  });

  test("again and again has refused: nothing was done with the request", async () => {
    const served = await serveFrames((peer, { type, stream }) => {
      if (type === TYPE.HEADERS) peer.send(reset(stream, REFUSED));
    });
    const { backend } = open(served);
    expect(await ask(backend, { method: "POST" })).toMatchObject({ code: "upstream_refused" });
    expect(served.heard.filter((line) => line.startsWith("HEADERS"))).toHaveLength(3);
    expect(backend.problems()).toEqual([]);
  });

  test("by GOAWAY gets no further request, and what it left goes over another connection", async () => {
    const served = await serveFrames((peer, { type, stream }) => {
      if (type !== TYPE.HEADERS) return;
      if (peer.nth > 1) peer.send(answer(stream));
      else if (stream === 3) peer.send(goaway(1));
    });
    const { backend } = open(served);
    const first = ask(backend, { method: "POST" });
    const second = ask(backend, { method: "POST" });
    expect(await second).toMatchObject({ status: 200 });
    expect(await ask(backend)).toMatchObject({ status: 200 });
    expect(served.peers).toHaveLength(2);
    // The one that it did look at ends where it began.
    served.peers[0]?.send(answer(1));
    expect(await first).toMatchObject({ status: 200 });
    await met(() => served.peers[0]?.socket.destroyed === true);
  });

  test("with an error breaks what it looked at, and no more than that", async () => {
    const served = await serveFrames((peer, { type, stream }) => {
      if (type !== TYPE.HEADERS) return;
      if (peer.nth > 1) peer.send(answer(stream));
      else if (stream === 3) peer.send(goaway(1, 11));
    });
    const { backend } = open(served);
    const [first, second] = await Promise.all([
      ask(backend, { method: "POST" }),
      ask(backend, { method: "POST" }),
    ]);
    expect(first).toMatchObject({ code: "upstream_reset" });
    expect(first?.message).toContain("ENHANCE_YOUR_CALM");
    expect(second).toMatchObject({ status: 200 });
  });

  test("all streams, as fewer at a time than are asked for, gets them over further connections", async () => {
    const held: (() => void)[] = [];
    const served = await serveFrames(
      (peer, { type, stream }) => {
        if (type === TYPE.HEADERS) held.push(() => peer.send(answer(stream)));
      },
      settings(setting(3, 2)),
    );
    const { backend } = open(served);
    const answers = [1, 2, 3, 4, 5].map(() => ask(backend));
    await met(() => held.length === 5);
    expect(served.peers).toHaveLength(3);
    expect(backend.state().limited.streams).toBeGreaterThan(0);
    for (const send of held) send();
    for (const one of await Promise.all(answers)) expect(one.status).toBe(200);
  });

  test("further connections is waited for, in a queue that has an end", async () => {
    const held: (() => void)[] = [];
    const served = await serveFrames(
      (peer, { type, stream }) => {
        if (type === TYPE.HEADERS) held.push(() => peer.send(answer(stream)));
      },
      settings(setting(3, 1)),
    );
    const { backend } = open(served, { connections: { idleMs: 60_000, maxAgeMs: 0, max: 1, queue: 1 } });
    const first = ask(backend);
    await met(() => held.length === 1);
    const second = ask(backend);
    expect(await ask(backend)).toMatchObject({ code: "upstream_busy" });
    held[0]?.();
    expect(await first).toMatchObject({ status: 200 });
    await met(() => held.length === 2);
    held[1]?.();
    expect(await second).toMatchObject({ status: 200 });
    expect(served.peers).toHaveLength(1);
    expect(backend.state().limited.queue).toBe(1);
  });
});

describe("an answer that breaks off", () => {
  const half = (end: (stream: number) => Buffer) =>
    serveFrames((peer, { type, stream }) => {
      if (type === TYPE.HEADERS) peer.send(answer(stream, END_HEADERS), data(stream, "half"), end(stream));
    });

  test.each([
    ["CANCEL", 8, "upstream_reset"],
    ["INTERNAL_ERROR", 2, "upstream_reset"],
    ["PROTOCOL_ERROR", 1, "upstream_invalid"],
  ])("by %s is none", async (name, code, expected) => {
    const served = await half((stream) => reset(stream, code));
    const { backend } = open(served);
    const answered = await ask(backend);
    expect(answered.code).toBe(expected);
    expect(answered.message).toContain(name);
  });

  test("by NO_ERROR is whole, as node:http2's servers end some, but not where more was promised", async () => {
    const served = await half((stream) => reset(stream, 0));
    expect(await ask(open(served).backend)).toEqual({ status: 200, headers: [], body: "half" });
    const short = await serveFrames((peer, { type, stream }) => {
      if (type === TYPE.HEADERS) peer.send(promising(stream, 10), data(stream, "short"), reset(stream, 0));
    });
    expect(await ask(open(short).backend)).toMatchObject({ code: "upstream_invalid" });
  });

  test("before the whole request has come, which is then reset and not ended: half of it would look whole", async () => {
    const served = await serveFrames((peer, { type, stream }) => {
      if (type === TYPE.HEADERS) peer.send(answer(stream));
    });
    const { ended } = begin(open(served).backend);
    await met(() => served.heard.some((frame) => frame.startsWith("RST_STREAM")));
    expect(ended).toEqual(["end"]);
    expect(served.heard).toEqual(["HEADERS 1", `RST_STREAM 1 ${CANCEL}`]);
  });

  test("with its connection is none", async () => {
    const served = await serveFrames((peer, { type, stream }) => {
      if (type !== TYPE.HEADERS) return;
      peer.send(answer(stream, END_HEADERS), data(stream, "half"));
      setImmediate(() => peer.socket.destroy());
    });
    expect(await ask(open(served).backend)).toMatchObject({ code: "upstream_reset" });
  });

  test("is not taken for complete where more was promised or less came", async () => {
    const served = await serveFrames((peer, { type, stream }) => {
      if (type !== TYPE.HEADERS) return;
      peer.send(promising(stream, 10), data(stream, "short", END_STREAM));
    });
    expect((await ask(open(served).backend)).code).toMatch(/^upstream_(?:invalid|reset)$/);
  });
});

describe("a client that leaves", () => {
  test("cancels the stream, and the half of its request never looks complete", async () => {
    const served = await serveFrames(() => {});
    const { backend } = open(served);
    const { call } = begin(backend);
    call.write(Buffer.from("half"));
    await met(() => served.heard.some((line) => line.startsWith("DATA 1")));
    call.abort();
    await met(() => served.heard.includes(`RST_STREAM 1 ${CANCEL}`));
    expect(served.heard.join()).not.toContain("END_STREAM");
    // The connection goes on.
    const { call: next } = begin(backend);
    next.end(undefined);
    await met(() => served.heard.includes("HEADERS 3"));
    expect(served.peers).toHaveLength(1);
    next.abort();
  });

  test("a hundred times from one connection makes that the last of it: servers end those that reset much", async () => {
    const served = await serveFrames(() => {});
    const { backend } = open(served, { connections: { idleMs: 60_000, maxAgeMs: 0 } });
    for (let i = 0; i < 100; i++) {
      const { call } = begin(backend);
      await met(() => served.heard.includes(`HEADERS ${2 * i + 1}`));
      call.abort();
    }
    expect(backend.state().limited.resets).toBe(1);
    begin(backend).call.end(undefined);
    await met(() => served.peers.length === 2);
  });
});

describe("a server that says nothing", () => {
  test("and does not answer a ping is gone, and so are its requests", async () => {
    const served = await serveFrames(() => {}, settings(), false);
    const { backend, pass } = open(served);
    const { call, ended } = begin(backend);
    call.end(undefined);
    await met(() => served.heard.includes("HEADERS 1"));
    pass(30_001);
    await met(() => served.heard.includes("PING 0"));
    expect(ended).toEqual([]);
    pass(15_001);
    await met(() => ended.length === 1);
    expect(ended[0]).toMatch(/^upstream_reset .*did not answer a ping/);
    expect(backend.state().limited.silence).toBe(1);
  });

  test("but answers one is waited for, and is not asked again for five minutes", async () => {
    const served = await serveFrames(() => {});
    const { backend, pass } = open(served);
    const { call, ended } = begin(backend);
    call.end(undefined);
    await met(() => served.heard.includes("HEADERS 1"));
    pass(30_001);
    await met(() => served.heard.includes("PING 0"));
    await new Promise((done) => setTimeout(done, 50));
    for (let seconds = 0; seconds < 300; seconds += 20) pass(20_000);
    expect(served.heard.filter((line) => line === "PING 0")).toHaveLength(1);
    expect(ended).toEqual([]);
    served.peers[0]?.send(answer(1));
    await met(() => ended.length === 1);
    expect(ended).toEqual(["end"]);
  });

  test("of an answer in time is given up, and told", async () => {
    const served = await serveFrames(() => {});
    const { backend, pass } = open(served, { timeoutMs: 2_000 });
    const { call, ended } = begin(backend);
    call.end(undefined);
    await met(() => served.heard.includes("HEADERS 1"));
    pass(2_001);
    expect(ended).toEqual(["upstream_timeout false: no answer in time"]);
    await met(() => served.heard.includes(`RST_STREAM 1 ${CANCEL}`));
  });
});

test("a server that speaks HTTP/1.1 alone is told to be one", async () => {
  const served = await serveAt({ host: "127.0.0.1", port: 0 }, answering);
  const { backend } = openUpstream({ urls: [`http://127.0.0.1:${served.port}`], protocol: "http2" });
  const answered = await ask(backend);
  expect(answered.code).toBe("upstream_invalid");
  expect(answered.message).toContain("does not speak HTTP/2");
});
