import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { afterEach, expect, test } from "vitest";
import { createBackend } from "../../src/backends/index.ts";
import { Deadlines } from "../../src/domain/deadlines.ts";
import { NO_BODY } from "../../src/domain/message.ts";
import type { UpstreamConnections } from "../../src/domain/upstream.ts";

const closers: (() => void)[] = [];

afterEach(() => {
  for (const close of closers.splice(0)) close();
});

/** An upstream that counts its connections, asked over a clock of the test's own. */
async function world(
  connections: UpstreamConnections,
  answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
) {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on("error", () => {});
    socket.on("data", () => socket.write(answer));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const deadlines = new Deadlines();
  const backend = createBackend(
    {
      ...{ name: "u", kind: "http", urls: [`http://127.0.0.1:${port}`], host: "client", timeoutMs: 0 },
      connections,
    },
    { deadlines, connectMs: 0, bodyIdleMs: 0, upgradeIdleMs: 0 },
  );
  closers.push(() => {
    backend.close();
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const ask = () =>
    new Promise<string>((resolve) => {
      const call = backend.open(
        {
          ...{ method: "GET", target: "/", headers: ["Host", "a"], framing: NO_BODY },
          ...{ upgrade: false, retryable: false, timeoutMs: undefined },
        },
        {
          ...{ onRequestDrain() {}, onInform() {}, onHead() {}, onUpgrade() {}, onData() {} },
          onEnd: () => resolve("answered"),
          onError: (code) => resolve(code),
        },
      );
      call.end(undefined);
    });
  return { ask, deadlines, sockets };
}

test("a connection that is older than maxAge is not used again", async () => {
  const { ask, deadlines, sockets } = await world({ idleMs: 60_000, maxAgeMs: 10_000 });
  deadlines.sweep(1);
  for (const now of [1, 4_000, 9_000]) {
    deadlines.sweep(now);
    expect(await ask()).toBe("answered");
  }
  expect(sockets).toHaveLength(1);
  deadlines.sweep(10_001);
  expect(await ask()).toBe("answered");
  expect(sockets).toHaveLength(2);
});

test("a connection that grew too old while it answered is not kept", async () => {
  const { ask, deadlines, sockets } = await world({ idleMs: 60_000, maxAgeMs: 10_000 });
  const asked = ask();
  deadlines.sweep(10_001);
  expect(await asked).toBe("answered");
  await once(sockets[0] as Socket, "close");
});

test("an idle connection is closed after `idle`, or sooner if the server says so", async () => {
  const own = await world({ idleMs: 1_500, maxAgeMs: 0 });
  await own.ask();
  own.deadlines.sweep(1_499);
  await own.ask();
  expect(own.sockets).toHaveLength(1);
  own.deadlines.sweep(3_100);
  await once(own.sockets[0] as Socket, "close");
  const said = await world(
    { idleMs: 60_000, maxAgeMs: 0 },
    "HTTP/1.1 200 OK\r\nKeep-Alive: timeout=3\r\nContent-Length: 0\r\n\r\n",
  );
  await said.ask();
  said.deadlines.sweep(2_001);
  await once(said.sockets[0] as Socket, "close");
  const long = await world(
    { idleMs: 1_500, maxAgeMs: 0 },
    "HTTP/1.1 200 OK\r\nKeep-Alive: timeout=60\r\nContent-Length: 0\r\n\r\n",
  );
  await long.ask();
  long.deadlines.sweep(1_600);
  await once(long.sockets[0] as Socket, "close");
});

/** One upgraded request, and what its listener heard. */
async function tunnel(upgradeIdleMs = 0) {
  const sockets: Socket[] = [];
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.push(socket);
    socket.on("error", () => {});
    socket.once("data", () =>
      socket.write("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n"),
    );
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const deadlines = new Deadlines();
  const backend = createBackend(
    {
      ...{ name: "u", kind: "http", host: "client", timeoutMs: 0 },
      urls: [`http://127.0.0.1:${(server.address() as AddressInfo).port}`],
      connections: { idleMs: 60_000, maxAgeMs: 0 },
    },
    { deadlines, connectMs: 0, bodyIdleMs: 0, upgradeIdleMs },
  );
  closers.push(() => {
    backend.close();
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const heard: string[] = [];
  const hears = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<void>();
  const broken = Promise.withResolvers<string>();
  const call = backend.open(
    {
      ...{ method: "GET", target: "/", headers: ["Host", "a", "Upgrade", "tcp"], framing: NO_BODY },
      ...{ upgrade: true, retryable: false, timeoutMs: undefined },
    },
    {
      ...{ onRequestDrain() {}, onInform() {}, onHead() {}, onData() {} },
      onUpgrade: () => hears.resolve(),
      onEnd: () => ended.resolve(),
      onError: (code) => {
        heard.push(code);
        broken.resolve(code);
      },
    },
  );
  call.end(undefined);
  await hears.promise;
  return {
    call,
    deadlines,
    upstream: sockets[0] as Socket,
    ended: ended.promise,
    broken: broken.promise,
    heard,
  };
}

test("a tunnel whose upstream ends its half and then resets is broken for a client that has not ended", async () => {
  const { call, upstream, ended, broken } = await tunnel();
  upstream.end();
  await ended;
  upstream.resetAndDestroy();
  await once(upstream, "close");
  // Behind an end only a write meets a reset.
  const writing = setInterval(() => call.write(Buffer.from("more")), 5);
  expect(await broken).toBe("upstream_reset");
  clearInterval(writing);
});

test("a tunnel that both have ended is not broken by its end", async () => {
  const { call, upstream, ended, heard } = await tunnel();
  upstream.end();
  await ended;
  call.end(undefined);
  await once(upstream, "close");
  expect(heard).toEqual([]);
});

test("a tunnel whose client takes nothing is given up after upgradeIdle", async () => {
  const { call, deadlines, broken } = await tunnel(2_000);
  call.pause();
  deadlines.sweep(2_001);
  expect(await broken).toBe("upstream_body_idle");
});

test("a connection whose interim answer was repaired is not used again", async () => {
  const { ask, sockets } = await world(
    { idleMs: 60_000, maxAgeMs: 0 },
    "HTTP/1.1 103 Early Hints\nLink: <a>\n\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
  );
  for (let i = 0; i < 2; i++) expect(await ask()).toBe("answered");
  expect(sockets).toHaveLength(2);
});
