import { DatabaseSync } from "node:sqlite";
import { createClient } from "@redis/client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { mergeCounts, type WindowCounts } from "../../../src/domain/counters.ts";
import { WindowTally } from "../../../src/domain/tally.ts";
import { openStore } from "../../../src/store/index.ts";
import { packCounts } from "../../../src/store/packed-counts.ts";
import { memberOf, redisKeys } from "../../../src/store/redis-keys.ts";
import { windowOf } from "../../conformance/store-values.ts";
import { RedisServer } from "../../support/redis-server.ts";
import { withRedis } from "../../support/with-redis.ts";
import { hex, StoreFolder } from "../folder.ts";

const window = windowOf("a", 1, 1);
const HOUR = 3_600_000;

function counted(): WindowCounts {
  const tally = new WindowTally(window);
  tally.answered("legacy", 200, 1_000, false, false);
  tally.compared("mismatch");
  tally.fellBack(true);
  return tally.counts();
}

const now = counted();
const { fallbacks: _, ...older } = now;
/** What a fig that does not know fallbacks wrote of the same, and what there is to be read of it. */
const OLD = { json: JSON.stringify(older), packed: JSON.stringify(JSON.parse(packCounts(now)).slice(0, 6)) };
const READ = { ...now, fallbacks: 0 };

describe("what a fig with fewer counters stored is read, and added to", () => {
  const folder = new StoreFolder();

  test("in a SQLite file", async () => {
    const at = Math.floor(folder.now / HOUR) * HOUR;
    const store = await folder.open();
    await store.putCounts("door", [{ window, counts: now, mismatches: [] }]);
    await store.putRollups("door", [{ route: "a", at, counts: now }]);
    const file = new DatabaseSync(folder.file());
    file.prepare("UPDATE counts SET counts = ?").run(OLD.json);
    for (const table of ["minutes", "hours"]) file.prepare(`UPDATE ${table} SET counts = ?`).run(OLD.packed);
    file.close();
    expect(await store.readCounts([window])).toEqual([{ window, counts: READ }]);
    const read = () => store.readRollups({ route: "a", step: "hour", from: at, to: at + 1 });
    expect(await read()).toEqual([{ route: "a", at, counts: READ }]);
    await store.putCounts("another", [{ window, counts: now, mismatches: [] }]);
    await store.putRollups("another", [{ route: "a", at, counts: now }]);
    expect(await store.readCounts([window])).toEqual([{ window, counts: mergeCounts([READ, now]) }]);
    expect(await read()).toEqual([{ route: "a", at, counts: mergeCounts([READ, now]) }]);
  });

  withRedis("older rows in Redis", () => {
    let server: RedisServer;
    beforeAll(async () => {
      server = await RedisServer.start();
    });
    afterAll(() => server.remove());

    test("in Redis, and a newer fig's sums are kept by one that does not know them", async () => {
      const at = Math.floor(folder.now / HOUR) * HOUR;
      const store = await openStore(`${server.url}?prefix=fig:`, { now: () => folder.now, hex });
      const client = await createClient({ url: server.url }).connect();
      const keys = redisKeys("fig:");
      await store.putCounts("another", [{ window, counts: now, mismatches: [] }]);
      await client.hSet(keys.counts("a", memberOf(window)), "door", OLD.json);
      expect(await store.readCounts([window])).toEqual([{ window, counts: mergeCounts([READ, now]) }]);

      const put = (door: string) => store.putRollups(door, [{ route: "a", at, counts: now }]);
      const hour = keys.rollup("hour", "a", at);
      const read = async () =>
        (await store.readRollups({ route: "a", step: "hour", from: at, to: at + 1 }))[0]?.counts;
      await client.set(hour, OLD.packed);
      expect(await read()).toEqual(READ);
      await put("door");
      expect(await read()).toEqual(mergeCounts([READ, now]));
      // This door's minute as an older fig put it, before it was restarted as this one: what it gained is what is added.
      await client.hSet(keys.doorMinutes("later", at), `${at} a`, OLD.packed);
      await put("later");
      expect(await read()).toEqual(mergeCounts([READ, now, { ...mergeCounts([]), fallbacks: 1 }]));
      await client.set(hour, packCounts(now).replace(/\]$/, ',{"x":4}]'));
      await put("third");
      expect(await read()).toEqual(mergeCounts([now, now]));
      expect(await client.get(hour)).toMatch(/,\{"x":4\}\]$/);
      await client.close();
      await store.close();
    });
  });
});
