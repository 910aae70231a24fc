import { existsSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, expect, test } from "vitest";
import type { LedgerEntry } from "../../src/domain/ledger.ts";
import { RedisServer } from "../support/redis-server.ts";
import { withRedis } from "../support/with-redis.ts";
import { askAdmin, runFig } from "./fig-process.ts";
import { KeepAliveClient } from "./keep-alive-client.ts";
import { type SideUpstream, type SplitDoor, startSide, startSplitDoor } from "./support/split-door.ts";
import { until } from "./until.ts";

const doors: SplitDoor[] = [];
const sides: SideUpstream[] = [];

async function aDoor(more = ""): Promise<SplitDoor> {
  if (sides.length === 0) sides.push(await startSide("legacy"), await startSide("modern"));
  const [legacy, modern] = sides as [SideUpstream, SideUpstream];
  const door = await startSplitDoor(legacy, modern, more);
  doors.push(door);
  return door;
}

afterEach(async () => {
  for (const door of doors.splice(0)) await door.close();
  for (const side of sides.splice(0)) side.close();
});

/** Asks one after the other, and fails where one answer is not whole and 200. */
async function served(client: KeepAliveClient): Promise<string> {
  const { status, body } = await client.ask("GET", "/a", { "x-user-id": "ada" });
  expect(status).toBe(200);
  return body;
}

const heldFile = (door: SplitDoor) => join(dirname(door.config), ".fig/rollback.json");
const ledgerOf = ({ adminUrl }: SplitDoor) =>
  askAdmin<readonly LedgerEntry[]>(adminUrl, "GET", "/ledger?order=newest&limit=5");
const toModern = ({ adminUrl }: SplitDoor) =>
  askAdmin(adminUrl, "POST", "/routes/shop/shift", { modern: 100, reason: "all" });

/** The command ends with 0, and within a second the door serves by it, every answer whole. */
async function goBackHere(door: SplitDoor, client: KeepAliveClient): Promise<void> {
  const { code, stderr } = await runFig(
    ["rollback", "shop", "--local", "--reason", "the store is gone", "--by", "ada", "-c", door.config],
    {},
  );
  expect([code, stderr]).toEqual([0, ""]);
  await until(
    () => served(client),
    (body) => body === "legacy",
    1_000,
  );
}

/** The ledger has it once, the file is gone, and it still holds. */
async function settled(door: SplitDoor, client: KeepAliveClient): Promise<void> {
  await until(
    () => existsSync(heldFile(door)),
    (there) => !there,
  );
  const [newest, before] = await ledgerOf(door);
  expect(newest).toMatchObject({
    kind: "rollback",
    by: "ada",
    changes: [{ route: "shop", to: { modern: 0 } }],
  });
  expect(newest?.reason).toContain("the store is gone (held on one front door as ");
  expect(before?.kind).toBe("shift");
  expect(await served(client)).toBe("legacy");
}

test("with SQLite corrupt a route goes back within a second, and the ledger says so once its backup is put back", {
  timeout: 90_000,
}, async () => {
  const door = await aDoor();
  await toModern(door);
  const client = new KeepAliveClient(door.url);
  expect(await served(client)).toBe("modern");
  const state = join(dirname(door.config), "state.db");
  expect((await runFig(["state", "backup", `${state}.copy`, "-c", door.config])).code).toBe(0);
  for (const file of [state, `${state}-wal`]) writeFileSync(file, Buffer.alloc(statSync(file).size, "x"));
  const ordinary = ["rollback", "shop", "--reason", "x", "-c", door.config, "--admin", door.adminUrl];
  expect((await runFig(ordinary)).code).not.toBe(0);

  await goBackHere(door, client);
  const { problems } = await askAdmin<{ problems: readonly string[] }>(door.adminUrl, "GET", "/status").catch(
    () => ({ problems: ["shop at modern 0"] }),
  );
  expect(problems.join()).toContain("shop at modern 0");

  for (const end of ["", "-wal", "-shm"]) rmSync(`${state}${end}`, { force: true });
  renameSync(`${state}.copy`, state);
  await settled(door, client);
  client.close();
});

withRedis("front doors whose Redis is dead", () => {
  test("the door asked goes back within a second, the others once Redis is there again", {
    timeout: 90_000,
  }, async () => {
    const redis = await RedisServer.start({ durable: true });
    try {
      const [asked, other] = [await aDoor(`state: ${redis.url}\n`), await aDoor(`state: ${redis.url}\n`)];
      await toModern(asked);
      const clients = [new KeepAliveClient(asked.url), new KeepAliveClient(other.url)] as const;
      for (const client of clients)
        await until(
          () => served(client),
          (body) => body === "modern",
        );
      await redis.stop();
      await goBackHere(asked, clients[0]);
      expect(await served(clients[1])).toBe("modern");
      await redis.start();
      await settled(asked, clients[0]);
      await until(
        () => served(clients[1]),
        (body) => body === "legacy",
      );
      for (const client of clients) client.close();
    } finally {
      await redis.remove();
    }
  });
});
