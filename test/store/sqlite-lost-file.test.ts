import {
  closeSync,
  copyFileSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeSync,
} from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { ANY, draftOf, Follower, upTo, windowOf } from "../conformance/store-values.ts";
import { StoreFolder } from "./folder.ts";

const folder = new StoreFolder();
const unavailable = { code: "store_unavailable" };

function removeFiles(): void {
  for (const end of ["", "-wal", "-shm"]) rmSync(`${folder.file()}${end}`, { force: true });
}

/** A copy as a careful administrator makes one. */
function backup(to: string): void {
  const database = new DatabaseSync(folder.file());
  database.exec(`VACUUM INTO '${to}'`);
  database.close();
}

test("a deleted state file is reported, nothing is acknowledged into it, and none is made in its place", async () => {
  const store = await folder.open();
  const follower = new Follower(store, 0);
  await store.append(draftOf(["a"]), { revision: 0, routes: ["a"] });
  await follower.untilRevision(1);
  removeFiles();
  await expect(store.append(draftOf(["a"]), { revision: 1, routes: ["a"] })).rejects.toMatchObject({
    ...unavailable,
    message: `${folder.file()} was deleted while it was in use`,
  });
  await follower.until(() => follower.health.length > 0);
  expect(follower.health).toEqual([false]);
  expect(follower.revisions).toEqual([1]);
  await expect(store.readCounts([windowOf("a")])).rejects.toMatchObject(unavailable);
  expect(statSync(folder.file(), { throwIfNoEntry: false })).toBeUndefined();
});

test("a state file put back with all it had is taken up again, and followed on", async () => {
  const store = await folder.open();
  const follower = new Follower(store, 0);
  for (const i of upTo(3)) await store.append(draftOf(["a"], i), { revision: ANY, routes: [] });
  await follower.untilRevision(3);
  backup(folder.file("backup.db"));
  removeFiles();
  await follower.until(() => follower.health.includes(false));
  renameSync(folder.file("backup.db"), folder.file());
  await follower.until(() => follower.health.includes(true));
  expect(await store.append(draftOf(["a"]), { revision: 3, routes: ["a"] })).toMatchObject({
    ok: true,
    entry: { revision: 4 },
  });
  await follower.untilRevision(4);
  expect(follower.revisions).toEqual(upTo(4));
  expect(follower.health).toEqual([false, true]);
  expect(await (await folder.open()).read(0)).toHaveLength(4);
});

test.each(["the whole file", "all but its first page"])(
  "%s overwritten in use, nothing is acknowledged into it",
  async (what) => {
    const store = await folder.open();
    for (const i of upTo(3)) await store.append(draftOf(["a"], i), { revision: ANY, routes: [] });
    for (const path of [folder.file(), `${folder.file()}-wal`]) {
      const from = what === "the whole file" || path !== folder.file() ? 0 : 4096;
      const { size } = statSync(path);
      const file = openSync(path, "r+");
      if (size > from) writeSync(file, Buffer.alloc(size - from, "x"), 0, size - from, from);
      closeSync(file);
    }
    await expect(store.append(draftOf(["a"]), { revision: 3, routes: ["a"] })).rejects.toMatchObject({
      code: "store_invalid",
    });
  },
);

test("an older copy put in its place is not followed and not written to", async () => {
  const store = await folder.open();
  const follower = new Follower(store, 0);
  await store.append(draftOf(["a"], 1), { revision: ANY, routes: [] });
  backup(folder.file("backup.db"));
  await store.append(draftOf(["a"], 2), { revision: ANY, routes: [] });
  await follower.untilRevision(2);
  removeFiles();
  copyFileSync(folder.file("backup.db"), folder.file());
  await follower.until(() => follower.health.includes(false));
  // Another process goes on from the old copy, past where this one is: its history is another.
  const other = await folder.open();
  for (const i of upTo(3)) await other.append(draftOf(["b"], i), { revision: ANY, routes: [] });
  await expect(store.append(draftOf(["a"]), { revision: ANY, routes: [] })).rejects.toMatchObject(
    unavailable,
  );
  expect(follower.revisions).toEqual([1, 2]);
  expect(follower.health).toEqual([false]);
  expect(await other.read(0)).toHaveLength(4);
});

test("a state file cut to nothing in use is reported, nothing is acknowledged into it, and its copy is taken up", async () => {
  const store = await folder.open();
  const follower = new Follower(store, 0);
  await store.append(draftOf(["a"], 1), { revision: ANY, routes: [] });
  await follower.untilRevision(1);
  backup(folder.file("backup.db"));
  truncateSync(folder.file(), 0);
  await expect(store.append(draftOf(["a"]), { revision: ANY, routes: [] })).rejects.toMatchObject({
    ...unavailable,
    message: `${folder.file()} was cut to nothing while it was in use`,
  });
  await follower.until(() => follower.health.includes(false));
  expect(statSync(folder.file()).size).toBe(0);
  removeFiles();
  renameSync(folder.file("backup.db"), folder.file());
  await follower.until(() => follower.health.includes(true));
  await store.append(draftOf(["a"], 2), { revision: ANY, routes: [] });
  await follower.untilRevision(2);
  expect(await (await folder.open()).read(0)).toHaveLength(2);
});

test("a ledger that goes back inside the same file is reported, and nothing is appended to it", async () => {
  const store = await folder.open();
  const follower = new Follower(store, 0);
  for (const i of upTo(3)) await store.append(draftOf(["a"], i), { revision: ANY, routes: [] });
  await follower.untilRevision(3);
  const vandal = new DatabaseSync(folder.file());
  vandal.exec("DELETE FROM ledger WHERE revision = 3");
  await follower.until(() => follower.health.includes(false));
  await expect(store.append(draftOf(["a"]), { revision: ANY, routes: [] })).rejects.toMatchObject({
    ...unavailable,
    message: "the state file went back from revision 3 to 2",
    remedy: expect.stringContaining("restart the front doors"),
  });
  vandal.exec("INSERT INTO ledger (revision, token, entry) VALUES (3, 'x', '{\"revision\":3}')");
  await expect(store.append(draftOf(["a"]), { revision: ANY, routes: [] })).rejects.toMatchObject({
    message: "the state file holds another revision 3 than it did",
  });
  expect(vandal.prepare("SELECT count(*) AS n FROM ledger").get()).toEqual({ n: 3 });
  vandal.close();
  expect(follower.revisions).toEqual([1, 2, 3]);
});

test("a store whose file is gone can still be closed", async () => {
  const store = await folder.open();
  removeFiles();
  await store.close();
  expect(statSync(folder.file(), { throwIfNoEntry: false })).toBeUndefined();
});
