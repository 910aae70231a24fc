import { expect, test } from "vitest";
import { RedisServer } from "../support/redis-server.ts";
import { withRedis } from "../support/with-redis.ts";
import { runFleetKill } from "./support/fleet-kill.ts";

withRedis("a fleet whose Redis is killed", () => {
  test("no client's request fails, no acknowledged revision is lost, and of two writers never both win", {
    timeout: 90_000,
  }, async () => {
    const redis = await RedisServer.start({ durable: true });
    let turn = 0;
    try {
      const result = await runFleetKill({
        doors: 3,
        kills: 2,
        connections: 2,
        pauseMs: 5,
        redis,
        random: () => (turn++ * 0.618_034) % 1,
      });
      expect(result.failures).toEqual([]);
      expect(result).toMatchObject({ ok: true, doors: 3, kills: 2, failed: 0 });
      expect(result.acknowledged).toBeGreaterThan(8);
      expect(result.refused).toBeGreaterThan(0);
    } finally {
      await redis.remove();
    }
  });
});
