import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { localRollbackPath, writeLocalRollback } from "../../src/store/local-rollback-disk.ts";
import { LocalRollbackFile } from "../../src/store/local-rollback-file.ts";

const folders: string[] = [];
const files: LocalRollbackFile[] = [];
afterAll(() => {
  for (const file of files) file.close();
  for (const folder of folders) rmSync(folder, { recursive: true });
});

async function opened() {
  const folder = mkdtempSync(join(tmpdir(), "fig-local-"));
  folders.push(folder);
  const file = await LocalRollbackFile.open(folder, { room: true });
  files.push(file);
  return { folder, file, path: localRollbackPath(folder) };
}
const given = (id: string, routes: Record<string, number>) => ({
  id,
  at: "",
  by: "ada",
  reason: "r",
  routes,
});

test("what is written is noticed; of two limits the lower one stays; what is settled goes, what is newer stays", async () => {
  const { folder, file, path } = await opened();
  expect(file.held).toBeUndefined();
  await writeLocalRollback(folder, given("one", { a: 5, b: 5 }));
  await expect.poll(() => file.held).toEqual(given("one", { a: 5, b: 5 }));
  await writeLocalRollback(folder, given("two", { a: 0, b: 50, c: 1 }));
  await expect.poll(() => file.held).toEqual(given("two", { a: 0, b: 5, c: 1 }));
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(readdirSync(dirname(path))).toEqual(["rollback.json", "rollback.room"]);
  await file.settled("one");
  expect(file.held?.id).toBe("two");
  await file.settled("two");
  expect([file.held, readdirSync(dirname(path))]).toEqual([
    undefined,
    ["rollback.room", "rollback.settled.json"],
  ]);
});

test("another door on the disk holds on to what was settled there, until it has it itself; what a hand takes away is gone", async () => {
  const { folder, file, path } = await opened();
  const other = await LocalRollbackFile.open(folder, { room: true });
  files.push(other);
  for (const text of ['{"routes": {"a": 0}}', '{"routes": {"a": 0}, "id": "mine"}']) {
    writeFileSync(path, text);
    await expect.poll(() => [file.held?.routes, other.held?.routes]).toEqual([{ a: 0 }, { a: 0 }]);
    await expect.poll(() => file.held?.id === other.held?.id).toBe(true);
    const id = other.held?.id ?? "";
    const heard = new Promise<void>((resolve) => other.onChange(resolve));
    await file.settled(id);
    expect(file.held).toBeUndefined();
    await heard;
    expect(other.held?.id).toBe(id);
    await other.settled(id);
    expect(other.held).toBeUndefined();
  }
  writeFileSync(path, '{"routes": {"a": 5}}');
  await expect.poll(() => file.held?.routes).toEqual({ a: 5 });
  rmSync(path);
  await expect.poll(() => file.held).toBeUndefined();
});

test("what commands write at once is all held, also where a lock was left behind", async () => {
  const { folder, file, path } = await opened();
  writeFileSync(`${path}.lock`, "");
  const ids = ["a", "b", "c", "d", "e"];
  await Promise.all(ids.map((id) => writeLocalRollback(folder, given(id, { [id]: 0 }))));
  await expect.poll(() => Object.keys(file.held?.routes ?? {}).sort()).toEqual(ids);
});

test("the same text by hand on another day is another emergency", async () => {
  const { file, path } = await opened();
  const write = () => writeFileSync(path, '{"routes": {"a": 0}}');
  write();
  await expect.poll(() => file.held).toBeDefined();
  const first = file.held?.id ?? "";
  await file.settled(first);
  expect(file.held).toBeUndefined();
  write();
  await expect.poll(() => file.held?.routes).toEqual({ a: 0 });
  expect(file.held?.id).not.toBe(first);
});

test("a hand needs to write routes alone, and a slip is said and raises nothing", async () => {
  const { folder, file, path } = await opened();
  await writeLocalRollback(folder, given("one", { a: 0 }));
  await expect.poll(() => file.held?.id).toBe("one");
  for (const [text, why] of [
    ["{", "it is not JSON"],
    ["[]", "it has no `routes`"],
    ['{"routes": 5}', "`routes` is not a mapping of a route to its modern"],
    ['{"routes": {"a": 101}}', "modern of a is not a percentage from 0 to 100"],
  ] as const) {
    writeFileSync(path, text);
    await expect.poll(() => file.problem).toContain(why);
    expect(file.held?.routes).toEqual({ a: 0 });
  }
  writeFileSync(path, '{"routes": {"b": 0.5}}');
  await expect.poll(() => file.held).toMatchObject({ by: "a file", routes: { b: 0.5 } });
  expect(file.held?.id).toMatch(/^[0-9a-f]{16}$/);
  await file.settled(file.held?.id ?? "");
  expect(() => readFileSync(path)).toThrow("ENOENT");
});

test("a file that is cut or damaged raises nothing, also where somebody writes over it who cannot read it", async () => {
  const { folder, file, path } = await opened();
  await writeLocalRollback(folder, given("one", { a: 0, b: 5 }));
  await expect.poll(() => file.held?.routes).toEqual({ a: 0, b: 5 });
  const whole = readFileSync(path);
  const damages = [
    ...[0, 1, 20, whole.length >> 1, whole.length - 3].map((at) => whole.subarray(0, at)),
    Buffer.alloc(whole.length),
    Buffer.concat([whole, whole]),
    Buffer.from(whole.map((byte, at) => (at % 7 === 0 ? byte ^ 0x20 : byte))),
    Buffer.from('{"routes": {"a": null}}'),
  ];
  for (const bytes of damages) {
    writeFileSync(path, bytes);
    await expect.poll(() => file.problem).toContain("holds no emergency position");
    expect(file.held?.routes).toEqual({ a: 0, b: 5 });
    writeFileSync(path, whole);
    await expect.poll(() => file.problem).toBeUndefined();
  }
  writeFileSync(path, whole.subarray(0, 20));
  await expect.poll(() => file.problem).toBeDefined();
  await writeLocalRollback(folder, given("two", { b: 50, c: 0 }));
  await expect.poll(() => file.held).toEqual(given("two", { a: 0, b: 5, c: 0 }));
  await expect.poll(() => JSON.parse(readFileSync(path, "utf8")).routes).toEqual({ a: 0, b: 5, c: 0 });
  await file.settled("two");
  expect(file.held).toBeUndefined();
});

test("what a hand writes as an id is no path, and what it says is not without end", async () => {
  const { file, path } = await opened();
  writeFileSync(path, JSON.stringify({ id: "a/../../../x", by: "b".repeat(5000), routes: { a: 0 } }));
  await expect.poll(() => file.held?.id).toMatch(/^[0-9a-f]{16}$/);
  expect(file.held?.by).toHaveLength(1000);
});
