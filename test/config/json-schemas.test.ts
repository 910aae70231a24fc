import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { publishedSchemas } from "../../src/config/index.ts";

interface JsonSchema {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly pattern?: string;
}

const root = new URL("../..", import.meta.url);

/** Every key of a schema by its dotted path, and whether strangers beside it are refused. */
function* keysOf(schema: JsonSchema, path: string): Generator<readonly [string, JsonSchema]> {
  for (const option of schema.anyOf ?? []) yield* keysOf(option, path);
  if (schema.items !== undefined) yield* keysOf(schema.items, `${path}[]`);
  if (typeof schema.additionalProperties === "object")
    yield* keysOf(schema.additionalProperties, `${path}.*`);
  for (const [key, value] of Object.entries(schema.properties ?? {})) {
    yield [`${path}.${key}`, value];
    yield* keysOf(value, `${path}.${key}`);
  }
}

test.each(["scripts/write-schemas.mjs", "scripts/write-reference-files.mjs"])(
  "what %s writes is what is committed",
  async (script) => {
    await promisify(execFile)(process.execPath, [script, "--check"], { cwd: root });
  },
);

test("every key of every file has a description, and unknown keys are refused", () => {
  let keys = 0;
  for (const { name, schema } of publishedSchemas()) {
    expect(schema).toMatchObject({ additionalProperties: false });
    for (const [path, value] of keysOf(schema as JsonSchema, name)) {
      expect(value.description, path).toMatch(/\.$/);
      if (value.properties !== undefined) expect(value.additionalProperties, path).toBe(false);
      keys++;
    }
  }
  expect(keys).toBeGreaterThan(80);
});

test("defaults are written as a user would write them", () => {
  const [fig] = publishedSchemas();
  expect(fig?.schema).toMatchObject({
    properties: {
      listen: { default: "127.0.0.1:8080" },
      limits: { properties: { headers: { default: "16KiB" }, body: { default: 0 } } },
      timeouts: { properties: { idle: { default: "75s" } } },
    },
  });
});

test("a route id that the files refuse is refused by the schema too", () => {
  const routes = publishedSchemas().find(({ name }) => name.includes("route"))?.schema as JsonSchema;
  const id = routes.properties?.routes?.items?.properties?.id as JsonSchema;
  const patterns = [id, ...(id.anyOf ?? [])].flatMap(({ pattern }) =>
    pattern === undefined ? [] : [new RegExp(pattern, "u")],
  );
  const takes = (text: string) => patterns.some((each) => each.test(text));
  expect([".", "..", "(default)", "-x", "a b", ""].filter(takes)).toEqual([]);
  expect([".well-known", "...", "..a", "orders.read", "a/..", "a"].filter((text) => !takes(text))).toEqual(
    [],
  );
});
