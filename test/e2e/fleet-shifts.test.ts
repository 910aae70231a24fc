import { expect, test } from "vitest";
import { RedisServer } from "../support/redis-server.ts";
import { withRedis } from "../support/with-redis.ts";
import { runFleetShifts } from "./support/fleet-shifts.ts";

withRedis("a fleet on one Redis", () => {
  test("every shift comes in force on every front door, no request fails, and the counts are the clients'", {
    timeout: 90_000,
  }, async () => {
    const redis = await RedisServer.start({ durable: true });
    try {
      const result = await runFleetShifts({
        doors: 3,
        shifts: 12,
        connections: 2,
        pauseMs: 5,
        everyMs: 50,
        state: redis.url,
      });
      expect(result.failures).toEqual([]);
      expect(result).toMatchObject({ ok: true, doors: 3, shifts: 13, failed: 0, wrongSide: 0 });
      expect(result.counts.clients.modern).toBeGreaterThan(0);
    } finally {
      await redis.remove();
    }
  });
});
