import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { backupSqlite } from "../../src/store/sqlite-backup.ts";
import { draftOf } from "../conformance/store-values.ts";
import { StoreFolder } from "./folder.ts";

const NO_GUARD = { revision: 0, routes: [] };
const folder = new StoreFolder();
const backUp = (to = "copy.db") => backupSqlite(`sqlite:${folder.file()}`, folder.file(to));

test("a state in use is backed up as it was at one moment, for its owner alone, and opens as the same state", async () => {
  const store = await folder.open();
  for (let revision = 1; revision <= 5; revision++) await store.append(draftOf(["a"]), NO_GUARD);
  // Written on while the copy is made: it holds so many entries, in a row.
  const writing = (async () => {
    for (let more = 0; more < 20; more++) await store.append(draftOf(["b"]), NO_GUARD);
  })();
  const report = await backUp();
  await writing;
  expect(report.stateId).toBe(store.stateId);
  expect(report.revision).toBeGreaterThanOrEqual(5);
  expect((statSync(folder.file("copy.db")).mode & 0o777).toString(8)).toBe("600");
  expect(readdirSync(folder.path).filter((name) => name.startsWith("copy"))).toEqual(["copy.db"]);

  const copy = await folder.open("copy.db");
  expect(copy.stateId).toBe(store.stateId);
  const entries = await copy.read(0);
  expect(entries).toEqual((await store.read(0)).slice(0, report.revision));
  expect(await store.read(0)).toHaveLength(25);
});

test("a file that is there is left as it is", async () => {
  await folder.open();
  writeFileSync(folder.file("copy.db"), "");
  await expect(backUp()).rejects.toMatchObject({ code: "file_exists" });
  expect(readFileSync(folder.file("copy.db"), "utf8")).toBe("");
});

test("what fails leaves no file: no state, a foreign one, no folder to write to", async () => {
  await expect(backUp()).rejects.toMatchObject({ code: "no_state" });
  writeFileSync(folder.file(), "not a database".repeat(100));
  await expect(backUp()).rejects.toMatchObject({ code: "store_invalid" });
  await expect(backUp("nowhere/copy.db")).rejects.toMatchObject({ code: "backup_failed" });
  expect(existsSync(folder.file("copy.db"))).toBe(false);
});
