import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { circles, floorProblems, habitProblems, type Sources } from "./floors.ts";
import { importsOf } from "./imports.ts";

function readSources(folder: string): Sources {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) =>
    /\.tsx?$/.test(name),
  );
  return new Map(names.map((name) => [name.replaceAll("\\", "/"), readFileSync(join(folder, name), "utf8")]));
}

const house = readSources(new URL("../../src", import.meta.url).pathname);
const dashboard = readSources(new URL("../../dashboard/src", import.meta.url).pathname);

function fixture(files: Readonly<Record<string, string>>): Sources {
  return new Map(Object.entries(files));
}

describe("the house", () => {
  test("is all there to be looked at", () => {
    expect(house.size).toBeGreaterThan(150);
    expect(importsOf(house.get("serving/serving.ts") ?? "")).toContain("../proxy/exchange.ts");
  });

  test("imports go down only, and each package is used in its room", () => {
    expect(floorProblems(house)).toEqual([]);
  });

  test("has no circles of imports", () => {
    expect(circles(house)).toEqual([]);
  });

  test("keeps its habits: no ambient time, no other side, no default exports, no any, names and lengths", () => {
    expect(habitProblems(house)).toEqual([]);
  });

  test("gives the dashboard types, and code of the domain only", () => {
    const bundled = /^(?:import|export) (?!type )[^;"]*"[./]+\/src\/(?!domain\/)[^"]*"/gm;
    expect('export { z } from "../../../src/control/schemas/parts.ts";').toMatch(bundled);
    expect(dashboard.get("state/wire.ts")).toContain("/src/control/contract.ts");
    expect([...dashboard.values()].flatMap((text) => text.match(bundled) ?? [])).toEqual([]);
  });
});

describe("the floors, held against a house that breaks them", () => {
  const rooms = {
    "domain/route.ts": "",
    "store/contract.ts": "",
    "store/sqlite.ts": "",
    "backends/http/call.ts": "",
    "backends/contract.ts": "",
    "layers/contract.ts": "",
    "layers/tee.ts": "",
    "routing/contract.ts": "",
    "routing/table.ts": "",
    "compare/contract.ts": "",
    "wire/fields.ts": "",
    "proxy/exchange.ts": "",
    "control/shift.ts": "",
    "control/contract.ts": "",
    "serving/serving.ts": "",
    "front-door/front-door.ts": "",
    "clock.ts": "",
  };

  test.each([
    ["domain/plan.ts", 'import { a } from "../routing/table.ts";'],
    ["domain/plan.ts", 'import { systemClock } from "../clock.ts";'],
    ["domain/plan.ts", 'import { hash } from "node:crypto";'],
    ["domain/plan.ts", 'export * from "../store/contract.ts";'],
    ["routing/ties.ts", 'import type { Store } from "../store/contract.ts";'],
    ["routing/ties.ts", 'import { readFileSync } from "node:fs";'],
    ["compare/verdict.ts", 'import { Worker } from "node:worker_threads";'],
    ["store/contract.ts", 'import { open } from "./sqlite.ts";'],
    ["store/redis.ts", 'import type { Backend } from "../backends/http/call.ts";'],
    ["store/redis.ts", 'import { shift } from "../control/shift.ts";'],
    ["store/redis.ts", 'import { match } from "../routing/table.ts";'],
    ["layers/limit.ts", 'import { compare } from "../compare/contract.ts";'],
    ["layers/limit.ts", 'import { HttpCall } from "../backends/http/call.ts";'],
    ["layers/limit.ts", 'import { Exchange } from "../proxy/exchange.ts";'],
    ["layers/contract.ts", 'import { tee } from "./tee.ts";'],
    ["proxy/exchange.ts", 'import { tee } from "../layers/tee.ts";'],
    ["policies/limit.ts", 'import type { Route } from "../domain/route.ts";'],
    ["control/live.ts", 'import { open } from "../store/sqlite.ts";'],
    ["control/live.ts", 'const open = await import("../store/sqlite.ts");'],
    ["control/live.ts", 'const worker = new URL("../store/sqlite.ts", import.meta.url);'],
    ["control/live.ts", 'import { Exchange } from "../proxy/exchange.ts";'],
    ["control/live.ts", 'import { readFileSync } from "node:fs";'],
    ["config/load.ts", 'import { shift } from "../control/shift.ts";'],
    ["admin/app.ts", 'import { Exchange } from "../proxy/exchange.ts";'],
    ["admin/app.ts", 'import {\n  open,\n  close,\n} from "../store/sqlite.ts";'],
    ["admin/app.ts", 'import { FrontDoor } from "../front-door/front-door.ts";'],
    ["serving/serving.ts", 'import { open } from "../store/sqlite.ts";'],
    ["serving/serving.ts", 'import { shift } from "../control/shift.ts";'],
    ["front-door/problems.ts", 'import { Exchange } from "../proxy/exchange.ts";'],
    ["front-door/problems.ts", 'import { Serving } from "../serving/serving.ts";'],
    ["cli/shift.ts", 'import express from "express";'],
    ["control/shift.ts", 'import { z } from "zod";'],
    ["proxy/exchange.ts", 'import got from "got";'],
    ["attic/box.ts", 'import type { Route } from "../domain/route.ts";'],
    ["proxy/exchange.ts", 'import { gone } from "./gone.ts";'],
  ])("%s with %j is one problem", (file, text) => {
    const problems = floorProblems(fixture({ ...rooms, [file]: text }));
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(file);
  });

  test.each([
    ["control/live.ts", 'import type { Store } from "../store/contract.ts";'],
    ["proxy/contract.ts", 'import type { Backend } from "../backends/contract.ts";'],
    ["proxy/exchange.ts", 'import type { Layer } from "../layers/contract.ts";'],
    ["layers/contract.ts", 'import type { Backend } from "../backends/contract.ts";'],
    ["layers/limit.ts", 'import type { Backend } from "../backends/contract.ts";'],
    ["layers/limit.ts", 'import { parseFields } from "../wire/fields.ts";'],
    ["layers/limit.ts", 'import type { Match } from "../routing/contract.ts";'],
    ["serving/serving.ts", 'import { tee } from "../layers/tee.ts";'],
    ["compare/worker-handle.ts", 'import { Worker } from "node:worker_threads";'],
    ["admin/app.ts", 'import type { Control } from "../control/contract.ts";'],
    ["control/schemas/answers.ts", 'import { z } from "zod";'],
    ["front-door/doors.ts", 'import { open } from "../store/sqlite.ts";'],
    ["front-door/state.ts", 'import { open } from "../store/sqlite.ts";'],
    ["front-door/open-serving.ts", 'import { Serving } from "../serving/serving.ts";'],
    ["domain/plan.ts", '// import { a } from "../routing/table.ts";'],
    ["domain/plan.ts", '/**\n * import { a } from "../routing/table.ts";\n */'],
  ])("%s with %j is none", (file, text) => {
    expect(floorProblems(fixture({ ...rooms, [file]: text }))).toEqual([]);
  });

  test("a circle is found, of types too", () => {
    const sources = fixture({
      "domain/a.ts": 'import { b } from "./b.ts";',
      "domain/b.ts": 'import type { C } from "./c.ts";',
      "domain/c.ts": 'export { a } from "./a.ts";',
    });
    expect(circles(sources)).toEqual(["domain/a.ts -> domain/b.ts -> domain/c.ts -> domain/a.ts"]);
  });

  test.each([
    ["proxy/exchange.ts", "const at = Date.now();", "Clock"],
    ["proxy/exchange.ts", "const at = new Date();", "Clock"],
    ["proxy/exchange.ts", "const at = performance.now();", "Clock"],
    ["store/sqlite.ts", "const id = randomUUID();", "Clock"],
    ["proxy/exchange.ts", "export default 1;", "default export"],
    ["proxy/exchange.ts", "function f(x: any) {}", "any"],
    ["proxy/exchange.ts", "const y = x as any;", "any"],
    ["proxy/exchange.ts", "const list: Map<string, any> = new Map();", "any"],
    ["proxy/shadower.ts", 'import { otherSide } from "../domain/position.ts";', "domain"],
    ["proxy/shadower.ts", "tally.shed(otherSide(serving));", "domain"],
    ["control/explain.ts", 'const other = side === "legacy" ? "modern" : "legacy";', "domain"],
    ["control/explain.ts", 'const other = side === "modern" ? "legacy" : "modern";', "domain"],
    ["proxy/exchangeState.ts", "", "kebab-case"],
    ["proxy/utils.ts", "", "says nothing"],
    ["proxy/exchange.ts", "\n".repeat(401), "401 lines"],
  ])("%s with %j is a problem", (file, text, why) => {
    const problems = habitProblems(fixture({ [file]: text }));
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(why);
  });

  test("what only reads like one is none", () => {
    const text = [
      "// Date.now() is the clock's, any time.",
      "/** new Date() too */",
      'const hint = "Math.random() is not for any: use a Clock";',
      "const at = new Date(clock.now());",
      "const company = 1;",
      "",
    ].join("\n");
    expect(habitProblems(fixture({ "proxy/exchange.ts": text }))).toEqual([]);
    const other = "export const otherSide = (side: Side) => OTHER[side];\n";
    expect(habitProblems(fixture({ "domain/position.ts": other }))).toEqual([]);
    expect(habitProblems(fixture({ "proxy/shadower.ts": `// ${other}` }))).toEqual([]);
    expect(habitProblems(fixture({ "clock.ts": "export const now = () => Date.now();\n" }))).toEqual([]);
  });
});
