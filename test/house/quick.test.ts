import { readdirSync, readFileSync } from "node:fs";
import { posix } from "node:path";
import { expect, test } from "vitest";
import { WITH_PROCESSES } from "../groups.ts";
import type { Sources } from "./floors.ts";
import { codeLines, importsOf } from "./imports.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const HOUSE = new Map(
  readdirSync(`${ROOT}test`, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts") && name !== "house/quick.test.ts")
    .map((name) => [`test/${name}`, readFileSync(`${ROOT}test/${name}`, "utf8")]),
);

/** What starts more than a test's own process, or a small one of Node alone. */
const STARTERS =
  /^test\/(?:browser\/chromium|deploy\/promtool|docs\/world|e2e\/fig-process|e2e\/support\/nginx|conformance\/http\/proxy-process|support\/redis-server)\.ts$/;
const COMMAND = /\bbin\/fig\b|\bdist\//;

const isQuick = (file: string) => !file.split("/").some((folder) => WITH_PROCESSES.includes(folder));

/** Quick test files from which something is reached that they must do without, with the way there. */
function slowOnes(sources: Sources): readonly string[] {
  const problems: string[] = [];
  for (const file of sources.keys()) {
    if (!file.endsWith(".test.ts") || !isQuick(file)) continue;
    const open: string[][] = [[file]];
    const seen = new Set([file]);
    for (let way = open.pop(); way !== undefined; way = open.pop()) {
      const at = way.at(-1) as string;
      const text = sources.get(at);
      if (text === undefined) continue;
      if (STARTERS.test(at) || COMMAND.test(codeLines(text).join("\n"))) problems.push(way.join(" -> "));
      for (const name of importsOf(text)) {
        const next = posix.join(posix.dirname(at), name);
        if (!name.startsWith(".") || seen.has(next)) continue;
        seen.add(next);
        open.push([...way, next]);
      }
    }
  }
  return problems;
}

test("quick tests start no browser, no server and no fig", () => {
  expect(slowOnes(HOUSE)).toEqual([]);
  expect(
    [...HOUSE.keys()].filter((file) => file.endsWith(".test.ts") && isQuick(file)).length,
  ).toBeGreaterThan(60);
});

test("one that does is found, with the way there", () => {
  const sources = new Map([
    ["test/store/new.test.ts", 'import { server } from "./made.ts";'],
    ["test/store/made.ts", 'import { RedisServer } from "../support/redis-server.ts";'],
    ["test/support/redis-server.ts", ""],
    ["test/cli/new.test.ts", 'const FIG = new URL("../../bin/fig", import.meta.url);'],
    ["test/cli/e2e/new.test.ts", 'const FIG = new URL("../../../bin/fig", import.meta.url);'],
    ["test/store/redis/new.test.ts", 'import { RedisServer } from "../../support/redis-server.ts";'],
  ]);
  expect(slowOnes(sources)).toEqual([
    "test/store/new.test.ts -> test/store/made.ts -> test/support/redis-server.ts",
    "test/cli/new.test.ts",
  ]);
});
