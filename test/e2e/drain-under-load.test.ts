import { afterEach, beforeEach, expect, test } from "vitest";
import { KeepAliveClient } from "./keep-alive-client.ts";
import { type SideUpstream, type SplitDoor, startSide, startSplitDoor } from "./support/split-door.ts";
import { until } from "./until.ts";

const CLIENTS = 32;

let legacy: SideUpstream;
let modern: SideUpstream;
let door: SplitDoor;
let slowUnderWay = 0;
/** The slow answer may come. */
let slowMay = Promise.withResolvers<void>();
/** Requests that never get an answer, or the second half of one. */
let unanswered = 0;

beforeEach(async () => {
  slowUnderWay = 0;
  slowMay = Promise.withResolvers();
  unanswered = 0;
  legacy = await startSide("legacy", async (request, response) => {
    if (request.url === "/slow") {
      slowUnderWay++;
      await slowMay.promise;
    }
    response.writeHead(200, { "content-length": 6 });
    if (/^\/(?:never|half)/.test(request.url as string)) {
      unanswered++;
      if (request.url?.startsWith("/half")) response.write("leg");
      return;
    }
    response.end("legacy");
  });
  modern = await startSide("modern");
  door = await startSplitDoor(legacy, modern);
});

afterEach(async () => {
  await door.close();
  legacy.close();
  modern.close();
});

test("SIGTERM under load: every request that was taken is answered whole, new connections are refused, exit 0", {
  timeout: 90_000,
}, async () => {
  const clients = Array.from({ length: CLIENTS }, () => new KeepAliveClient(door.url));
  let answered = 0;
  const ends = clients.map(async (client) => {
    for (;;) {
      try {
        const { status, body } = await client.ask("GET", "/quick");
        expect([status, body]).toEqual([200, "legacy"]);
        answered++;
      } catch (error) {
        return (error as NodeJS.ErrnoException).code ?? String(error);
      }
    }
  });
  const slow = new KeepAliveClient(door.url);
  const slowAnswer = slow.ask("POST", "/slow", { "content-length": "2" }, "hi");
  await until(
    () => [slowUnderWay, answered] as const,
    ([way, count]) => way === 1 && count > CLIENTS * 5,
  );

  const exited = door.process.stop();
  // Each client goes on until it is told that its connection closes, and then finds the door shut.
  expect(await Promise.all(ends)).toEqual(clients.map(() => "ECONNREFUSED"));
  slowMay.resolve();
  const { status, headers, body } = await slowAnswer;
  expect([status, body, headers.connection]).toEqual([200, "legacy", "close"]);
  expect(await exited).toBe(0);
  for (const client of [...clients, slow]) client.close();
});

test("what is still under way at drain.deadline is cut off, the log says how much, and the exit code is 1", {
  timeout: 90_000,
}, async () => {
  const impatient = await startSplitDoor(legacy, modern, "drain: { deadline: 200ms }\n");
  const client = new KeepAliveClient(impatient.url);
  const slow = client.ask("GET", "/slow");
  slow.catch(() => {});
  await until(
    () => slowUnderWay,
    (count) => count === 1,
  );
  expect(await impatient.process.stop()).toBe(1);
  await expect(slow).rejects.toThrow(/socket hang up|ECONNRESET/);
  expect(impatient.process.output()).toContain('"brokenOff":1');
  await impatient.close();
});

test.each(["auto", "node"])(
  "lane %s: each request that drain.deadline cuts off has its access-log line",
  {
    timeout: 90_000,
  },
  async (lane) => {
    const impatient = await startSplitDoor(legacy, modern, `lane: ${lane}\ndrain: { deadline: 200ms }\n`);
    const targets = ["/never?1", "/never?2", "/half?3", "/half?4"];
    const clients = targets.map(() => new KeepAliveClient(impatient.url));
    for (const [index, client] of clients.entries())
      client.ask("GET", targets[index] as string).catch(() => {});
    await until(
      () => unanswered,
      (count) => count === targets.length,
    );
    expect(await impatient.process.stop()).toBe(1);
    const lines = impatient.process
      .output()
      .split("\n")
      .filter((line) => line.includes('"msg":"request"'))
      .map((line) => JSON.parse(line) as { readonly target: string; readonly error: string });
    expect(lines.map(({ target }) => target).toSorted()).toEqual(targets.toSorted());
    for (const { error } of lines) expect(error).toBe("client_left");
    expect(impatient.process.output()).toContain(`"brokenOff":${targets.length}`);
    await impatient.close();
  },
);

test("without reusePort a second front door on the same address is an error that says so", async () => {
  const port = new URL(door.url).port;
  const second = startSplitDoor(legacy, modern, `listen: 127.0.0.1:${port}\n`);
  await expect(second).rejects.toThrow(/address_in_use/);
});
