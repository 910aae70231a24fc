import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { run, shop } from "./support.ts";

const local = (cwd: string, ...more: string[]) =>
  run(["rollback", ...more, "--local", "--reason", "it burns", "--by", "ada"], { cwd, control: {} });

test("fig rollback --local writes beside fig.yaml, asks no store, and only for routes that can move", async () => {
  const cwd = await shop();
  const path = join(cwd, ".fig/rollback.json");
  const { code, out } = await local(cwd, "orders.read");
  expect([code, out]).toEqual([
    0,
    `wrote ${path}: modern is at most\n  orders.read  0 %\non a front door that runs from these files, within a second; no other door follows\n`,
  ]);
  const said = JSON.parse(await readFile(path, "utf8"));
  expect(said).toMatchObject({ by: "ada", reason: "it burns", routes: { "orders.read": 0 } });
  await rm(path);
  expect((await local(cwd, "--all")).code).toBe(0);
  expect(JSON.parse(await readFile(path, "utf8")).routes).toEqual({ "orders.read": 0 });
  const unknown = await local(cwd, "orders");
  expect([unknown.code, unknown.err]).toEqual([2, expect.stringContaining("the routes are: orders.read")]);
  expect((await local(cwd, "orders.read", "--to", "1")).code).toBe(2);
});

test("it needs no files that pass, and says where it cannot write", async () => {
  const cwd = await shop({ "routes/typo.yaml": "routes: 5\n" });
  expect((await local(cwd, "orders.read")).code).toBe(0);
  expect((await local(cwd, "--all")).code).toBe(2);
  await rm(join(cwd, ".fig"), { recursive: true });
  await writeFile(join(cwd, ".fig"), "");
  const { code, err } = await local(cwd, "orders.read");
  expect(code).not.toBe(0);
  expect(err).toContain("nothing could be written in ");
  await rm(join(cwd, ".fig"));
  await mkdir(join(cwd, ".fig"));
  expect((await local(cwd, "orders.read")).code).toBe(0);
});
