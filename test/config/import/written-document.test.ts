import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { operationsOf } from "../../../src/config/import/operations.ts";
import { readWritten } from "../../../src/config/import/written-document.ts";

const DOCUMENTS = join(import.meta.dirname, "documents");
const EXAMPLES = join(import.meta.dirname, "../../counterparts/node_modules/@readme/oas-examples");

const files = [DOCUMENTS, join(EXAMPLES, "2.0/json"), join(EXAMPLES, "3.1/json")].flatMap((folder) =>
  readdirSync(folder)
    .filter((name) => name.endsWith(".json"))
    .map((name) => join(folder, name)),
);

const lineOf = (place: string) => Number(/:(\d+)$/.exec(place)?.[1]);

test.each(files)("%s: JSON has its values and places as a parser of YAML finds them", (file) => {
  const source = readFileSync(file, "utf8");
  const json = readWritten("a", source);
  // A comment makes it YAML, one line lower.
  const yaml = readWritten("a", `# YAML\n${source}`);
  expect(json.value).toEqual(yaml.value);
  const paths = [
    [],
    ["info", "title"],
    ["nothing"],
    ...operationsOf(json).flatMap(({ at }) => [at, [...at, "responses"], [...at, "x-not-there"]]),
    ...((json.value.items ?? []) as unknown[]).map((_, index) => ["items", index, "path"]),
  ];
  for (const path of paths)
    expect([path, lineOf(json.place(path)) + 1]).toEqual([path, Math.max(2, lineOf(yaml.place(path)))]);
});

test("keys with escapes, numbers and empty values have their places", () => {
  const source = `{\n"paths": {\n "/a\\"b\\u00e9\\\\": {\n  "get": [1, -2.5e3,\ntrue, [], {} ],\n "put":{}},\n"/c": { "get" :\n "x]}" } },\n"z": null}`;
  const { place } = readWritten("a", `\ufeff${source}`);
  expect(place(["paths", '/a"bé\\', "get", 2])).toBe("a:5");
  expect(place(["paths", '/a"bé\\', "put"])).toBe("a:6");
  expect(place(["paths", "/c", "get"])).toBe("a:7");
  expect(place(["z"])).toBe("a:9");
});

test("a member that is there twice is an error with its line", () => {
  expect(() => readWritten("a", '{\n"paths": {\n"/a": {},\n"/b": {},\n"/a": {} } }')).toThrow(
    /^a:5: "\/a" is there twice$/,
  );
});

test("a document as deep as it is long is read", () => {
  const deep = `{"openapi":"3.0.0","x":${"[".repeat(200_000)}${"]".repeat(200_000)},\n"paths":{}}`;
  expect(readWritten("a", deep).place(["paths"])).toBe("a:2");
});
