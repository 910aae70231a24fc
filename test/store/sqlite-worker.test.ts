import { execFile } from "node:child_process";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Worker } from "node:worker_threads";
import { afterEach, expect, test } from "vitest";
import { ANY, countsOf, draftOf, Follower, upTo, windowOf } from "../conformance/store-values.ts";
import { StoreFolder } from "./folder.ts";

const folder = new StoreFolder();
const run = promisify(execFile);
const APPENDER = fileURLToPath(new URL("appender.ts", import.meta.url));
const workers: Worker[] = [];
const collect = (worker: Worker) => workers.push(worker);
process.on("worker", collect);
afterEach(() => {
  workers.length = 0;
});

interface Appended {
  readonly acknowledged: number;
  readonly failure: { readonly code: string; readonly message: string; readonly remedy: string } | undefined;
}

async function appendInProcess(command: string, args: readonly string[]): Promise<Appended> {
  const { stdout } = await run(command, args);
  return JSON.parse(stdout) as Appended;
}

test("entries of another process are followed; that process ends by itself with its store open", async () => {
  const store = await folder.open();
  const follower = new Follower(store, 0);
  const appended = await appendInProcess(process.execPath, [APPENDER, folder.file(), "20"]);
  expect(appended).toEqual({ acknowledged: 20 });
  await follower.untilRevision(20);
  expect(follower.revisions).toEqual(upTo(20));
});

test.skipIf(process.platform === "win32")(
  "where no more can be written an append fails, what was acknowledged is there, and more room is enough",
  async () => {
    const full = `ulimit -f 400; exec "$0" "$@"`;
    const appended = await appendInProcess("sh", [
      "-c",
      full,
      process.execPath,
      APPENDER,
      folder.file(),
      "100000",
    ]);
    expect(appended.failure).toMatchObject({ code: "store_unavailable" });
    expect(appended.failure?.remedy).toMatch(/disk/);
    expect(appended.acknowledged).toBeGreaterThan(5);
    const store = await folder.open();
    expect((await store.read(0)).map((entry) => entry.revision)).toEqual(upTo(appended.acknowledged));
    expect(await store.append(draftOf(["a"]), { revision: ANY, routes: [] })).toMatchObject({ ok: true });
  },
);

test("when the thread dies the store says so, starts another, and follows on without a gap", async () => {
  const store = await folder.open();
  const follower = new Follower(store, 0);
  await store.append(draftOf(["a"]), { revision: 0, routes: ["a"] });
  await follower.untilRevision(1);
  await workers[0]?.terminate();
  await follower.until(() => follower.health.includes(true));
  expect(follower.health).toEqual([false, true]);
  expect(workers).toHaveLength(2);
  await store.append(draftOf(["a"]), { revision: 1, routes: ["a"] });
  await follower.untilRevision(2);
  expect(follower.revisions).toEqual([1, 2]);
});

test("appends under way when the thread dies are written once and acknowledged by the next", async () => {
  const store = await folder.open();
  const appends = upTo(200).map((i) =>
    store.append(draftOf(["a"], 1, `append ${i}`), { revision: ANY, routes: [] }),
  );
  await appends[20];
  await workers[0]?.terminate();
  const results = await Promise.all(appends);
  const entries = await store.read(0);
  expect(entries.map((entry) => entry.revision)).toEqual(upTo(200));
  expect(new Set(entries.map((entry) => entry.reason)).size).toBe(200);
  for (const result of results) {
    expect(result.ok && entries[result.entry.revision - 1]).toEqual(result.ok && result.entry);
  }
});

test("other calls under way when the thread dies fail, and pass when tried again", async () => {
  const store = await folder.open();
  const window = windowOf("a");
  const counts = [{ window, counts: countsOf({ legacy: 2 }), mismatches: [] }];
  const follower = new Follower(store, 0);
  // Nobody else may write while this is open: the call cannot be answered before the thread is told to end.
  const lock = new DatabaseSync(folder.file());
  lock.exec("BEGIN IMMEDIATE");
  const put = store.putCounts("door", counts);
  const ended = workers[0]?.terminate();
  lock.close();
  await expect(put).rejects.toMatchObject({
    code: "store_unavailable",
    remedy: "It is started again by itself; try again.",
  });
  await ended;
  await follower.until(() => follower.health.includes(true));
  await store.putCounts("door", counts);
  expect((await store.readCounts([window]))[0]?.counts.legacy.requests).toBe(2);
});

test("a store whose thread just died can be closed", async () => {
  const store = await folder.open();
  await workers[0]?.terminate();
  await store.close();
  await expect(store.read(0)).rejects.toMatchObject({ code: "store_unavailable" });
});
