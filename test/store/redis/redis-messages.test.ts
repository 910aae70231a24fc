import { afterAll, expect, test } from "vitest";
import { systemClock } from "../../../src/clock.ts";
import { openRedisMessages } from "../../../src/store/redis-messages.ts";
import { until } from "../../e2e/until.ts";
import { RedisServer } from "../../support/redis-server.ts";
import { withRedis } from "../../support/with-redis.ts";

withRedis("messages between front doors", () => {
  const cleanups: (() => unknown)[] = [];
  afterAll(async () => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  });

  test("once Redis is back each front door hears again, and none is taken to be gone before the others had time to come back", async () => {
    const redis = await RedisServer.start();
    cleanups.push(() => redis.stop());
    const { hex, micros } = systemClock;
    const open = (settleMs: number) => {
      const messages = openRedisMessages(redis.url, { hex, micros, settleMs });
      cleanups.push(() => messages.close());
      return messages;
    };
    const [one, two] = [open(600_000), open(0)];
    const heard: string[] = [];
    two.listen("seat", true, (text) => heard.push(text));
    one.listen("other", false, () => undefined);
    await until(
      () => one.tell("seat", "first"),
      (listeners) => listeners === 1,
    );
    await until(
      () => heard,
      (texts) => texts.includes("first"),
    );
    expect(await one.tell("nobody", "x")).toBe(0);

    await redis.stop();
    await until(
      () => one.tell("seat", "lost"),
      (listeners) => listeners === undefined,
    );
    await until(
      () => [one.away, two.away],
      (away) => away.every((why) => why !== undefined),
    );
    // What is listened to meanwhile is heard as well.
    two.listen("late", true, (text) => heard.push(text));
    await redis.start();
    for (const name of ["seat", "late"])
      await until(
        () => one.tell(name, `${name} again`),
        (listeners) => listeners === 1,
      );
    await until(
      () => heard,
      (texts) => texts.includes("seat again") && texts.includes("late again"),
    );
    expect(heard).not.toContain("lost");
    expect([one.away, two.away]).toEqual([undefined, undefined]);
    // Whoever was away itself cannot tell yet who is gone.
    expect(await one.tell("nobody", "x")).toBeUndefined();
    expect(await two.tell("nobody", "x")).toBe(0);
    two.unlisten("seat");
    await until(
      () => two.tell("seat", "x"),
      (listeners) => listeners === 0,
    );
  });
});
