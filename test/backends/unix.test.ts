import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, onTestFinished, test } from "vitest";
import { ask, closers, openUpstream, serveAt } from "./world.ts";

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

function socketPath(): string {
  const folder = mkdtempSync(join(tmpdir(), "fig-unix-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, "app.sock");
}

test("an upstream behind a Unix socket is asked over one connection, and called localhost", async () => {
  const path = socketPath();
  const server = await serveAt({ path });
  const { backend } = openUpstream({ urls: [`unix:${path}`], host: "upstream" });
  for (let i = 0; i < 3; i++) expect(await ask(backend)).toMatchObject({ status: 200, body: "ok" });
  expect(server.taken).toBe(1);
  expect(server.heads[0]).toBe("GET /x HTTP/1.1\r\nHost: localhost");
  expect(backend.state().members).toMatchObject([{ address: `unix:${path}`, condition: "up" }]);
});

test("a socket that is not there is refused, with the system's word for it", async () => {
  const { backend } = openUpstream({ urls: [`unix:${socketPath()}`] });
  expect(await ask(backend)).toMatchObject({ code: "upstream_refused", message: "ENOENT" });
});

test("a tunnel over a Unix socket that breaks ends for both", async () => {
  const path = socketPath();
  const server = await serveAt({ path }, (_head, socket) => {
    socket.write("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n");
  });
  const { backend } = openUpstream({ urls: [`unix:${path}`] });
  const upgraded = Promise.withResolvers<void>();
  const call = backend.open(
    {
      ...{ method: "GET", target: "/", headers: ["Host", "a", "Upgrade", "tcp"], framing: -1 },
      ...{ upgrade: true, retryable: false, timeoutMs: undefined },
    },
    {
      ...{ onRequestDrain() {}, onInform() {}, onHead() {}, onData() {}, onEnd() {} },
      onUpgrade: () => upgraded.resolve(),
      onError: (code) => upgraded.reject(new Error(code)),
    },
  );
  call.end(undefined);
  await upgraded.promise;
  call.abort();
  while (server.sockets.size > 0) await new Promise((resolve) => setImmediate(resolve));
});
