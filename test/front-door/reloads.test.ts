import { join } from "node:path";
import { expect, test } from "vitest";
import type { Live } from "../../src/control/index.ts";
import type { FrontDoorConfig } from "../../src/domain/config.ts";
import { Files } from "../../src/front-door/files.ts";
import { leftProblems } from "../../src/front-door/left-routes.ts";
import { Reloads } from "../../src/front-door/reloads.ts";
import { configOf, folderOf, oneRoute, UPSTREAMS, writeInto } from "../config/folder.ts";

const SILENT = { info: () => {}, warn: () => {}, error: () => {} };

test("however often a reload is asked for while one runs, the files are read once more after it", async () => {
  const folder = folderOf(oneRoute(""));
  const started = await configOf(oneRoute(""));
  const inForce: FrontDoorConfig[] = [];
  const live = {
    config: () => inForce.at(-1) ?? started,
    reload: async (config: FrontDoorConfig) => {
      inForce.push(config);
      // What is written now is not in what was read.
      if (inForce.length === 1) {
        writeInto(folder, oneRoute("    cohort: other\n"));
        for (let i = 0; i < 100; i++) later.push(reloads.reload());
      }
    },
  } as unknown as Live;
  const later: Promise<void>[] = [];
  const reloads = new Reloads(new Files(join(folder, "fig.yaml"), {}, SILENT), live, SILENT, async () => {});
  await reloads.reload();
  expect(later).toHaveLength(100);
  await Promise.all(later);
  expect(inForce.map(({ routes }) => routes[0]?.cohort)).toEqual(["one", "other"]);
  await reloads.reload();
  expect(inForce).toHaveLength(3);
});

test("a retired route that leaves while the default is another upstream is a problem, until the default is its own", async () => {
  const retired = oneRoute("    retired: true\n");
  const gone = { ...retired, "routes/r.yaml": "routes: []\n" };
  const folder = folderOf(retired);
  let inForce = await configOf(retired);
  const live = {
    config: () => inForce,
    reload: async (config: FrontDoorConfig) => {
      inForce = config;
    },
  } as unknown as Live;
  const reloads = new Reloads(new Files(join(folder, "fig.yaml"), {}, SILENT), live, SILENT, async () => {});
  const said = async (files: Readonly<Record<string, string>>) => {
    writeInto(folder, files);
    await reloads.reload();
    return leftProblems(reloads.left, inForce.defaultUpstream).map(({ message }) => message);
  };
  expect(await said(retired)).toEqual([]);
  const problem =
    "one was retired and has left the files: its requests, which b answered, go to the default, a, unless another route takes them";
  expect(await said(gone)).toEqual([problem]);
  expect(await said(gone)).toEqual([problem]);
  expect(await said(retired)).toEqual([]);
  expect(await said(gone)).toEqual([problem]);
  expect(await said({ ...gone, "fig.yaml": `${UPSTREAMS}default: b\n` })).toEqual([]);
});
