import { afterEach, describe, expect, test } from "vitest";
import { ByteBudget } from "../../src/domain/byte-budget.ts";
import { CHUNKED, NO_BODY } from "../../src/domain/message.ts";
import type { Retries } from "../../src/domain/upstream.ts";
import { until } from "../e2e/until.ts";
import {
  answering,
  ask,
  closers,
  Hearing,
  OK,
  openUpstream,
  type Script,
  type Scripted,
  serveAt,
} from "./world.ts";

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const RETRIES: Retries = { attempts: 1, on: ["connect", "reset", 502, 503, 504], budgetPercent: 100 };
const UNAVAILABLE = "HTTP/1.1 503 Away\r\nContent-Length: 4\r\n\r\naway";
const unavailable: Script = (_head, socket) => void socket.write(UNAVAILABLE);
const resetting: Script = (_head, socket) => void socket.destroy();

/** Two members, each with its script. */
async function pair(first: Script, second: Script, retries: Partial<Retries> = {}, budget = 1_000_000) {
  const a = await serveAt({ host: "127.0.0.1", port: 0 }, first);
  const b = await serveAt({ host: "127.0.0.2", port: a.port }, second);
  const urls = [a, b].map(({ port }, i) => `http://127.0.0.${i + 1}:${port}`);
  const bodies = new ByteBudget(budget);
  const opened = openUpstream(
    { urls, retries: { ...RETRIES, ...retries }, ejection: { failures: 100, forMs: 1000, maxPercent: 0 } },
    { bodies },
  );
  return { ...opened, a, b, bodies };
}

/** Sees that the next try is made when the pause is over, and not before. */
async function pausing(pass: (ms: number) => void, pauseMs: number, tries: () => number, before: number) {
  pass(pauseMs - 1);
  await new Promise((resolve) => setTimeout(resolve, 30));
  expect(tries()).toBe(before);
  pass(1);
  await until(tries, (count) => count === before + 1);
}

describe("a request that may be sent twice", () => {
  test.each([
    ["503", unavailable],
    ["reset", resetting],
  ])("is tried at another member after %s, and every try is told", async (result, script) => {
    const { backend, a, b } = await pair(script, answering);
    const served = new Hearing();
    expect(await ask(backend, { served })).toMatchObject({ status: 200, body: "ok" });
    expect([a.heads.length, b.heads.length]).toEqual([1, 1]);
    expect(served.tries).toEqual([`u 127.0.0.1:${a.port} ${result}`, `u 127.0.0.2:${a.port} answered`]);
    expect(backend.state().retries).toBe(1);
  });

  test("is sent with its whole body again", async () => {
    const servers: Scripted[] = [];
    const whenWhole =
      (at: number, answer: string): Script =>
      (_head, socket) => {
        const look = () => {
          if (servers[at]?.received.endsWith("0\r\n\r\n")) socket.write(answer);
          else setImmediate(look);
        };
        look();
      };
    const { backend, a, b, bodies } = await pair(whenWhole(0, UNAVAILABLE), whenWhole(1, OK));
    servers.push(a, b);
    const headers = ["Host", "a", "Transfer-Encoding", "chunked"];
    expect(await ask(backend, { method: "PUT", headers, framing: CHUNKED }, "abc")).toMatchObject({
      status: 200,
    });
    expect(a.received).toMatch(/\r\n\r\n3\r\nabc\r\n0\r\n\r\n$/);
    expect(b.received.split("\r\n\r\n").slice(1)).toEqual(a.received.split("\r\n\r\n").slice(1));
    expect(bodies.held).toBe(0);
  });

  test("is given what came when its tries are used up, and there are no more than those", async () => {
    const { backend, a, b, pass } = await pair(unavailable, unavailable, { attempts: 3 });
    const asked = ask(backend);
    for (const [retries, pauseMs] of [
      [2, 25],
      [3, 50],
    ] as const) {
      await until(
        () => backend.state().retries,
        (count) => count === retries,
      );
      // Both had their turn.
      await pausing(pass, pauseMs, () => a.heads.length + b.heads.length, retries);
    }
    expect(await asked).toMatchObject({ status: 503, body: "away" });
    expect(a.heads.length + b.heads.length).toBe(4);
    expect(a.heads.length).toBe(2);
  });

  test("is tried again at the only member there is: another server may stand behind its address", async () => {
    const server = await serveAt({ host: "127.0.0.1", port: 0 }, (_head, socket, nth) =>
      nth === 1 ? socket.destroy() : socket.write(OK),
    );
    const { backend, pass } = openUpstream({ urls: [`http://127.0.0.1:${server.port}`], retries: RETRIES });
    const asked = ask(backend);
    await until(
      () => backend.state().retries,
      (count) => count === 1,
    );
    await pausing(pass, 25, () => server.heads.length, 1);
    expect(await asked).toMatchObject({ status: 200 });
    expect(server.heads).toHaveLength(2);
  });

  test("has no pause between its tries while its body is still coming, and ends in one when its client does", async () => {
    const { backend, a, pass } = await pair(unavailable, unavailable, { attempts: 4 });
    const leaving = backend.open(
      {
        ...{ method: "GET", target: "/x", headers: ["Host", "a"], framing: NO_BODY },
        ...{ upgrade: false, retryable: true, timeoutMs: undefined },
      },
      {
        ...{ onRequestDrain: () => {}, onInform: () => {}, onHead: () => {}, onUpgrade: () => {} },
        ...{ onData: () => {}, onEnd: () => {}, onError: () => {} },
      },
    );
    leaving.end(undefined);
    await until(
      () => backend.state().retries,
      (count) => count === 2,
    );
    leaving.abort();
    pass(1000);
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(backend.state().retries).toBe(2);
    const before = a.heads.length;
    const headers = ["Host", "a", "Transfer-Encoding", "chunked"];
    const coming = backend.open(
      {
        ...{ method: "PUT", target: "/x", headers, framing: CHUNKED },
        ...{ upgrade: false, retryable: true, timeoutMs: undefined },
      },
      {
        ...{ onRequestDrain: () => {}, onInform: () => {}, onHead: () => {}, onUpgrade: () => {} },
        ...{ onData: () => {}, onEnd: () => {}, onError: () => {} },
      },
    );
    coming.write(Buffer.from("a"));
    await until(
      () => backend.state().retries,
      (count) => count === 6,
    );
    expect(a.heads.length).toBeGreaterThan(before + 1);
    coming.abort();
  });

  test("is tried again after gRPC's UNAVAILABLE in trailers alone", async () => {
    const grpc = (status: number, fields: string, body = ""): Script => {
      const head = `HTTP/1.1 ${status} x\r\nContent-Type: application/grpc\r\n${fields}`;
      return (_head, socket) => void socket.write(`${head}Content-Length: ${body.length}\r\n\r\n${body}`);
    };
    const on = ["unavailable"] as const;
    const { backend, b } = await pair(grpc(200, "grpc-status: 14\r\n"), answering, { on });
    const served = new Hearing();
    expect(await ask(backend, { served })).toMatchObject({ body: "ok" });
    expect(b.heads).toHaveLength(1);
    expect(served.tries[0]).toMatch(/ unavailable$/);
    for (const script of [
      grpc(200, "grpc-status: 13\r\n"),
      grpc(200, "grpc-status: 14\r\n", "message"),
      grpc(503, "grpc-status: 14\r\n"),
    ]) {
      const other = await pair(script, answering, { on });
      await ask(other.backend);
      expect(other.b.heads).toEqual([]);
    }
    const unasked = await pair(grpc(200, "grpc-status: 14\r\n"), answering);
    await ask(unasked.backend);
    expect(unasked.b.heads).toEqual([]);
  });

  test("is not tried again for what `on` does not name", async () => {
    const { backend, b } = await pair(unavailable, answering, { on: ["reset"] });
    expect(await ask(backend)).toMatchObject({ status: 503, body: "away" });
    expect(b.heads).toEqual([]);
  });

  test("is not tried again once a byte of an answer went on", async () => {
    const { backend, b } = await pair(
      (_head, socket) =>
        socket.write("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok", () => socket.destroy()),
      answering,
    );
    expect(await ask(backend)).toMatchObject({ status: 200, body: "ok", code: "upstream_reset" });
    expect(b.heads).toEqual([]);
    const { backend: hinting, b: other } = await pair(
      (_head, socket) => socket.write(`HTTP/1.1 103 Early\r\nLink: x\r\n\r\n${UNAVAILABLE}`),
      answering,
    );
    expect(await ask(hinting)).toMatchObject({ status: 503 });
    expect(other.heads).toEqual([]);
  });

  test("is not tried again when its body is longer than is kept, or than the budget of bodies allows", async () => {
    const late: Script = (_head, socket) => setTimeout(() => socket.write(UNAVAILABLE), 50);
    const long = "x".repeat(300 * 1024);
    const { backend, b } = await pair(late, answering);
    const headers = ["Host", "a", "Content-Length", String(long.length)];
    expect(await ask(backend, { method: "PUT", headers }, long)).toMatchObject({ status: 503 });
    expect(b.heads).toEqual([]);
    const poor = await pair(late, answering, {}, 100);
    const short = "x".repeat(1000);
    const fields = ["Host", "a", "Content-Length", "1000"];
    expect(await ask(poor.backend, { method: "PUT", headers: fields }, short)).toMatchObject({ status: 503 });
    expect(poor.bodies.held).toBe(0);
  });
});

test("a request that may not be sent twice is not, unless no byte of it was", async () => {
  const { backend, b } = await pair(unavailable, answering);
  expect(await ask(backend, { method: "POST" })).toMatchObject({ status: 503 });
  expect(b.heads).toEqual([]);
  const { backend: other, a: dead } = await pair(answering, answering);
  await dead.close();
  for (let i = 0; i < 4; i++) expect(await ask(other, { method: "POST" })).toMatchObject({ status: 200 });
  expect(other.state().retries).toBe(0);
});

test("retries are bounded to a share of the requests", async () => {
  const { backend, a, b, pass } = await pair(unavailable, unavailable, { budgetPercent: 20 });
  for (let i = 0; i < 200; i++) expect((await ask(backend)).status).toBe(503);
  // Ten are free in each 5 to 10 s.
  expect(backend.state().retries).toBe(40);
  expect(a.heads.length + b.heads.length).toBe(240);
  expect(backend.state().limited.retry_budget).toBe(160);
  pass(20_000);
  await ask(backend);
  expect(backend.state().retries).toBe(41);
});
