import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { MismatchReport, RouteStatus, Status } from "../../src/control/contract.ts";
import { askAdmin } from "./fig-process.ts";
import { type ReadyDoor, runFig, startFig } from "./in-process.ts";
import { until } from "./until.ts";

const USER = "ada-7f3b@example.test";
let folder: string;
let fig: ReadyDoor;
const servers: Server[] = [];

interface Order {
  readonly id: number;
  readonly total: number;
  readonly open: boolean;
  readonly note: string;
}

const ORDERS: readonly Order[] = Array.from({ length: 30 }, (_, n) => ({
  ...{ id: n + 1, total: (n + 1) * 12, open: n % 3 !== 0, note: `order ${n + 1}` },
}));

async function textOf(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request) text += String(chunk);
  return text;
}

/** A shop whose modern forgets a filter, renames a member, makes ids of its own, and keeps notes in a store of its own. */
async function startShop(modern: boolean): Promise<string> {
  const notes = new Map<string, string>();
  const answers: Readonly<Record<string, (user: string) => unknown>> = {
    "/orders": () => ({ items: ORDERS.filter(({ open }) => modern || open) }),
    "/renamed": () =>
      ORDERS.slice(0, 8).map(({ total, ...rest }) => (modern ? { ...rest, sum: total } : { ...rest, total })),
    "/made": () => {
      const id = modern ? "m-4711" : "l-0815";
      return { id, links: { self: `/made/${id}`, lines: `/made/${id}/lines` } };
    },
    "/notes": (user) => ({ note: notes.get(user) ?? "none" }),
  };
  const server = createServer(async (request, response) => {
    const user = String(request.headers["x-user"] ?? "");
    response.setHeader("content-type", "application/json");
    const path = request.url ?? "";
    if (request.method === "POST" || request.method === "PUT") {
      const text = await textOf(request);
      notes.set(user, modern ? text.toUpperCase() : text);
      response.end(JSON.stringify({ saved: notes.get(user) }));
      return;
    }
    response.end(JSON.stringify(answers[path]?.(user)));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "fig-e2e-causes-"));
  mkdirSync(join(folder, "routes"));
  mkdirSync(join(folder, "migrations"));
  const [legacy, modern] = [await startShop(false), await startShop(true)];
  const upstreams = `upstreams: { legacy: "${legacy}", modern: "${modern}" }`;
  writeFileSync(
    join(folder, "fig.yaml"),
    `listen: 127.0.0.1:0\nadmin: 127.0.0.1:0\nstate: sqlite:state.db\nroutes: routes\nmigrations: migrations\ndefault: legacy\n${upstreams}\n`,
  );
  const route = (id: string, more = "") =>
    `  - { id: ${id}, match: { path: /${id} }, modern: modern, sticky: ["header:x-user"], start: { shadow: 100 }${more} }\n`;
  const ids = ["orders", "renamed", "made"].map((id) => route(id)).join("");
  writeFileSync(
    join(folder, "routes", "shop.yaml"),
    `routes:\n${ids}${route("notes", ", shadow: { writes: idempotent }")}`,
  );
  fig = await startFig(join(folder, "fig.yaml"));
}, 120_000);

afterAll(async () => {
  await fig?.stop();
  for (const server of servers) server.close();
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
});

const admin = <Answer>(path: string) => askAdmin<Answer>(fig.ready.adminUrl, "GET", path);
const ask = async (path: string, user: string, method = "GET", body?: string) => {
  const init = { method, headers: { "x-user": user }, ...(body === undefined ? {} : { body }) };
  await (await fetch(`${fig.ready.url}${path}`, init)).text();
};
const compared = (route: string, count: number) =>
  until(
    () => admin<Status>("/status"),
    ({ routes }) =>
      routes.some(
        ({ id, comparisons: { match, mismatch } }: RouteStatus) => id === route && match + mismatch >= count,
      ),
  );
const rowsOf = async (route: string) =>
  (await admin<MismatchReport[]>(`/mismatches?route=${route}`)).map(({ kind, path, count, cascade = [] }) => [
    `${kind} ${path}`,
    count,
    cascade.map((each) => `${each.by} ${each.kind} ${each.path} ${each.count}x ${each.places}`),
  ]);

test("A forgotten filter, a renamed member and an id with its links are one row each, with what follows below", async () => {
  for (const path of ["/orders", "/renamed", "/made"]) for (let n = 0; n < 3; n++) await ask(path, `u${n}`);
  for (const route of ["orders", "renamed", "made"]) await compared(route, 3);
  expect(await rowsOf("orders")).toEqual([["length $.items", 3, ["element extra $.items[*] 3x 30"]]]);
  expect(await rowsOf("renamed")).toEqual([["missing $[*].total", 3, ["rename extra $[*].sum 3x 24"]]]);
  expect(await rowsOf("made")).toEqual([
    ["value $.id", 3, ["value value $.links.lines 3x 3", "value value $.links.self 3x 3"]],
  ]);
  const { stdout } = await runFig(["diff", "orders", "-c", join(folder, "fig.yaml")]);
  expect(stdout).toContain("follows from it, and counts with it:");
  expect(stdout).toContain("extra $.items[*]: elements that only one list has");
  expect(stdout).toMatch(/"\[0\]":\{"id":1,"total":12/);
  const metrics = await (await fetch(`${fig.ready.adminUrl}/metrics`)).text();
  // Eighteen values that shifted, and one difference for each comparison.
  expect(metrics).toMatch(/^fig_mismatches_total\{[^}]*route="orders"[^}]*\} 3$/m);
}, 120_000);

test("Reads that differ after a write that differed, or that was not copied, say so and count all the same", async () => {
  await ask("/notes", "before");
  await ask("/notes", USER, "PUT", "bring milk");
  await compared("notes", 2);
  for (let n = 0; n < 4; n++) await ask("/notes", USER);
  await compared("notes", 6);
  await ask("/notes", "other", "POST", "never copied");
  await ask("/notes", "other");
  await compared("notes", 7);
  const rows = await until(
    () => admin<MismatchReport[]>("/mismatches?route=notes"),
    (found) => found.some(({ path, count }) => path === "$.note" && count === 5),
  );
  const note = rows.find(({ path }) => path === "$.note");
  expect(note?.afterWrites).toEqual({ differed: 4, not_copied: 1 });
  expect(rows.find(({ path }) => path === "$.saved")?.afterWrites).toBeUndefined();
  const { stdout } = await runFig(["diff", "notes", "-c", join(folder, "fig.yaml")]);
  expect(stdout.replaceAll(/\s+/g, " ")).toContain(
    "since a write of the same client differed: 4 of 5, or was not copied: 1 of 5",
  );
  const metrics = await (await fetch(`${fig.ready.adminUrl}/metrics`)).text();
  expect(metrics).toMatch(/^fig_earlier_writes 2$/m);
  // Nothing of it is kept in clear.
  expect(JSON.stringify(rows)).not.toContain(USER);
  expect(metrics).not.toContain(USER);
  for (const file of ["state.db", "state.db-wal"])
    expect(readFileSync(join(folder, file)).includes(USER)).toBe(false);
}, 120_000);
