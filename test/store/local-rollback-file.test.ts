import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, expect, test } from "vitest";
import {
  LocalRollbackFile,
  localRollbackPath,
  writeLocalRollback,
} from "../../src/store/local-rollback-file.ts";

const folders: string[] = [];
const files: LocalRollbackFile[] = [];
afterAll(() => {
  for (const file of files) file.close();
  for (const folder of folders) rmSync(folder, { recursive: true });
});

async function opened() {
  const folder = mkdtempSync(join(tmpdir(), "fig-local-"));
  folders.push(folder);
  const file = await LocalRollbackFile.open(folder);
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
  expect(readdirSync(dirname(path))).toEqual(["rollback.json"]);
  await file.settled("one");
  expect(file.held?.id).toBe("two");
  await file.settled("two");
  expect([file.held, readdirSync(dirname(path))]).toEqual([undefined, []]);
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
