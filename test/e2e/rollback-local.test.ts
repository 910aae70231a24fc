import { existsSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createConnection } from "node:net";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { afterEach, describe, expect, test } from "vitest";
import { freePort } from "../support/free-port.ts";
import { RedisServer } from "../support/redis-server.ts";
import { withRedis } from "../support/with-redis.ts";
import { Tmpfs, withTmpfs } from "../support/with-tmpfs.ts";
import { type FigReady, type ReadyProcess, runFig, startFig } from "./fig-process.ts";
import { KeepAliveClient } from "./keep-alive-client.ts";
import {
  goBackHere,
  heldFile,
  isOn,
  isSettled,
  ledgerOf,
  problemsOf,
  rollBackHere,
  sideOf,
  toModern,
} from "./support/emergency.ts";
import { type SideUpstream, type SplitDoor, startSide, startSplitDoor } from "./support/split-door.ts";
import { until } from "./until.ts";

const doors: SplitDoor[] = [];
const sides: SideUpstream[] = [];
const disks: Tmpfs[] = [];
const others: ReadyProcess<FigReady>[] = [];

async function aDoor(more = "", where?: string): Promise<SplitDoor> {
  if (sides.length === 0) sides.push(await startSide("legacy"), await startSide("modern"));
  const [legacy, modern] = sides as [SideUpstream, SideUpstream];
  const door = await startSplitDoor(legacy, modern, more, where);
  doors.push(door);
  return door;
}

async function again(door: SplitDoor): Promise<SplitDoor> {
  const started = await door.restart();
  doors.splice(doors.indexOf(door), 1, started);
  return started;
}

afterEach(async () => {
  for (const other of others.splice(0)) await other.stop();
  for (const door of doors.splice(0)) await door.close();
  for (const side of sides.splice(0)) side.close();
  for (const disk of disks.splice(0)) disk.remove();
});

const stateOf = (door: SplitDoor) => join(dirname(door.config), "state.db");

/** With a backup of it, which is given. */
async function corrupt(door: SplitDoor): Promise<string> {
  const state = stateOf(door);
  expect((await runFig(["state", "backup", `${state}.copy`, "-c", door.config])).code).toBe(0);
  for (const file of [state, `${state}-wal`]) writeFileSync(file, Buffer.alloc(statSync(file).size, "x"));
  return `${state}.copy`;
}

function putBack(door: SplitDoor, copy: string): void {
  for (const end of ["", "-wal", "-shm"]) rmSync(`${stateOf(door)}${end}`, { force: true });
  renameSync(copy, stateOf(door));
}

/** The ledger has it once, over the shift, and it still holds. */
async function inLedger(door: SplitDoor): Promise<void> {
  await isSettled(door);
  const [newest, before, ...older] = await ledgerOf(door);
  expect(newest).toMatchObject({
    kind: "rollback",
    by: "ada",
    changes: [{ route: "shop", to: { modern: 0 } }],
  });
  expect([before?.kind, older]).toEqual(["shift", []]);
  expect(await sideOf(door)).toBe("legacy");
}

describe("with SQLite corrupt", () => {
  test("a route goes back, a restart keeps it, and the ledger says so once its backup is put back", {
    timeout: 90_000,
  }, async () => {
    const door = await aDoor();
    await toModern(door);
    const copy = await corrupt(door);
    const ordinary = ["rollback", "shop", "--reason", "x", "-c", door.config, "--admin", door.adminUrl];
    expect((await runFig(ordinary)).code).not.toBe(0);
    await goBackHere(door);
    expect(await problemsOf(door)).toContain("shop at modern 0");
    const restarted = await again(door);
    expect(await sideOf(restarted)).toBe("legacy");
    expect(await problemsOf(restarted)).toContain(
      "the state store could not be used since this front door started",
    );
    putBack(restarted, copy);
    await inLedger(restarted);
    expect(await problemsOf(restarted)).toBe("");
  });

  test("a front door does not start on a guess, says what helps, and starts once every route is held", {
    timeout: 90_000,
  }, async () => {
    const door = await aDoor();
    await toModern(door);
    const copy = await corrupt(door);
    await door.process.stop();
    await expect(door.restart()).rejects.toThrow(
      /is not a state file.*remedy: .*fig rollback --all --local/s,
    );
    expect((await rollBackHere(door)).code).toBe(0);
    const started = await again(door);
    expect(await sideOf(started)).toBe("legacy");
    // A file that is gone is not made anew under what was known.
    rmSync(stateOf(started));
    await until(
      () => problemsOf(started),
      (said) => said.includes("is gone"),
    );
    expect(existsSync(stateOf(started))).toBe(false);
    putBack(started, copy);
    await inLedger(started);
  });

  test("a hand writes the file; a slip in it is said and raises nothing; higher than the ledger it changes nothing", {
    timeout: 90_000,
  }, async () => {
    const door = await aDoor();
    await toModern(door);
    await corrupt(door);
    const write = (content: string) => writeFileSync(heldFile(door), content);
    write('{"routes": {"shop": 0}}');
    await isOn(door, "legacy", 1_000);
    write('{"routes": {"shop": "0"}}');
    await until(
      () => problemsOf(door),
      (said) =>
        said.includes("holds no emergency position: modern of shop is not a percentage from 0 to 100"),
    );
    expect(await sideOf(door)).toBe("legacy");
    write('{"routes": {"shop": 0, "shp": 0}, "by": "bob"}');
    await until(
      () => problemsOf(door),
      (said) => said.includes("shp: no route here has this id") && said.includes("by bob"),
    );
    write('{"routes": {"shop": 100}}');
    await isOn(door, "modern");
    rmSync(heldFile(door));
    await until(
      () => problemsOf(door),
      (said) => !said.includes("this front door alone holds"),
    );
    await isOn(door, "modern");
  });
});

test("two front doors on one disk both go back, write it once, and are never higher in between", {
  timeout: 90_000,
}, async () => {
  const door = await aDoor();
  const other = await startFig(door.config);
  others.push(other);
  await toModern(door);
  const both = [door, { ...door, ...other.ready }];
  for (const each of both) await isOn(each, "modern");
  const copy = await corrupt(door);
  for (const each of both) await goBackHere(each);
  const asked = new AbortController();
  const answers = both.map(async ({ url }) => {
    const client = new KeepAliveClient(url);
    const seen = new Set<string>();
    while (!asked.signal.aborted) seen.add((await client.ask("GET", "/a", { "x-user-id": "ada" })).body);
    client.close();
    return [...seen];
  });
  putBack(door, copy);
  await inLedger(door);
  // The one that did not write it has taken it from the ledger.
  for (const each of both)
    await until(
      () => problemsOf(each),
      (said) => !said.includes("front door alone"),
    );
  asked.abort();
  expect(await Promise.all(answers)).toEqual([["legacy"], ["legacy"]]);
});

withTmpfs("front doors whose own disk is full", () => {
  async function onDisk(size: string, more = ""): Promise<{ disk: Tmpfs; door: SplitDoor }> {
    const disk = Tmpfs.mount(size) as Tmpfs;
    disks.push(disk);
    const door = await aDoor(more, disk.path);
    await toModern(door);
    return { disk, door };
  }

  test("it is written all the same, outlives a restart, and the ledger has it once there is room", {
    timeout: 90_000,
  }, async () => {
    const { disk, door } = await onDisk("8m");
    disk.fill();
    await goBackHere(door);
    expect(JSON.parse(readFileSync(heldFile(door), "utf8")).routes).toEqual({ shop: 0 });
    const restarted = await again(door);
    expect(await sideOf(restarted)).toBe("legacy");
    disk.free();
    await inLedger(restarted);
    expect(existsSync(join(dirname(heldFile(door)), "rollback.room"))).toBe(true);
  });

  test("what it does not take is held in memory by the front door of these files, which says that a restart forgets it", {
    timeout: 90_000,
  }, async () => {
    const { disk, door } = await onDisk("8m", `admin: 127.0.0.1:${await freePort()}\n`);
    rmSync(join(dirname(heldFile(door)), "rollback.room"));
    disk.fill();
    const { code, stdout, stderr } = await rollBackHere(door);
    expect([code, stderr]).toEqual([0, expect.stringContaining(`asking the front door at ${door.adminUrl}`)]);
    expect(stdout).toContain("alone, and a restart of it forgets it: modern is at most\n  shop  0 %");
    await isOn(door, "legacy", 1_000);
    expect(await problemsOf(door)).toContain("in its memory alone and does not outlive a restart");
    expect(existsSync(heldFile(door))).toBe(false);
    disk.free();
    await until(
      () => problemsOf(door),
      (said) => said === "",
    );
    await inLedger(door);
  });

  test("a disk that is read-only is one too, and --admin asks the front door at once", {
    timeout: 90_000,
  }, async () => {
    const elsewhere = Tmpfs.mount("8m") as Tmpfs;
    disks.push(elsewhere);
    const { disk, door } = await onDisk("2m", `state: sqlite:${join(elsewhere.path, "state.db")}\n`);
    elsewhere.fill();
    disk.remount("ro");
    const refused = await rollBackHere(door);
    expect([refused.code, refused.stderr]).toEqual([
      1,
      expect.stringContaining("name the running front door with --admin"),
    ]);
    const said = await goBackHere(door, "--admin", door.adminUrl);
    expect(said).toContain("alone, and a restart of it forgets it");
    disk.remount("rw");
    elsewhere.free();
    await until(
      () => problemsOf(door),
      (problems) => problems === "",
    );
    await inLedger(door);
  });
});

withRedis("front doors whose Redis is dead", () => {
  test("the door asked goes back within a second, the others once Redis is there again", {
    timeout: 90_000,
  }, async () => {
    const redis = await RedisServer.start({ durable: true });
    try {
      const [asked, other] = [await aDoor(`state: ${redis.url}\n`), await aDoor(`state: ${redis.url}\n`)];
      await toModern(asked);
      for (const door of [asked, other]) await isOn(door, "modern");
      await redis.stop();
      await goBackHere(asked);
      expect(await sideOf(other)).toBe("modern");
      await redis.start();
      await inLedger(asked);
      await isOn(other, "legacy");
      const listed = /meanwhile these front doors stood differently: .*, process \d+ \(shop at modern 100\)/;
      await until(
        () => problemsOf(asked),
        (said) => listed.test(said),
      );
      const { stdout } = await runFig(["history", "-c", asked.config, "--admin", asked.adminUrl]);
      expect(stdout.replaceAll(/\s+/g, " ")).toMatch(listed);
    } finally {
      await redis.remove();
    }
  });

  test("a Redis that comes back empty is not written to: the door holds on, and a restart begins there as low", {
    timeout: 90_000,
  }, async () => {
    const redis = await RedisServer.start();
    try {
      const door = await aDoor(`state: ${redis.url}\n`);
      await toModern(door);
      const socket = createConnection(redis.port, "127.0.0.1");
      socket.end("FLUSHALL\r\nQUIT\r\n");
      expect(await text(socket)).toContain("+OK");
      await goBackHere(door);
      await until(
        () => problemsOf(door),
        (said) => said.includes("is empty now"),
      );
      expect([existsSync(heldFile(door)), await sideOf(door)]).toEqual([true, "legacy"]);
      const restarted = await again(door);
      expect(await sideOf(restarted)).toBe("legacy");
      await isSettled(restarted);
      expect([await ledgerOf(restarted), await sideOf(restarted)]).toEqual([[], "legacy"]);
    } finally {
      await redis.remove();
    }
  });
});
