import { createServer, type Socket } from "node:net";
import fc from "fast-check";
import { afterEach, expect, test } from "vitest";
import { systemClock } from "../../../src/clock.ts";
import { type Pace, paceOf } from "../../../src/domain/policies/gcra.ts";
import { windowOf } from "../../../src/domain/policies/utc-window.ts";
import { readRedisUrl } from "../../../src/domain/state-url.ts";
import type { FleetLimits, FleetMeter } from "../../../src/store/contract.ts";
import { createConnection } from "../../../src/store/redis-connection.ts";
import { TAKE } from "../../../src/store/redis-limit-scripts.ts";
import { openRedisLimits } from "../../../src/store/redis-limits.ts";
import { until } from "../../e2e/until.ts";
import { ExactBucket } from "../../support/exact-bucket.ts";
import { RedisServer } from "../../support/redis-server.ts";
import { withRedis } from "../../support/with-redis.ts";

const opened: FleetLimits[] = [];
const clients: ReturnType<typeof createConnection>[] = [];
const servers: { remove(): Promise<void> }[] = [];
afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy();
  for (const limits of opened.splice(0)) await limits.close();
  for (const server of servers.splice(0)) await server.remove();
});

/** `answerMs`: on a busy machine an answer may take its time. */
async function open(url: string, answerMs?: number): Promise<FleetLimits> {
  const limits = openRedisLimits(url, { ...systemClock, answerMs });
  opened.push(limits);
  await limits.start();
  return limits;
}

async function redisServer(settings: Readonly<Record<string, string>> = {}): Promise<RedisServer> {
  const server = await RedisServer.start({ settings });
  servers.push(server);
  return server;
}

/** Waits until it is so. */
const holds = (is: () => boolean | Promise<boolean>, what: string) =>
  until(
    async () => is(),
    (now) => now,
  ).catch((error: unknown) => {
    throw new Error(`not so: ${what}`, { cause: error });
  });

async function connected(url: string) {
  const client = createConnection(readRedisUrl(url) as never);
  client.on("error", () => {});
  clients.push(client);
  await client.connect();
  return client;
}

const rate = (amount: string, burst: number): FleetMeter => ({
  kind: "rate",
  id: `r ${amount} ${burst}`,
  pace: paceOf(amount, 1e6, burst) as Pace,
});
const quota = (amount: number, period: "day" | "week" | "month"): FleetMeter => ({
  kind: "quota",
  id: `q ${period}`,
  amount,
  period,
});

withRedis("limits in Redis", () => {
  test("four front doors together let pass at most rate × t + burst + 1, and all of it", async () => {
    const { url } = await redisServer();
    const doors = await Promise.all(Array.from({ length: 4 }, () => open(url, 20_000)));
    const meter = rate("200", 50);
    const began = performance.now();
    let passed = 0;
    const ask = async (door: FleetLimits) => {
      while (performance.now() - began < 2000) {
        const said = await Promise.all(Array.from({ length: 8 }, () => door.take([meter], ["a"], false)));
        passed += said.filter((one) => one?.passes).length;
      }
    };
    await Promise.all(doors.map(ask));
    const seconds = (performance.now() - began) / 1000;
    expect(passed).toBeLessThanOrEqual(200 * seconds + 50 + 1);
    expect(doors.map(({ away }) => away)).toEqual([undefined, undefined, undefined, undefined]);
    expect(passed).toBeGreaterThan(0.9 * (200 * 2 + 50));
    await holds(() => doors.every((door) => door.doors === 4), "each knows of the others");
  });

  test("the script lets pass what the exact model does, over 50 random rates, bursts and arrivals", async () => {
    const client = await connected((await redisServer()).url);
    // The same text with a clock that is told.
    const text = TAKE.text
      .replace("redis.call('TIME')", "{ARGV[#ARGV - 1], ARGV[#ARGV]}")
      .replace(", 'PX', string.format('%.0f', expires)", "");
    expect(text).not.toMatch(/TIME|PX/);
    let run = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 50_000_000 }).map((n) => String(n / 1000)),
        fc.constantFrom(1e6, 60e6, 3600e6),
        fc.integer({ min: 1, max: 40 }),
        fc.array(fc.oneof(fc.integer({ min: 0, max: 100 }), fc.integer({ min: 0, max: 3_000_000 })), {
          minLength: 30,
          maxLength: 80,
        }),
        async (amount, period, burst, gaps) => {
          const { cost, perMicro, room } = paceOf(amount, period, burst) as Pace;
          const exact = new ExactBucket(amount, period, burst);
          const began = 1_764_000_000;
          const key = `{x}${++run}`;
          let now = 0;
          const asked = gaps.map((gap) => {
            now += gap;
            const args = ["1", "rate", cost, perMicro, room, began + Math.floor(now / 1e6), now % 1e6].map(
              String,
            );
            return { now, said: client.sendCommand(["EVAL", text, "1", key, ...args]) as Promise<unknown> };
          });
          for (const { now: at, said } of asked)
            expect(((await said) as number[])[0] === 1).toBe(exact.take(at));
        },
      ),
      { numRuns: 50 },
    );
  });

  test("a request is counted by all of its meters or by none, and a look counts nothing", async () => {
    const { url } = await redisServer();
    const limits = await open(url);
    const meters = [rate("1", 10), quota(2, "day")];
    const take = (peek = false) => limits.take(meters, ["a", "b"], peek);
    expect(await take(true)).toMatchObject({ passes: true, used: [0, 0] });
    await take();
    expect(await take()).toMatchObject({ passes: true, used: [expect.any(Number), 2] });
    const refused = await take();
    expect(refused).toMatchObject({ passes: false, used: [expect.any(Number), 2] });
    expect((refused?.used[0] as number) / 1e6).toBeLessThanOrEqual(2);
    expect(refused?.endsMs[1]).toBeLessThanOrEqual(86_400_000);
    // Another key, and another limit, have their own.
    expect(await limits.take(meters, ["a", "c"], false)).toMatchObject({ used: [expect.any(Number), 1] });
  });

  test("windows are those of the calendar", async () => {
    const { url } = await redisServer();
    const limits = await open(url);
    for (const period of ["day", "week", "month"] as const) {
      const said = await limits.take([quota(5, period)], ["a"], false);
      const ends = Date.now() + (said?.endsMs[0] as number);
      expect(Math.abs(ends - windowOf(period, Date.now()).end)).toBeLessThan(60_000);
    }
  });

  test("the script's months are those of the calendar, over years", async () => {
    const { url } = await redisServer();
    const client = await connected(url);
    for (
      let now = Date.parse("2024-01-15T10:00:00Z");
      now < Date.parse("2029-03-01");
      now += 9.7 * 86_400_000
    ) {
      for (const period of ["day", "week", "month"] as const) {
        const seconds = Math.floor(now / 1000);
        // The same text with another clock.
        const text = TAKE.text.replace("redis.call('TIME')", `{'${seconds}', '0'}`);
        const said = (await client.sendCommand([
          "EVAL",
          text,
          "1",
          `{x}${period}`,
          "0",
          period,
          "5",
          "0",
          "0",
        ])) as number[];
        expect(seconds * 1000 + (said[2] as number)).toBe(windowOf(period, seconds * 1000).end);
      }
    }
  });

  test("what is as good as new leaves nothing behind, and no key says whose it is", async () => {
    const server = await redisServer();
    const limits = await open(server.url);
    await limits.take([rate("50", 2), quota(5, "day")], ["secret-key-1", "secret-key-1"], false);
    const client = await connected(server.url);
    const keys = async () => ((await client.sendCommand(["KEYS", "fig:*limit:*"])) as string[]).sort();
    const first = await keys();
    expect(first.join()).not.toContain("secret");
    await holds(async () => (await keys()).length < first.length, "the rate's key is gone");
    for (const key of await keys())
      expect(await client.sendCommand(["PTTL", key])).toBeLessThanOrEqual(86_400_001);
  });

  test("a Redis that hangs holds nobody up for long, and is asked again when it goes on", async () => {
    const server = await redisServer();
    const limits = await open(server.url);
    const meter = rate("1000", 10);
    await limits.take([meter], ["a"], false);
    server.freeze();
    const began = performance.now();
    const said = await Promise.all(Array.from({ length: 50 }, () => limits.take([meter], ["a"], false)));
    const took = performance.now() - began;
    expect(said.every((one) => one === undefined)).toBe(true);
    expect(took).toBeGreaterThan(95);
    expect(took).toBeLessThan(1000);
    expect(limits.away).toContain("no answer in 100 ms");
    const at = performance.now();
    expect(await limits.take([meter], ["a"], false)).toBeUndefined();
    expect(performance.now() - at).toBeLessThan(50);
    server.resume();
    await holds(() => limits.away === undefined, "Redis is asked again");
    expect(await limits.take([meter], ["a"], false)).toMatchObject({ passes: true });
  });

  test("a Redis that hangs while nobody asks is found out", async () => {
    const server = await redisServer();
    const limits = await open(server.url);
    server.freeze();
    await holds(() => limits.away !== undefined, "it is away");
    server.resume();
    await holds(() => limits.away === undefined, "it is back");
  });

  test("a Redis that is killed and comes back empty counts anew", async () => {
    const server = await redisServer();
    const limits = await open(server.url);
    const meter = rate("0.001", 2);
    await limits.take([meter], ["a"], false);
    await server.stop();
    await holds(() => limits.away !== undefined, "it is away");
    expect(await limits.take([meter], ["a"], false)).toBeUndefined();
    await server.start();
    await holds(() => limits.away === undefined, "it is back");
    expect(await limits.take([meter], ["a"], false)).toMatchObject({ passes: true });
  });

  test("a Redis that is full, or holds something else under a key, is away", async () => {
    const server = await redisServer({ "maxmemory-policy": "noeviction" });
    const limits = await open(server.url);
    const client = await connected(server.url);
    const meter = rate("0.001", 2);
    await limits.take([meter], ["a"], false);
    const key = ((await client.sendCommand(["KEYS", "fig:*limit:*"])) as string[]).find(
      (name) => !name.includes("doors"),
    );
    expect(key).toBeDefined();
    for (const name of (await client.sendCommand(["KEYS", "fig:*limit:*"])) as string[])
      await client.sendCommand(["SET", name, "garbage"]);
    expect(await limits.take([meter], ["a"], false)).toBeUndefined();
    expect(limits.away).toContain("holds something else");
    await client.sendCommand(["FLUSHDB"]);
    await holds(() => limits.away === undefined, "it is back");
    await client.sendCommand(["CONFIG", "SET", "maxmemory", "1"]);
    expect(await limits.take([meter], ["b"], false)).toBeUndefined();
    expect(limits.away).toContain("OOM");
    await client.sendCommand(["CONFIG", "SET", "maxmemory", "0"]);
    await holds(() => limits.away === undefined, "it has room again");
  });

  test("front doors that leave, or are not heard of, have no share", { timeout: 30_000 }, async () => {
    const { url } = await redisServer();
    const [one, other] = [await open(url), await open(url)];
    await holds(() => one.doors === 2 && other.doors === 2, "they know of each other");
    await other.close();
    await holds(() => one.doors === 1, "one is left");
  });
});

/** A server that answers each command with `answer`, once the first words of a connection were right. */
async function lying(answer: (command: string) => string | undefined) {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("data", (chunk) => {
      // Each command is an array; enough is known of it by its name.
      for (const command of chunk.toString("latin1").split(/(?=\*\d+\r\n\$)/)) {
        const said = /HELLO/i.test(command)
          ? "%1\r\n$4\r\nrole\r\n$6\r\nmaster\r\n"
          : /CLIENT|SELECT|ZREM/i.test(command)
            ? "+OK\r\n"
            : answer(command);
        if (said !== undefined) socket.write(said);
      }
    });
  });
  server.listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  servers.push({
    remove: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  });
  return `redis://127.0.0.1:${(server.address() as { port: number }).port}`;
}

const fair = (command: string) =>
  /doors/.test(command) ? "*2\r\n:2\r\n:0\r\n" : "*3\r\n:1\r\n:1\r\n:5000\r\n";

test.each([
  ["a word", "+OK\r\n"],
  ["nothing", "_\r\n"],
  ["too few numbers", "*2\r\n:1\r\n:1\r\n"],
  ["too many numbers", "*5\r\n:1\r\n:1\r\n:0\r\n:1\r\n:0\r\n"],
  ["a text for a number", "*3\r\n:1\r\n$1\r\n1\r\n:0\r\n"],
  ["a negative number", "*3\r\n:1\r\n:-5\r\n:0\r\n"],
  ["passed, where nothing is counted", "*3\r\n:1\r\n:0\r\n:0\r\n"],
  ["passed, beyond the room", "*3\r\n:1\r\n:99000000\r\n:0\r\n"],
  ["refused, where there is room", "*3\r\n:0\r\n:1\r\n:0\r\n"],
  ["a window that does not end", "*3\r\n:1\r\n:1000000\r\n:99999999999\r\n"],
  ["neither passed nor refused", "*3\r\n:7\r\n:1000000\r\n:0\r\n"],
  ["what is no RESP", "!!!!\r\n"],
  ["an error", "-ERR something\r\n"],
])("a Redis that answers with %s is away, and asks nobody to wait", async (_what, answer) => {
  let lies = false;
  const url = await lying((command) => (lies && /\brate\b/.test(command) ? answer : fair(command)));
  const limits = await open(url);
  await holds(() => limits.away === undefined, "it is believed");
  lies = true;
  expect(await limits.take([rate("1", 5)], ["a"], false)).toBeUndefined();
  expect(limits.away).toBeDefined();
});

test("a Redis that lies from the start is never asked", async () => {
  const limits = await open(await lying(() => "+OK\r\n"));
  expect(limits.away).toContain("makes no sense");
  expect(await limits.take([rate("1", 5)], ["a"], false)).toBeUndefined();
});

test("where no Redis is, that is known before anything listens", async () => {
  const limits = await open("redis://127.0.0.1:1");
  expect(limits.away).toContain("ECONNREFUSED");
});
