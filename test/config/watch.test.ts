import { mkdirSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { watchConfig } from "../../src/config/index.ts";
import { folderOf, writeInto } from "./folder.ts";

/** Watches a folder's files; `next()` waits for the next call of onChange that was not waited for yet. */
function watched(folder: string, paths: () => readonly string[] = () => [join(folder, "routes")]) {
  let calls = 0;
  let taken = 0;
  let wake: (() => void) | undefined;
  const stop = watchConfig(join(folder, "fig.yaml"), paths, () => {
    calls++;
    wake?.();
  });
  onTestFinished(stop);
  return {
    stop,
    get calls() {
      return calls;
    },
    async next(): Promise<void> {
      while (calls <= taken) {
        await new Promise<void>((resolve, reject) => {
          const late = setTimeout(() => reject(new Error("no change was noticed within 10 s")), 10_000);
          wake = () => {
            clearTimeout(late);
            resolve();
          };
        });
      }
      taken = calls;
    },
  };
}

test("notices fig.yaml written in place, a new routes file, an edited one and a removed one", async () => {
  const folder = folderOf({ "fig.yaml": "a", "routes/r.yaml": "a" });
  const watch = watched(folder);
  writeFileSync(join(folder, "fig.yaml"), "ab");
  await watch.next();
  writeFileSync(join(folder, "routes/s.yaml"), "a");
  await watch.next();
  writeFileSync(join(folder, "routes/r.yaml"), "ab");
  await watch.next();
  unlinkSync(join(folder, "routes/s.yaml"));
  await watch.next();
});

test("notices an editor's save: written beside, renamed over, of the same size", async () => {
  const folder = folderOf({ "fig.yaml": "a" });
  const watch = watched(folder);
  for (const text of ["b", "c"]) {
    writeFileSync(join(folder, "fig.yaml.tmp"), text);
    renameSync(join(folder, "fig.yaml.tmp"), join(folder, "fig.yaml"));
    await watch.next();
  }
});

test("notices a ConfigMap's swap: files are symlinks through ..data, which is replaced atomically", async () => {
  const folder = folderOf({ "..1/fig.yaml": "a", "..1/r.yaml": "a" });
  symlinkSync("..1", join(folder, "..data"));
  symlinkSync("..data/fig.yaml", join(folder, "fig.yaml"));
  mkdirSync(join(folder, "routes"));
  symlinkSync("../..data/r.yaml", join(folder, "routes/r.yaml"));
  const watch = watched(folder);
  for (const version of ["..2", "..3"]) {
    writeInto(folder, { [`${version}/fig.yaml`]: "a", [`${version}/r.yaml`]: "a" });
    symlinkSync(version, join(folder, "..new"));
    renameSync(join(folder, "..new"), join(folder, "..data"));
    await watch.next();
  }
});

test("notices a swap that only the files behind a folder's symlinks show", async () => {
  const folder = folderOf({ "fig.yaml": "a", "store/..1/r.yaml": "a" });
  symlinkSync("..1", join(folder, "store/..data"));
  mkdirSync(join(folder, "routes"));
  symlinkSync("../store/..data/r.yaml", join(folder, "routes/r.yaml"));
  const watch = watched(folder);
  writeInto(folder, { "store/..2/r.yaml": "b" });
  symlinkSync("..2", join(folder, "store/..new"));
  renameSync(join(folder, "store/..new"), join(folder, "store/..data"));
  await watch.next();
});

test("notices a folder that appears later, goes, and comes back, and fig.yaml likewise", async () => {
  const folder = folderOf({ "fig.yaml": "a" });
  const watch = watched(folder);
  writeInto(folder, { "routes/r.yaml": "a" });
  await watch.next();
  rmSync(join(folder, "routes"), { recursive: true });
  await watch.next();
  writeInto(folder, { "routes/r.yaml": "a" });
  await watch.next();
  writeFileSync(join(folder, "routes/r.yaml"), "abc");
  await watch.next();
  unlinkSync(join(folder, "fig.yaml"));
  await watch.next();
  writeFileSync(join(folder, "fig.yaml"), "abcd");
  await watch.next();
});

test("asks anew which folders count", async () => {
  const folder = folderOf({ "fig.yaml": "a", "one/r.yaml": "a", "two/r.yaml": "a" });
  let name = "one";
  const watch = watched(folder, () => [join(folder, name)]);
  name = "two";
  await watch.next();
  writeFileSync(join(folder, "two/r.yaml"), "ab");
  await watch.next();
});

test("says nothing of other files, and nothing once stopped", async () => {
  const folder = folderOf({ "fig.yaml": "a", "routes/r.yaml": "a" });
  const watch = watched(folder);
  const control = watched(folder);
  writeInto(folder, {
    "routes/README.md": "b",
    "routes/.swp.yaml": "b",
    "other.yaml": "b",
    ".fig/state.db": "b",
  });
  writeFileSync(join(folder, "fig.yaml"), "ab");
  await watch.next();
  expect(watch.calls).toBe(1);
  watch.stop();
  await control.next();
  writeFileSync(join(folder, "fig.yaml"), "abc");
  await control.next();
  expect(watch.calls).toBe(1);
});

test("a listener that throws and folders that cannot be read end nothing", async () => {
  const folder = folderOf({ "fig.yaml": "a" });
  let calls = 0;
  let seen: () => void = () => undefined;
  const stop = watchConfig(
    join(folder, "fig.yaml"),
    () => ["/proc/nowhere/at/all", join(folder, "fig.yaml/below")],
    () => {
      calls++;
      seen();
      throw new Error("the listener's own");
    },
  );
  onTestFinished(stop);
  for (const text of ["ab", "abc"]) {
    const noticed = new Promise<void>((resolve) => {
      seen = resolve;
    });
    writeFileSync(join(folder, "fig.yaml"), text);
    await noticed;
  }
  expect(calls).toBeGreaterThanOrEqual(2);
});
