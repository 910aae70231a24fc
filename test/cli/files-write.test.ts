import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { applyChanges, checkWritable, writeFolder } from "../../src/cli/files-write.ts";

function folderOf(files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(tmpdir(), "fig-write-"));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

const read = (root: string, path: string) => readFileSync(join(root, path), "utf8");

/** Every file below a folder, but for copies. */
function tree(root: string): Readonly<Record<string, string>> {
  const names = readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .filter((name) => !name.startsWith(".fig/"));
  return Object.fromEntries(names.sort().map((name) => [name, read(root, name)]));
}

function changes(root: string, write: Readonly<Record<string, string>>, remove: readonly string[] = []) {
  return { root, write: new Map(Object.entries(write)), remove };
}

test("where one of several cannot be written, none is, and what was made meanwhile is gone", async () => {
  const before = { "fig.yaml": "a: 1\n", "routes/a.yaml": "a", "routes/z.yaml/in": "a folder in its place" };
  const root = folderOf(before);
  const set = changes(root, { "fig.yaml": "a: 2\n", "routes/a.yaml": "b", "routes/z.yaml": "z" }, []);
  await expect(checkWritable(set)).rejects.toMatchObject({ code: "files_read_only" });
  // Somebody made the folder after it was looked at.
  await expect(applyChanges(set, join(root, ".fig/files-1"))).rejects.toMatchObject({
    code: "files_read_only",
  });
  expect(tree(root)).toEqual(before);
});

test("a name that is too long for the disk changes nothing either", async () => {
  const before = { "fig.yaml": "a: 1\n", "routes/a.yaml": "a" };
  const root = folderOf(before);
  const set = changes(root, { "fig.yaml": "a: 2\n", [`routes/${"x".repeat(300)}.yaml`]: "b" }, [
    "routes/a.yaml",
  ]);
  await expect(applyChanges(set, join(root, ".fig/files-1"))).rejects.toMatchObject({
    code: "files_read_only",
  });
  expect(tree(root)).toEqual(before);
});

test("two copies of one moment are two", async () => {
  const root = folderOf({ "fig.yaml": "one" });
  const wanted = join(root, ".fig/files-1");
  const first = await applyChanges(changes(root, { "fig.yaml": "two" }), wanted);
  const second = await applyChanges(changes(root, { "fig.yaml": "three" }), wanted);
  expect([read(first, "fig.yaml"), read(second, "fig.yaml")]).toEqual(["one", "two"]);
});

test("a link stays a link, and what it leads to is written; modes stay", async () => {
  const root = folderOf({ "real/fig.yaml": "one", "routes/a.yaml": "a" });
  symlinkSync("real/fig.yaml", join(root, "fig.yaml"));
  chmodSync(join(root, "real/fig.yaml"), 0o640);
  await applyChanges(changes(root, { "fig.yaml": "two" }), join(root, ".fig/files-1"));
  expect(lstatSync(join(root, "fig.yaml")).isSymbolicLink()).toBe(true);
  expect(read(root, "real/fig.yaml")).toBe("two");
  expect(statSync(join(root, "real/fig.yaml")).mode & 0o777).toBe(0o640);
});

test("what was left behind by one that was killed is in nobody's way", async () => {
  const root = folderOf({ "fig.yaml": "one", [`.fig.yaml.fig-restoring-${process.pid}`]: "half" });
  await applyChanges(changes(root, { "fig.yaml": "two" }), join(root, ".fig/files-1"));
  expect(tree(root)).toEqual({ "fig.yaml": "two" });
});

test.each([
  "../out.yaml",
  "/etc/x.yaml",
  "a//b.yaml",
  "./a.yaml",
  "a/../../b.yaml",
  "a\\b.yaml",
  "a\0.yaml",
  "",
])("a set with the path %j is written nowhere", async (path) => {
  const root = folderOf({ "in/fig.yaml": "one" });
  const inside = join(root, "in");
  const set = changes(inside, { [path]: "x" });
  const known = new Set([path]);
  await expect(checkWritable(set, known)).rejects.toMatchObject({ code: "files_not_kept" });
  await expect(applyChanges(set, join(root, ".fig/c"))).rejects.toMatchObject({ code: "files_not_kept" });
  const content = { main: "fig.yaml", files: [{ path, text: "x" }], redacted: [], parts: {} };
  await expect(writeFolder(join(root, "to"), content)).rejects.toMatchObject({ code: "files_not_kept" });
  expect(tree(root)).toEqual({ "in/fig.yaml": "one" });
});

test.each([".ssh/authorized_keys", "cron.d/job", ".github/x.yaml", "run.sh"])(
  "a set brings no new file that fig would not read: %s",
  async (path) => {
    const root = folderOf({ "fig.yaml": "one" });
    await expect(checkWritable(changes(root, { [path]: "x" }))).rejects.toMatchObject({
      code: "files_not_kept",
    });
    await checkWritable(changes(root, { [path]: "x", "routes/new.yaml": "x" }), new Set([path]));
    expect(existsSync(join(root, path))).toBe(false);
  },
);
