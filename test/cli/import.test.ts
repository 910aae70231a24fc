import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { runCli } from "../../src/cli/run-cli.ts";
import { fakeDeps } from "./support.ts";

const DOCUMENT = `openapi: 3.0.3
info: { title: Shop, version: "1" }
servers: [{ url: "http://127.0.0.1:3000" }]
paths:
  /orders/{id}.json: { get: { responses: { "200": { description: one } } } }
`;

function folderWith(document = DOCUMENT) {
  const folder = mkdtempSync(join(tmpdir(), "fig-import-cli-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, "api.yaml"), document);
  const fig = async (...words: string[]) => {
    const deps = fakeDeps({ cwd: folder });
    return { code: await runCli(words, deps), out: deps.stdout.text(), err: deps.stderr.text() };
  };
  return { folder, fig };
}

test("writes routes and fig.yaml, says what changed, and overwrites nothing unless told", async () => {
  const { folder, fig } = folderWith();
  const done = await fig("import", "openapi", "api.yaml");
  expect(done.code).toBe(0);
  expect(done.out).toContain("wrote routes/shop.yaml\nwrote fig.yaml");
  expect(done.out).toContain("not quite as it was (1)");
  expect((await fig("check")).code).toBe(0);
  const again = await fig("import", "openapi", "api.yaml");
  expect(again).toMatchObject({
    code: 3,
    err: expect.stringContaining("file_exists: routes/shop.yaml is there already"),
  });
  writeFileSync(join(folder, "fig.yaml"), "default: mine\n");
  expect((await fig("import", "openapi", "api.yaml", "--force")).code).toBe(0);
  expect(readFileSync(join(folder, "fig.yaml"), "utf8")).toBe("default: mine\n");
  expect((await fig("import", "openapi", "api.yaml", "--other", "nowhere")).code).toBe(2);
  rmSync(join(folder, "routes"), { recursive: true });
  writeFileSync(join(folder, "fig.yaml"), "default: mine\nupstreams: { mine: http://127.0.0.1:1 }\n");
  const beside = await fig("import", "openapi", "api.yaml");
  expect(beside.out).toContain("fig.yaml is there already. What the routes need of it:");
  expect(beside.out).toContain("      - http://127.0.0.1:3000");
  expect(readFileSync(join(folder, "fig.yaml"), "utf8")).toContain("default: mine");
});

test("gives everything as data", async () => {
  const { folder, fig } = folderWith();
  const { out } = await fig("import", "openapi", "api.yaml", "--json", "--to", "gateway");
  expect(JSON.parse(out)).toMatchObject({
    title: "Shop",
    folder: join(folder, "gateway"),
    written: ["routes/shop.yaml", "fig.yaml"],
    routes: [{ id: "orders.id", path: "/orders/{id}", methods: ["GET"], place: "api.yaml:5" }],
    additions: null,
    notes: [{ level: "changed" }, { level: "imported" }],
  });
});

test.each([
  ["none.yaml", 2, "usage: "],
  ["api.yaml", 2, "invalid_document: api.yaml:2: this is neither JSON nor YAML"],
])("what cannot be read is told: %s", async (file, code, told) => {
  const { fig } = folderWith("openapi: 3.0.0\n\tpaths: {}\n");
  const failed = await fig("import", "apigateway", file);
  expect(failed).toMatchObject({ code, err: expect.stringContaining(told) });
});

test("what files would change is asked of a front door, and the exit code says it", async () => {
  const { folder, fig } = folderWith();
  writeFileSync(join(folder, "fig.yaml"), "default: a\nupstreams: { a: http://127.0.0.1:1 }\n");
  const refused = await fig("check", "--against", "http://127.0.0.1:9");
  expect(refused).toMatchObject({ code: 1, err: expect.stringContaining("admin_unreachable") });
  expect((await fig("check", "--print")).out).toContain("default: a\nupstreams:\n  a: http://127.0.0.1:1");
});
