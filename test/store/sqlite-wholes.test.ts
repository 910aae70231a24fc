import { readFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import type { StoredWhole } from "../../src/store/contract.ts";
import { openStore } from "../../src/store/index.ts";
import { backupSqlite } from "../../src/store/sqlite-backup.ts";
import { hex, StoreFolder } from "./folder.ts";

const SAID = "what-a-side-said-";

function whole(id: string, until: number): StoredWhole {
  const window = { route: "orders", revision: 1, epoch: 1 };
  // More than a page: it lies in pages of its own.
  return { id, ...window, at: 1_000, until, bytes: 20_000, head: `head-${SAID}`, text: SAID.repeat(1_000) };
}

const folder = new StoreFolder();

test("past its time nothing of it is in the file, and a backup has none at all", async () => {
  let now = 1_000;
  const path = folder.file();
  const store = await openStore(`sqlite:${path}`, { now: () => now, hex });
  await store.putWholes([whole("a", 2_000), whole("b", 9_000)]);
  const copy = folder.file("backup.db");
  await backupSqlite(`sqlite:${path}`, copy);
  expect(readFileSync(copy, "latin1")).not.toContain(SAID);
  const database = new DatabaseSync(copy);
  expect(database.prepare("SELECT count(*) AS n FROM wholes").get()).toEqual({ n: 0 });
  database.close();
  now = 2_000;
  expect((await store.wholeSizes()).map(({ id }) => id)).toEqual(["b"]);
  now = 9_000;
  expect(await store.readWhole("b")).toBeUndefined();
  await store.close();
  expect(readFileSync(path, "latin1")).not.toContain(SAID);
});
