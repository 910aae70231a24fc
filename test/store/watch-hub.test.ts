import { expect, test } from "vitest";
import type { LedgerEntry } from "../../src/domain/ledger.ts";
import { WatchHub } from "../../src/store/watch-hub.ts";
import { draftOf, upTo } from "../conformance/store-values.ts";

const entryOf = (revision: number): LedgerEntry => ({
  ...draftOf(["a"]),
  revision,
  at: "2026-11-02T08:00:00.000Z",
});

/** Resolves once `revision` was heard. */
function hear(hub: WatchHub, revision: number, heard: number[], onHealth?: (reachable: boolean) => void) {
  return new Promise<void>((resolve) => {
    const listen = (entries: readonly LedgerEntry[]) => {
      heard.push(...entries.map((entry) => entry.revision));
      if (heard.includes(revision)) resolve();
    };
    hub.watch(0, listen, onHealth);
  });
}

test("pages are read on until the newest revision, and an older `advance` takes nothing back", async () => {
  const asked: number[] = [];
  const hub = new WatchHub(async (after) => {
    asked.push(after);
    return [entryOf(after + 1), entryOf(after + 2)];
  });
  const heard: number[] = [];
  const done = hear(hub, 6, heard);
  hub.advance(6);
  hub.advance(2);
  await done;
  hub.advance(6);
  expect(heard).toEqual(upTo(6));
  expect(asked).toEqual([0, 2, 4]);
});

test("a page that fails is asked for again without another `advance`", async () => {
  let failures = 2;
  const hub = new WatchHub(async (after) => {
    if (failures-- > 0) throw new Error("away");
    return [entryOf(after + 1)];
  });
  const heard: number[] = [];
  const done = hear(hub, 1, heard);
  hub.advance(1);
  await done;
  expect(heard).toEqual([1]);
  expect(failures).toBe(-1);
});

test("health is told once a change; who comes while the store is away hears that", async () => {
  const hub = new WatchHub(async () => []);
  const first: boolean[] = [];
  hub.watch(
    0,
    () => undefined,
    (reachable) => first.push(reachable),
  );
  for (const reachable of [true, false, false, true, true, false]) hub.health(reachable);
  expect(first).toEqual([false, true, false]);
  const late = await new Promise<boolean>((resolve) => {
    hub.watch(0, () => undefined, resolve);
  });
  expect(late).toBe(false);
});

test("after closing nothing is heard, even of a page that was under way", async () => {
  const page = Promise.withResolvers<LedgerEntry[]>();
  const hub = new WatchHub(() => page.promise);
  const heard: number[] = [];
  void hear(hub, 1, heard);
  hub.advance(1);
  hub.close();
  page.resolve([entryOf(1)]);
  await page.promise;
  await new Promise((resolve) => setImmediate(resolve));
  hub.advance(2);
  expect(heard).toEqual([]);
});
