import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { createServer as createTcp, type Socket } from "node:net";
import { afterEach, expect, test } from "vitest";
import type { Question } from "../../src/asking/contract.ts";
import { HttpAsker } from "../../src/asking/http-asker.ts";

const open: (() => void)[] = [];
afterEach(() => {
  for (const close of open.splice(0)) close();
});

async function serve(handle: (request: IncomingMessage, response: ServerResponse) => void): Promise<Server> {
  const server = createServer(handle);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  open.push(() => {
    server.close();
    server.closeAllConnections();
  });
  return server;
}

const urlOf = (server: { address(): unknown }) =>
  new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/x?y`);

function asker(): HttpAsker {
  const made = new HttpAsker();
  open.push(() => made.close());
  return made;
}

const question = (url: URL, changes: Partial<Question> = {}): Question => ({
  ...{ url, method: "GET", headers: {}, signal: AbortSignal.timeout(20_000), maxBytes: 1000 },
  ...changes,
});

test("an answer comes whole, and connections are kept", async () => {
  const ports = new Set<number | undefined>();
  const server = await serve((request, response) => {
    ports.add(request.socket.remotePort);
    response.setHeader("X-Said", [`${request.method} ${request.url}`, String(request.headers["x-two"])]);
    request.pipe(response);
  });
  const { ask } = asker();
  for (let i = 0; i < 3; i++) {
    const reply = await ask(
      question(urlOf(server), { method: "POST", body: "h\u00e9", headers: { "x-two": ["a", "b\u00e9"] } }),
    );
    expect(reply).toMatchObject({ kind: "answered", status: 200 });
    if (reply.kind !== "answered") return;
    expect(Buffer.from(reply.body).toString()).toBe("h\u00e9");
    expect(reply.headers.slice(0, 4)).toEqual(["X-Said", "POST /x?y", "X-Said", "a, b\u00e9"]);
  }
  expect(ports.size).toBe(1);
});

test("nobody there, a name that is none, and a signal that came first", async () => {
  const server = createTcp().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const url = urlOf(server);
  await new Promise((resolve) => server.close(resolve));
  const { ask } = asker();
  expect(await ask(question(url))).toEqual({ kind: "failed", why: "unreachable", detail: "ECONNREFUSED" });
  expect(await ask(question(url, { signal: AbortSignal.abort() }))).toMatchObject({ why: "ended" });
  // A field that cannot be sent is no reason to fail otherwise.
  expect(await ask(question(url, { headers: { "x-a": "a\r\nb: c" } }))).toMatchObject({ why: "broken" });
});

test("an answer that is too long, breaks off, is no HTTP or hangs is none", async () => {
  const long = await serve((_request, response) => {
    response.end("x".repeat(2000));
  });
  const cut = await serve((_request, response) => {
    response.writeHead(200, { "content-length": "100" });
    response.write("x");
    setImmediate(() => response.destroy());
  });
  const hung = await serve(() => {});
  const odd = createTcp((socket: Socket) => socket.end("SSH-2.0-x\r\n")).listen(0, "127.0.0.1");
  await new Promise((resolve) => odd.once("listening", resolve));
  open.push(() => odd.close());
  const { ask } = asker();
  expect(await ask(question(urlOf(long)))).toMatchObject({ kind: "failed", why: "too_large" });
  expect(await ask(question(urlOf(cut)))).toMatchObject({ kind: "failed", why: "broken" });
  expect(await ask(question(urlOf(odd)))).toMatchObject({ kind: "failed", why: "broken" });
  const controller = new AbortController();
  const asked = ask(question(urlOf(hung), { signal: controller.signal }));
  hung.once("request", () => controller.abort());
  expect(await asked).toMatchObject({ kind: "failed", why: "ended" });
});

test("a redirect is an answer, and not followed", async () => {
  let asked = 0;
  const server = await serve((_request, response) => {
    asked++;
    response.writeHead(302, { location: "/elsewhere" }).end();
  });
  expect(await asker().ask(question(urlOf(server)))).toMatchObject({ status: 302 });
  expect(asked).toBe(1);
});

test("a kept connection that its server closed meanwhile costs nobody an answer", async () => {
  const sockets: Socket[] = [];
  const server = await serve((_request, response) => response.end("ok"));
  server.on("connection", (socket) => sockets.push(socket));
  const { ask } = asker();
  for (let i = 0; i < 20; i++) {
    expect(await ask(question(urlOf(server), { method: "POST", body: "x" }))).toMatchObject({ status: 200 });
    // It is gone before the next question is sent, or while it is.
    const last = sockets.at(-1);
    if (i % 2 === 0) last?.resetAndDestroy();
    else setImmediate(() => last?.resetAndDestroy());
  }
});

test("a body is taken as it comes, held back and let come again, and only of the answer that somebody takes", async () => {
  const total = 20 * 1024 * 1024;
  let written = 0;
  const server = await serve((request, response) => {
    if (request.url === "/refused") {
      response.writeHead(403).end("no");
      return;
    }
    response.writeHead(200);
    const chunk = Buffer.alloc(64 * 1024, 7);
    const more = () => {
      while (written < total) {
        written += chunk.length;
        if (!response.write(chunk)) return void response.once("drain", more);
      }
      response.end();
    };
    more();
  });
  const { ask } = asker();
  let bytes = 0;
  let resume = () => {};
  const held = Promise.withResolvers<void>();
  const taker = {
    onBegin(again: () => void) {
      resume = again;
    },
    onData(chunk: Uint8Array) {
      bytes += chunk.length;
      const first = bytes === chunk.length;
      if (first) held.resolve();
      return !first;
    },
  };
  const taken = (path: string) =>
    ask(
      question(new URL(path, urlOf(server)), {
        taker: (status) => (status === 200 ? taker : undefined),
      }),
    );
  const reply = taken("/");
  await held.promise;
  const first = bytes;
  await ask(question(new URL("/refused", urlOf(server))));
  expect(bytes).toBe(first);
  expect(written).toBeLessThan(total);
  resume();
  expect(await reply).toMatchObject({ kind: "answered", status: 200, body: Buffer.alloc(0) });
  expect(bytes).toBe(total);
  expect(await taken("/refused")).toMatchObject({ status: 403, body: Buffer.from("no") });
});

test("giving up while the last bytes of an answer are handed on ends it, and breaks nothing", async () => {
  const server = await serve((_request, response) => void response.end("the end"));
  const { ask } = asker();
  for (let turn = 0; turn < 3; turn++) {
    const controller = new AbortController();
    const reply = await ask(
      question(urlOf(server), {
        signal: controller.signal,
        taker: () => ({
          onBegin() {},
          onData() {
            controller.abort();
            return true;
          },
        }),
      }),
    );
    expect(["failed", "answered"]).toContain(reply.kind);
  }
});

test("a kept connection gathers no listeners", async () => {
  const sockets = new Set<Socket>();
  const hear = (message: unknown) => void sockets.add((message as { readonly socket: Socket }).socket);
  subscribe("net.client.socket", hear);
  open.push(() => unsubscribe("net.client.socket", hear));
  const server = await serve((_request, response) => void response.end("ok"));
  const { ask } = asker();
  for (let turn = 0; turn < 20; turn++)
    expect(await ask(question(urlOf(server)))).toMatchObject({ status: 200 });
  expect(sockets.size).toBe(1);
  for (const socket of sockets) expect(socket.listenerCount("connect")).toBeLessThanOrEqual(1);
});

test("what does something each time is not sent again where it may have arrived", async () => {
  let arrived = 0;
  const server = await serve((request, response) => {
    if (++arrived % 2 === 1) response.end("ok");
    else request.socket.resetAndDestroy();
  });
  const { ask } = asker();
  const order = question(urlOf(server), { method: "POST", body: "x", single: true });
  expect(await ask(order)).toMatchObject({ status: 200 });
  // Read, and then the kept connection is reset.
  expect(await ask(order)).toMatchObject({ kind: "failed", why: "broken" });
  expect(arrived).toBe(2);
  expect(await ask(order)).toMatchObject({ status: 200 });
  // Another may be asked once more.
  expect(await ask(question(urlOf(server)))).toMatchObject({ status: 200 });
  expect(arrived).toBe(5);
});

test("a network that goes away once a request was sent is no service that was not reached", async () => {
  const sockets: Socket[] = [];
  const hear = (message: unknown) => void sockets.push((message as { readonly socket: Socket }).socket);
  subscribe("net.client.socket", hear);
  open.push(() => unsubscribe("net.client.socket", hear));
  const server = await serve(() => {
    for (const socket of sockets)
      socket.destroy(Object.assign(new Error("it went away"), { code: "ETIMEDOUT" }));
  });
  expect(await asker().ask(question(urlOf(server), { method: "POST", body: "x" }))).toEqual({
    ...{ kind: "failed", why: "broken", detail: "ETIMEDOUT" },
  });
});

test("a service that is gone once it had a request over a kept connection may have done it", async () => {
  let last = false;
  const server = await serve((request, response) => {
    if (!last) return response.end("ok");
    server.close();
    request.socket.resetAndDestroy();
  });
  const { ask } = asker();
  expect(await ask(question(urlOf(server)))).toMatchObject({ status: 200 });
  const url = urlOf(server);
  last = true;
  expect(await ask(question(url))).toMatchObject({ kind: "failed", why: "broken" });
  expect(await ask(question(url))).toMatchObject({ kind: "failed", why: "unreachable" });
});
