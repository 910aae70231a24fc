import { chmodSync, mkdirSync, statSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { ANY, draftOf, upTo } from "../conformance/store-values.ts";
import { StoreFolder } from "./folder.ts";

const folder = new StoreFolder();
const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);

test("the state file and its companions are made for their owner alone, as is a folder that was missing", async () => {
  const store = await folder.open("made/deep/state.db");
  await store.append(draftOf(["a"]), { revision: 0, routes: ["a"] });
  await store.putCounts("door", []);
  const made = folder.file("made/deep/state.db");
  for (const path of [made, `${made}-wal`, `${made}-shm`])
    expect([path, modeOf(path)]).toEqual([path, "600"]);
  expect([modeOf(folder.file("made")), modeOf(folder.file("made/deep"))]).toEqual(["700", "700"]);
});

test("a URL may name the file relatively, absolutely or after three slashes", async () => {
  const absolute = await folder.open();
  const { openStore } = await import("../../src/store/index.ts");
  const options = { now: () => 0, hex: () => "00" };
  const slashes = await openStore(`sqlite://${folder.file()}`, options);
  expect(slashes.stateId).toBe(absolute.stateId);
  await slashes.close();
  await expect(openStore("sqlite:", options)).rejects.toMatchObject({
    code: "store_invalid",
    message: "`sqlite:` names no state file",
    remedy: "Write the path of a file, for example `sqlite:.fig/state.db`.",
  });
});

test("a path with characters that mean something in a URL is a path", async () => {
  const store = await folder.open("a b%20#ü&mode=ro.db");
  await store.append(draftOf(["a"]), { revision: 0, routes: ["a"] });
  expect(statSync(folder.file("a b%20#ü&mode=ro.db")).isFile()).toBe(true);
});

test("a file that is no database is refused and left as it is", async () => {
  writeFileSync(folder.file(), "routes:\n  - id: orders\n".repeat(100));
  const before = statSync(folder.file());
  await expect(folder.open()).rejects.toMatchObject({
    code: "store_invalid",
    message: `${folder.file()} is not a state file: file is not a database`,
    remedy: "Let `state` in fig.yaml name another file, or move this one away.",
  });
  expect(statSync(folder.file()).mtimeMs).toBe(before.mtimeMs);
});

test("another program's database is refused and not touched", async () => {
  const other = new DatabaseSync(folder.file());
  other.exec("CREATE TABLE users (name TEXT)");
  other.close();
  await expect(folder.open()).rejects.toMatchObject({
    code: "store_invalid",
    message: `${folder.file()} is another program's SQLite database`,
  });
  const after = new DatabaseSync(folder.file());
  expect(after.prepare("PRAGMA journal_mode").get()).toEqual({ journal_mode: "delete" });
  expect(after.prepare("SELECT name FROM sqlite_schema").all()).toEqual([{ name: "users" }]);
  after.close();
});

test("a state file of a newer fig is refused with what to do", async () => {
  await (await folder.open()).close();
  const newer = new DatabaseSync(folder.file());
  newer.exec("PRAGMA user_version = 7");
  newer.close();
  await expect(folder.open()).rejects.toMatchObject({
    code: "store_invalid",
    message: `${folder.file()} was written by a newer fig (its format is 7, this fig knows up to 1)`,
    remedy: "Upgrade this fig to the version that wrote it.",
  });
});

test("a damaged state file says that it is damaged, when it is opened or when the damage is met", async () => {
  const store = await folder.open();
  await Promise.all(upTo(300).map(() => store.append(draftOf(["a"]), { revision: ANY, routes: [] })));
  await store.close();
  truncateSync(folder.file(), 8_192);
  const failure = await folder
    .open()
    .then(
      (opened) => opened.read(0),
      (error: unknown) => Promise.reject(error),
    )
    .catch((error: unknown) => error);
  expect(failure).toMatchObject({
    code: "store_invalid",
    message: expect.stringContaining("is damaged"),
    remedy: expect.stringContaining("backup"),
  });
});

test("a folder where the file should be is refused", async () => {
  mkdirSync(folder.file());
  await expect(folder.open()).rejects.toMatchObject({
    code: "store_invalid",
    message: `${folder.file()} is a folder`,
  });
});

test("a file where a folder should be is refused", async () => {
  writeFileSync(folder.file("plain"), "");
  await expect(folder.open("plain/state.db")).rejects.toMatchObject({
    code: "store_unavailable",
    remedy: "Let `state` in fig.yaml name a file in a folder that fig can write.",
  });
});

test.skipIf(process.platform !== "linux")(
  "a folder that cannot be made there is refused at once",
  async () => {
    symlinkSync("/proc", folder.file("proc"));
    await expect(folder.open("proc/none/state.db")).rejects.toMatchObject({ code: "store_unavailable" });
  },
);

test("a folder that may not be written is refused", async () => {
  mkdirSync(folder.file("locked"));
  chmodSync(folder.file("locked"), 0o500);
  // Root may write anywhere: it tries as nobody.
  const root = process.getuid?.() === 0;
  if (root) process.seteuid?.(65_534);
  try {
    await expect(folder.open("locked/state.db")).rejects.toMatchObject({
      code: "store_unavailable",
      remedy: "Let the user that runs fig write the state file and its folder.",
    });
  } finally {
    if (root) process.seteuid?.(0);
  }
});

test("several stores that make the same file at once agree on its id", async () => {
  const stores = await Promise.all(upTo(6).map(() => folder.open()));
  expect(new Set(stores.map((store) => store.stateId)).size).toBe(1);
  await Promise.all(stores.map((store) => store.append(draftOf(["a"]), { revision: ANY, routes: [] })));
  expect((await stores[0]?.read(0))?.map((entry) => entry.revision)).toEqual(upTo(6));
});

test("a second store in this process may close without loosening the first one's hold", async () => {
  const first = await folder.open();
  await (await folder.open()).close();
  await first.append(draftOf(["a"]), { revision: 0, routes: ["a"] });
  const third = await folder.open();
  expect(await third.read(0)).toHaveLength(1);
  expect(statSync(join(folder.path, "state.db-wal")).size).toBeGreaterThan(0);
});
