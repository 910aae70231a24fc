import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server } from "node:net";
import { Worker } from "node:worker_threads";
import { expect, test } from "vitest";
import { systemClock } from "../../src/clock.ts";
import { listenQueue } from "../../src/lanes/listen-queue.ts";
import { stopListening } from "../../src/lanes/stop-listening.ts";

const linux = process.platform === "linux";

/** Answers one byte to one byte; listens on a port that others may listen on too. */
function listener(host: string, port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => {
      socket.on("error", () => {});
      socket.once("data", () => socket.end("x"));
    });
    server.once("error", reject);
    server.listen({ host, port, reusePort: true }, () => resolve(server));
  });
}

/** Sixteen clients in a thread of their own: here they would share an event loop with what they test. */
const CLIENTS = `
  const { connect } = require("node:net");
  const { parentPort, workerData: { host, port } } = require("node:worker_threads");
  const failures = [];
  let answered = 0;
  let over = false;
  const ask = () => new Promise((resolve) => {
    const socket = connect({ host, port }, () => socket.write("?"));
    socket.once("error", (error) => { failures.push(String(error)); resolve(); });
    socket.once("data", () => { answered++; socket.destroy(); resolve(); });
  });
  const client = async () => { while (!over) await ask(); };
  const clients = Promise.all(Array.from({ length: 16 }, client));
  parentPort.on("message", (stop) => {
    over = stop;
    if (stop) clients.then(() => { parentPort.postMessage({ answered, failures }); parentPort.close(); });
    else parentPort.postMessage({ answered, failures });
  });`;

interface Report {
  readonly answered: number;
  readonly failures: readonly string[];
}

test.runIf(linux).each([
  ["127.0.0.1", "127.0.0.1"],
  ["::1", "::1"],
  ["0.0.0.0", "127.0.0.1"],
  ["::", "127.0.0.1"],
])("who connects while one of two listeners on %s closes reaches the other", async (host, to) => {
  let old = await listener(host, 0);
  const { port } = old.address() as AddressInfo;
  const clients = new Worker(CLIENTS, { eval: true, workerData: { host: to, port } });
  const report = async (stop = false): Promise<Report> => {
    clients.postMessage(stop);
    return (await once(clients, "message"))[0];
  };
  for (let turn = 0; turn < 6; turn++) {
    const successor = await listener(host, port);
    const goal = (await report()).answered + 100;
    while ((await report()).answered < goal) await new Promise(setImmediate);
    await stopListening(old, true, systemClock);
    expect(old.listening).toBe(false);
    old = successor;
  }
  const { failures, answered } = await report(true);
  old.close();
  expect(failures).toEqual([]);
  expect(answered).toBeGreaterThan(600);
});

test("a socket that nobody shares is closed at once, and only once", async () => {
  const server = await new Promise<Server>((resolve) => {
    const made = createServer().listen(0, "127.0.0.1", () => resolve(made));
  });
  await stopListening(server, false, systemClock);
  expect(server.listening).toBe(false);
  await stopListening(server, false, systemClock);
  await stopListening(server, true, systemClock);
});

test("a shared socket beside which nobody listens closes too", async () => {
  const server = await listener("127.0.0.1", 0);
  await stopListening(server, true, systemClock);
  expect(server.listening).toBe(false);
});

test.runIf(linux)(
  "the queue of a listening socket is what waits in it, and what was dropped is counted",
  async () => {
    const server = await listener("127.0.0.1", 0);
    const address = server.address() as AddressInfo;
    const { port } = address;
    const { _handle: handle } = server as unknown as {
      _handle: { fd: number; listen(backlog: number): number };
    };
    const queue = listenQueue(handle.fd, "IPv4");
    if (queue === undefined) throw new Error("the system does not show its queues");
    expect(queue.length()).toBe(0);
    await new Promise(setImmediate);
    const before = queue.overflows();
    const sockets = [1, 2, 3].map(() => connect({ host: "127.0.0.1", port }).on("error", () => {}));
    // They connect in the next tick; nothing is accepted before the event loop turns.
    await new Promise<void>((resolve) => process.nextTick(resolve));
    expect(queue.length()).toBe(3);
    handle.listen(0);
    sockets.push(connect({ host: "127.0.0.1", port }).on("error", () => {}));
    await new Promise<void>((resolve) => process.nextTick(resolve));
    expect(queue.length()).toBe(3);
    expect(queue.overflows()).toBeGreaterThan(before);
    for (const socket of sockets) socket.destroy();
    server.close();
  },
);

test("what is no listening socket has no queue", () => {
  expect(listenQueue(1 << 20, "IPv4")).toBeUndefined();
  expect(listenQueue(0, "IPv4")).toBeUndefined();
});
