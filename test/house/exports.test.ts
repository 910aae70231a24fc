import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { deadExports } from "./exports.ts";

const ROOT = new URL("../..", import.meta.url).pathname;
const FOLDERS = ["src", "dashboard/src", "test", "scripts", "bench"];
/** Written so, this is no test of what is built (test/house/quick.test.ts). */
const BUILT = "dist";
const ENTRIES = new Set(["src/index.ts", "src/main.ts"]);

function filesOf(folder: string): readonly string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .map((name) => `${folder}/${name.replaceAll("\\", "/")}`)
    .filter((name) => /\.(?:ts|tsx|mjs)$/.test(name) && !name.includes("node_modules"));
}

const house = new Map(
  FOLDERS.flatMap(filesOf).map((name) => [name, readFileSync(join(ROOT, name), "utf8")] as const),
);

test("whatever src and the dashboard export is imported somewhere", () => {
  expect(house.size).toBeGreaterThan(500);
  const dead = deadExports(house, ["src/", "dashboard/src/"], ENTRIES);
  expect(dead).toEqual([]);
});

describe("an export", () => {
  const lib =
    "export function used() {}\nexport const other = 1;\nexport interface Shape {}\nexport { a as b, type C };\n";
  const deadIn = (others: Readonly<Record<string, string>>) =>
    deadExports(
      new Map(Object.entries({ "src/lib.ts": lib, ...others })),
      ["src/"],
      new Set(["src/index.ts"]),
    );

  test("that no file imports is dead, whatever its form", () => {
    expect(deadIn({})).toEqual(["used", "other", "Shape", "b", "C"].map((name) => `src/lib.ts: ${name}`));
  });

  test.each([
    ["import", { "src/x.ts": 'import { type C, other, type Shape, b as c, used } from "./lib.ts";' }],
    [
      "multi-line import",
      { "test/x.ts": 'import {\n  C,\n  other, Shape,\n  b,\n  used,\n} from "../src/lib.ts";' },
    ],
    [
      "import of everything",
      {
        "scripts/x.mjs":
          'import * as lib from "../src/lib.ts";\nlib.used, lib.other, lib.Shape, lib.b, lib.C',
      },
    ],
    [
      "late import of what is built",
      { "bench/x.mjs": `const { used, other: o, Shape, b, C } = await import("../${BUILT}/lib.js");` },
    ],
    ["export by an entry", { "src/index.ts": 'export { used, other, Shape, b, C } from "./lib.ts";' }],
  ])("is alive by an %s", (_how, others) => {
    expect(deadIn(others)).toEqual([]);
  });

  test("that is handed on has to be imported from there", () => {
    const hub = { "src/hub.ts": 'export { used } from "./lib.ts";' };
    expect(deadIn(hub)).toContain("src/hub.ts: used");
    expect(deadIn(hub)).not.toContain("src/lib.ts: used");
  });

  test("that only a comment or a file of the same name elsewhere imports is dead", () => {
    expect(deadIn({ "src/x.ts": '// import { used } from "./lib.ts";' })).toContain("src/lib.ts: used");
    expect(deadIn({ "test/x.ts": 'import { used } from "./lib.ts";' })).toContain("src/lib.ts: used");
  });
});
