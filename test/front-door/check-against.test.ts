import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { runCli } from "../../src/cli/run-cli.ts";
import { FrontDoor } from "../../src/front-door/front-door.ts";
import { fakeDeps } from "../cli/support.ts";

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const FIG = `listen: 127.0.0.1:0
admin: 127.0.0.1:0
state: "memory:"
default: a
upstreams: { a: "http://127.0.0.1:1", b: "http://127.0.0.1:2" }
`;

const route = (id: string, more: string) =>
  `  - { id: ${id}, match: { path: "/${id}/{id}" }, legacy: a, modern: b, ${more} }\n`;
const chat = (keys: readonly string[]) =>
  `websockets:\n  - id: chat\n    path: /chat\n    routes:\n${keys
    .map((key) => `      ${key}: { legacy: a, modern: b }\n`)
    .join("")}`;

/** A front door on these files, and what `fig check --against` says there of others. */
async function against(files: string) {
  const write = (text: string) => {
    const folder = mkdtempSync(join(tmpdir(), "fig-against-"));
    cleanups.push(() => rmSync(folder, { recursive: true, force: true }));
    const path = join(folder, "routes/all.yaml");
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    writeFileSync(join(folder, "fig.yaml"), FIG);
    return folder;
  };
  const folder = write(files);
  const front = new FrontDoor(join(folder, "fig.yaml"), { quiet: true, env: {} });
  cleanups.push(() => front.close());
  const { adminUrl } = await front.listen();
  const check = async (other: string) => {
    const deps = fakeDeps({ cwd: write(other) });
    const code = await runCli(["check", "--against", adminUrl], deps);
    const told = deps.stdout.text().split("\n").slice(2).join("\n").trimEnd();
    return { code, told, err: deps.stderr.text() };
  };
  const reload = async (other: string) => {
    writeFileSync(join(folder, "routes/all.yaml"), other);
    await front.reload();
  };
  return { front, check, reload };
}

test("a start that is changed is told until somebody shifts the route; then it stands where it stands", async () => {
  const files = `routes:\n${route("orders", "start: { modern: 25, shadow: 0 }")}`;
  const other = files.replace("25, shadow: 0", "75, shadow: 100");
  const { front, check, reload } = await against(files);
  const stands = async () => (await front.status()).routes.find(({ id }) => id === "orders")?.position;
  expect(await check(files)).toEqual({ code: 0, told: "   nothing changes for clients", err: "" });
  expect(await check(other)).toEqual({
    code: 3,
    told: `!  orders: 50 % of clients are answered otherwise (modern: 25 → 75 %)
   orders: 100 % of safe requests are shadowed, 0 % before`,
    err: "",
  });
  await reload(other);
  expect(await stands()).toEqual({ modern: 75, shadow: 100 });
  await reload(files);
  expect(await stands()).toEqual({ modern: 25, shadow: 0 });
  await front.shift("orders", { modern: 40, reason: "on", force: true });
  expect(await check(other)).toEqual({ code: 0, told: "   nothing changes for clients", err: "" });
  await reload(other);
  expect(await stands()).toMatchObject({ modern: 40 });
});

test("a WebSocket API changes nothing by itself, and a message whose route goes is told", async () => {
  const { check } = await against(chat(["$default", "total"]));
  expect(await check(chat(["$default", "total"]))).toMatchObject({
    code: 0,
    told: "   nothing changes for clients",
  });
  expect(await check(chat(["$default"]))).toMatchObject({
    code: 0,
    told: expect.stringContaining("requests of chat.total go to chat.default (a message total of\n   chat)"),
  });
  const none = await check("routes: []\n");
  expect(none.told).toContain("requests of chat.connect go to (default) (GET /chat)");
});
