import { createHash, randomBytes } from "node:crypto";
import { gzipSync } from "node:zlib";
import { expect, onTestFinished, test } from "vitest";
import { unpackFiles } from "../../src/config/index.ts";
import { filesAtRevision } from "../../src/control/files/read.ts";
import { FilesKeeper } from "../../src/control/index.ts";
import { emptyLedger, fold } from "../../src/domain/fold.ts";
import {
  changeText,
  type FilesContent,
  filesChange,
  keptIds,
  MAX_FILES_SET_BYTES,
  type PackedFiles,
} from "../../src/domain/kept-files.ts";
import { openStore } from "../../src/store/index.ts";

const HOUR = 3_600_000;

function packed(text: string, parts: Record<string, string> = { "route a": text }): PackedFiles {
  const content: FilesContent = {
    main: "fig.yaml",
    files: [{ path: "fig.yaml", text }],
    redacted: [],
    parts,
  };
  return {
    ...{
      id: `id-${text.length}-${text.slice(0, 40)}`,
      table: createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 16),
      main: "fig.yaml",
      parts,
      redacted: [],
    },
    ...{ count: 1, bytes: text.length, packed: gzipSync(JSON.stringify(content)).toString("base64") },
  };
}

async function world() {
  let now = Date.parse("2026-11-02T08:00:00.000Z");
  const hex = (bytes: number) => randomBytes(bytes).toString("hex");
  const store = await openStore("memory:", { now: () => now, hex });
  onTestFinished(() => store.close());
  let ledger = emptyLedger();
  let away = false;
  const keeper = () =>
    new FilesKeeper({
      store,
      clock: { now: () => now, micros: () => now * 1000, hex },
      log: { info() {}, warn() {}, error() {} } as never,
      label: "host, process 1",
      unpack: unpackFiles,
      ledger: () => (away ? undefined : ledger),
      apply: async () => {
        ledger = fold(ledger, await store.read(ledger.revision));
      },
    });
  return {
    ...{ store, keeper, state: () => ledger },
    pass: (ms: number) => {
      now += ms;
    },
    goAway: (gone: boolean) => {
      away = gone;
    },
  };
}

test("a thousand reloads are bounded, and each of them gives its files back byte for byte", async () => {
  const { store, keeper, state, pass } = await world();
  const one = keeper();
  const text = (n: number) => `routes: # change ${n}\n${"  - id: some.route\r\n".repeat(200)}`;
  for (let n = 0; n <= 1000; n++) {
    pass(1000);
    await one.note(packed(text(n)));
  }
  expect(state().revision).toBe(1000);
  expect(state().files).toHaveLength(1000);
  for (const { revision, id } of state().files) {
    const stored = await store.readFiles(id);
    const content = await unpackFiles(stored?.text ?? "");
    expect(content.files[0]?.text === text(revision)).toBe(true);
  }
  const bytes = (await store.filesSizes()).reduce((sum, each) => sum + each.bytes, 0);
  expect(bytes).toBeLessThan(1001 * 1024);
  expect(JSON.stringify(await store.read(0)).length / 1000).toBeLessThan(600);
});

test("beyond the bounds the oldest sets give way, and what they changed stays in the ledger", () => {
  const mark = (id: string, bytes: number) => ({
    ...packed(id),
    added: [],
    removed: [],
    changed: [],
    more: 0,
    packed: bytes,
  });
  const marks = [mark("d", 40), mark("c", 40), mark("d", 40), mark("b", 30), mark("a", 1)];
  expect([...keptIds(marks, { sets: 10, bytes: 100 })]).toEqual(["id-1-d", "id-1-c"]);
  expect([...keptIds(marks, { sets: 3, bytes: 1000 })]).toEqual(["id-1-d", "id-1-c", "id-1-b"]);
  expect([...keptIds([mark("large", 0), mark("a", 1)])]).toEqual(["id-1-a"]);
});

test("a set that is too large is an entry without files, and counted", async () => {
  const { store, keeper, state, pass } = await world();
  const one = keeper();
  await one.note(packed("first"));
  pass(HOUR);
  const large = { ...packed("large"), packed: "x".repeat(MAX_FILES_SET_BYTES + 1) };
  await one.note(large);
  expect(state().files).toMatchObject([{ id: large.id, packed: 0 }]);
  expect(await store.readFiles(large.id)).toBeUndefined();
  expect(one.counts).toEqual({ too_large: 1 });
  const context = {
    ...{ store, facts: { config: () => ({ routes: [] }) } },
    ledger: { read: async () => state() },
  } as unknown as Parameters<typeof filesAtRevision>[0];
  await expect(filesAtRevision(context, state().revision)).rejects.toMatchObject({ code: "files_not_kept" });
});

test("what nobody names gives way once it is old", async () => {
  const { store, keeper, pass } = await world();
  await store.putFiles({ id: "orphan", at: Date.parse("2026-11-02T08:00:00.000Z"), text: "x" });
  const one = keeper();
  await one.note(packed("first"));
  expect(await store.readFiles("orphan")).toBeDefined();
  pass(HOUR);
  await one.note(packed("second"));
  expect(await store.readFiles("orphan")).toBeUndefined();
  expect(one.counts).toEqual({ gave_way: 1 });
});

test("while the store is away it is due, and written once when it is back, whoever asks or not", async () => {
  const { keeper, state, goAway } = await world();
  const one = keeper();
  await one.note(packed("first"));
  goAway(true);
  await one.note(packed("second"));
  await one.note(packed("third"));
  // Others say that it is away.
  expect([one.problems(), state().files]).toEqual([[], []]);
  goAway(false);
  await expect.poll(() => state().files).not.toEqual([]);
  expect(state().files.map(({ id }) => id)).toEqual([packed("third").id]);
});

test("of doors that write at once each set is one entry", async () => {
  const { keeper, state } = await world();
  const doors = [keeper(), keeper(), keeper()];
  await Promise.all(doors.map((door) => door.note(packed("first"))));
  await Promise.all(doors.map((door) => door.note(packed("second"))));
  expect(state().files.map(({ id }) => id)).toEqual([packed("second").id]);
});

test("what changed is told by name, routes first, files where nothing else did", () => {
  const change = filesChange(
    { "route a": "1", "route b": "1", "setting limits": "1", "file fig.yaml": "1" },
    { "route a": "2", "route c": "1", "setting limits": "2", "file fig.yaml": "2" },
  );
  expect(change).toEqual({
    added: ["c"],
    removed: ["b"],
    changed: ["a", "setting limits", "file fig.yaml"],
    more: 0,
  });
  expect(changeText(change)).toBe("c added; b removed; a, setting limits changed");
  expect(changeText(filesChange({ "file a": "1" }, { "file a": "2" }))).toBe("file a changed");
  const many = Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`route r${i}`, "1"]));
  expect(changeText(filesChange({}, many))).toBe("r0, r1, r10, r11, r12 and 45 more added; 10 more changes");
});

test("a damaged set in the store is told, and keeps no other from being written", async () => {
  for (const text of [
    "",
    "no gzip",
    gzipSync("{}").toString("base64"),
    gzipSync('{"files":null}').toString("base64"),
  ])
    await expect(unpackFiles(text)).rejects.toMatchObject({ code: "files_not_kept" });
  const { store, keeper, state } = await world();
  await keeper().note({ ...packed("first"), packed: "damaged" });
  const other = keeper();
  await other.note(packed("second"));
  expect(other.problems()).toEqual([]);
  expect(state().files).toMatchObject([{ id: packed("second").id }]);
  expect(await store.readFiles(packed("second").id)).toBeDefined();
});
