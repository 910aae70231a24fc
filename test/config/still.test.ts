import { mkdirSync, renameSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { formatProblems, loadConfig, watchConfig } from "../../src/config/index.ts";
import { lookAt } from "../../src/config/look.ts";
import { readStill } from "../../src/config/still.ts";
import { type Files, folderOf, UPSTREAMS, writeInto } from "./folder.ts";

const routesOf = (upstream: string, count: number): Files =>
  Object.fromEntries(
    Array.from({ length: count }, (_, i) => [
      `routes/r${i}.yaml`,
      `routes:\n  - id: r${i}\n    match: { path: "/r${i}" }\n    legacy: ${upstream}\n    modern: ${upstream}\n`,
    ]),
  );

/** Legacy upstreams of the routes in these files, each once. */
async function upstreamsIn(folder: string, waits: boolean): Promise<readonly (string | undefined)[]> {
  const result = await loadConfig(join(folder, "fig.yaml"), {}, { waits });
  if (!result.ok) throw new Error(formatProblems(result.problems));
  return [...new Set(result.config.routes.map(({ legacy }) => legacy?.upstream))];
}

/** Writes the files one by one, with others' turns between. */
async function writeSlowly(folder: string, files: Files): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    writeFileSync(join(folder, path), text);
    await nextTurn();
  }
}

const FILES = 100;

test.each([true, false])(
  "files that are rewritten one by one are read as they were before or after, never mixed (waits: %s)",
  async (waits) => {
    const folder = folderOf({ "fig.yaml": UPSTREAMS, ...routesOf("a", FILES) });
    for (const upstream of ["b", "a"]) {
      const other = upstream === "a" ? "b" : "a";
      let writing = true;
      const written = writeSlowly(folder, routesOf(upstream, FILES)).then(() => {
        writing = false;
      });
      while (writing) expect([[upstream], [other]]).toContainEqual(await upstreamsIn(folder, waits));
      await written;
      expect(await upstreamsIn(folder, waits)).toEqual([upstream]);
    }
  },
);

/** Reads `routes` in this folder while, the first time, something happens. Gives how often it was read, and what came of it. */
async function readDuring(folder: string, happens: () => void) {
  let readings = 0;
  const paths = [join(folder, "fig.yaml"), join(folder, "routes")];
  const read = await readStill({
    paths: async () => paths,
    read: async () => {
      if (++readings === 1) happens();
      return { paths };
    },
    waits: true,
  });
  return { read, readings };
}

test("what nothing happens to is read once", async () => {
  const folder = folderOf({ "fig.yaml": "a", "routes/r.yaml": "a" });
  const { read, readings } = await readDuring(folder, () => {});
  expect([read.still, readings]).toEqual([true, 1]);
  expect(read.still && [...read.look.keys()]).toEqual(
    ["fig.yaml", "routes/", "routes/r.yaml"].map((path) => join(folder, path)),
  );
});

test.each<readonly [string, (folder: string) => void]>([
  ["a file is written in place", (folder) => writeFileSync(join(folder, "routes/r.yaml"), "abc")],
  [
    "a file of the same size is written, and its mtime set back",
    (folder) => {
      const file = join(folder, "routes/r.yaml");
      const { atime, mtime } = statSync(file);
      writeFileSync(file, "b");
      utimesSync(file, atime, mtime);
    },
  ],
  [
    "a file is renamed over another",
    (folder) => {
      writeFileSync(join(folder, "routes/.new"), "b");
      renameSync(join(folder, "routes/.new"), join(folder, "routes/r.yaml"));
    },
  ],
  ["a file comes", (folder) => writeFileSync(join(folder, "routes/s.yaml"), "a")],
  ["a file goes", (folder) => rmSync(join(folder, "routes/r.yaml"))],
  ["a folder goes", (folder) => rmSync(join(folder, "routes"), { recursive: true })],
  ["fig.yaml is another", (folder) => writeFileSync(join(folder, "fig.yaml"), "b")],
])("%s during the reading: it is read again", async (_, happens) => {
  const folder = folderOf({ "fig.yaml": "a", "routes/r.yaml": "a" });
  const { read, readings } = await readDuring(folder, () => happens(folder));
  expect([read.still, readings]).toEqual([true, 2]);
});

test("a ConfigMap that is swapped during the reading is read again, a folder that fig does not read is not", async () => {
  const folder = folderOf({ "..1/fig.yaml": "a", "..1/r.yaml": "a" });
  symlinkSync("..1", join(folder, "..data"));
  symlinkSync("..data/fig.yaml", join(folder, "fig.yaml"));
  mkdirSync(join(folder, "routes"));
  symlinkSync("../..data/r.yaml", join(folder, "routes/r.yaml"));
  writeInto(folder, { "..2/fig.yaml": "a", "..2/r.yaml": "a" });
  symlinkSync("..2", join(folder, "..new"));
  expect(
    (await readDuring(folder, () => renameSync(join(folder, "..new"), join(folder, "..data")))).readings,
  ).toBe(2);
  expect((await readDuring(folder, () => writeInto(folder, { "routes/notes.txt": "a" }))).readings).toBe(1);
});

test("files of which one changes during every reading are given up, and that one is named", async () => {
  const folder = folderOf({ "fig.yaml": "a", "routes/r.yaml": "a" });
  const file = join(folder, "routes/r.yaml");
  let readings = 0;
  const read = await readStill({
    paths: async () => [file],
    read: async () => {
      writeFileSync(file, `a${++readings}`);
      return { paths: [file] };
    },
    waits: true,
  });
  expect(read).toEqual({ still: false, changed: file, paths: [file] });
  expect(readings).toBe(5);
});

test("a change between loading and watching is noticed", async () => {
  const folder = folderOf({ "fig.yaml": UPSTREAMS, ...routesOf("a", 2) });
  const main = join(folder, "fig.yaml");
  const { look, paths } = await loadConfig(main, {});
  expect(look).toEqual(await lookAt(paths));
  writeInto(folder, routesOf("b", 2));
  await new Promise<void>((resolve) => {
    onTestFinished(watchConfig(main, () => paths, resolve, look));
  });
});
