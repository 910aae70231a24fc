// What the conformance cases write: each is run against a sink that keeps its client's bytes and never answers.
import { connect, createServer } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

const suite = new URL("../../test/conformance/http/", import.meta.url);
const { GROUPS } = await import(new URL("cases/index.ts", suite));
const { Upstream } = await import(new URL("upstream.ts", suite));
const { Wire } = await import(new URL("wire.ts", suite));

/** A case that says no more by then says nothing before it is answered. */
const QUIET_MS = 150;
/** Uploads that test streaming are not the point here. */
const MOST_BYTES = 64 * 1024;

async function written(one, sink) {
  const clients = [];
  const upstream = new Upstream();
  const world = {
    upstream,
    client: async () => {
      const socket = connect({ port: sink.port, host: "127.0.0.1", allowHalfOpen: true });
      const wire = new Wire(socket);
      clients.push(wire);
      await new Promise((resolve) => socket.on("connect", resolve));
      return wire;
    },
    drain: async () => undefined,
  };
  await upstream.listen();
  const run = one.run(world).catch(() => undefined);
  await Promise.race([run, delay(QUIET_MS)]);
  const ports = clients.map(({ socket }) => socket.localPort);
  for (const client of clients) client.destroy();
  upstream.close();
  return ports
    .map((port) => sink.texts.get(port) ?? "")
    .filter((text) => text !== "" && text.length <= MOST_BYTES);
}

let found;

/** The texts, once each; the same every time. */
export function caseRequests() {
  found ??= record();
  return found;
}

async function record() {
  const texts = new Map();
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.on("data", (chunk) => {
      const before = texts.get(socket.remotePort) ?? "";
      if (before.length <= MOST_BYTES) texts.set(socket.remotePort, before + chunk.toString("latin1"));
    });
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", 1024, resolve));
  const sink = { port: server.address().port, texts };
  const cases = [...GROUPS].flatMap(([, group]) => group);
  const all = new Array(cases.length);
  let next = 0;
  const worker = async () => {
    for (let at = next++; at < cases.length; at = next++) all[at] = await written(cases[at], sink);
  };
  await Promise.all(Array.from({ length: 16 }, worker));
  server.close();
  return [...new Set(all.flat())];
}
