import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { MismatchReport, ShiftResult, Status } from "../../src/control/contract.ts";
import { cohortPrefix, sideOf, splitHash, thresholdOf } from "../../src/domain/split.ts";
import { askAdmin, type ReadyProcess, startNode } from "./fig-process.ts";
import { type ReadyDoor, startFig } from "./in-process.ts";
import { type Answer, KeepAliveClient } from "./keep-alive-client.ts";
import { differencesIn, installExample, walkExample } from "./support/example-walk.ts";
import { until } from "./until.ts";

const EXAMPLE = fileURLToPath(new URL("../../examples/json-server/", import.meta.url));

interface Both {
  readonly legacyUrl: string;
  readonly modernUrl: string;
}

let both: ReadyProcess<Both>;
let fig: ReadyDoor;
let folder: string;

beforeAll(async () => {
  installExample("json-server", "json-server-modern");
  folder = mkdtempSync(join(tmpdir(), "fig-e2e-json-server-"));
  both = await startNode<Both>([join(EXAMPLE, "both.mjs"), "0", "0"]);
  fig = await startFig(join(EXAMPLE, "fig.yaml"), {
    FIG_PORT: "0",
    FIG_ADMIN_PORT: "0",
    FIG_STATE: join(folder, "state.db"),
    LEGACY_URL: both.ready.legacyUrl,
    MODERN_URL: both.ready.modernUrl,
  });
}, 240_000);

afterAll(async () => {
  await fig?.stop();
  await both?.stop();
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
});

const admin = <Answer>(method: "GET" | "POST", path: string, body?: unknown) =>
  askAdmin<Answer>(fig.ready.adminUrl, method, path, body);

test("Shadowing every read finds what json-server 1.0 answers differently, each by its path and kind", async () => {
  const step = await admin<ShiftResult>("POST", "/migrations/up", { by: "test", reason: "first look" });
  expect(step.entries.map((entry) => entry.kind)).toEqual(["migration"]);

  const client = new KeepAliveClient(fig.ready.url);
  const requests = [
    ["GET", "/books/1"],
    ["GET", "/books/99"],
    ["HEAD", "/books/3"],
    ["GET", "/books/2?_expand=author"],
    ["GET", "/authors/1?_embed=books"],
    ["GET", "/books"],
    ["GET", "/books?id=5"],
    ["GET", "/books?_page=2&_limit=3"],
    ["GET", "/shop"],
  ] as const;
  for (const [method, path] of requests) {
    const answer = await client.ask(method, path, { cookie: "reader=first" });
    expect(answer.headers["x-fig-side"], path).toBe("legacy");
    expect(answer.headers["x-powered-by"], path).toBe("Express");
  }
  client.close();
  const compared = (status: Status) =>
    status.routes.reduce((sum, route) => sum + route.comparisons.match + route.comparisons.mismatch, 0);
  const status = await until(
    () => admin<Status>("GET", "/status"),
    (now) => compared(now) === requests.length,
  );
  expect(status.routes.map((route) => [route.id, route.phase])).toEqual([
    ["books.read", "shadowing"],
    ["books.list", "shadowing"],
    ["authors.read", "shadowing"],
    ["shop.read", "shadowing"],
    ["(default)", "legacy"],
  ]);

  const rows = await until(
    () => admin<readonly MismatchReport[]>("GET", "/mismatches"),
    (now) => now.some((row) => row.route === "shop.read"),
  );
  const found = rows.map((row) => `${row.route} ${row.path} ${row.kind} ${row.count}`);
  // 1.0 makes ids strings, in single answers and in lists.
  expect(found).toContain("books.read $.id type 2");
  expect(found).toContain("books.list $[*].id type 1");
  // It drops the headers Express and the 0.17 defaults sent, and pages by body instead of by header.
  // The charset of JSON, which it also drops, means nothing (RFC 8259 §11).
  expect(found.filter((row) => row.includes("header.content-type"))).toEqual([]);
  expect(found).toContain("books.read header.cache-control missing 4");
  expect(found).toContain("books.list header.x-total-count missing 1");
  expect(found).toContain("books.list header.link missing 1");
  expect(found).toContain("books.list $ type 1");
  // It answers HEAD with 400, explains a 404, and no longer knows `_expand`.
  expect(found).toContain("books.read status value 1");
  expect(found).toContain("books.read $.error extra 1");
  expect(found).toContain("books.read $.author missing 1");
  // Numeric keys no longer meet ids that are strings: nothing is embedded, and a filter by id finds nothing.
  expect(found).toContain("authors.read $.books length 1");
  expect(found).toContain("books.list $ length 1");
  // And nothing is made up: the shop's body is the same on both.
  expect(found.filter((row) => row.startsWith("shop.read"))).toEqual(["shop.read header.vary missing 1"]);

  const id = rows.find((row) => row.route === "books.read" && row.path === "$.id");
  expect(id?.samples[0]).toMatchObject({ legacy: "1", modern: '"1"' });
});

test("From 0 to 10, 50 and 100 percent and back, 64 clients lose no request and each is where its hash says", async () => {
  const readers = 64;
  const perPosition = 8;
  /** The positions that may answer a request sent now: one, or two while a shift is under way. */
  let inForce: readonly number[] = [0];
  let running = true;
  const sinceShift: number[] = Array.from({ length: readers }, () => 0);
  const wrong: string[] = [];
  const paths = ["/books/1", "/authors/2", "/shop", "/books"];

  const verdict = (reader: string, percent: number) =>
    sideOf(splitHash(cohortPrefix("readers"), reader), thresholdOf(percent));

  const clients = Array.from({ length: readers }, () => new KeepAliveClient(fig.ready.url));
  const loops = clients.map(async (client, number) => {
    const reader = `reader-${number}`;
    for (let turn = number; running; turn++) {
      const before = inForce;
      const path = paths[turn % paths.length] as string;
      let answer: Answer;
      try {
        answer = await client.ask("GET", path, { cookie: `reader=${reader}` });
      } catch (error) {
        wrong.push(`${reader} ${path}: ${error}`);
        return;
      }
      const allowed = new Set([...before, ...inForce].map((percent) => verdict(reader, percent)));
      const side = answer.headers["x-fig-side"];
      const server = answer.headers["x-powered-by"] === "tinyhttp" ? "modern" : "legacy";
      if (answer.status !== 200 || side !== server || !allowed.has(server)) {
        wrong.push(`${reader} ${path}: ${answer.status} from ${server} (${side}), allowed ${[...allowed]}`);
      }
      if (before === inForce) sinceShift[number] = (sinceShift[number] as number) + 1;
    }
  });

  const move = async (percent: number, shift: () => Promise<ShiftResult>) => {
    inForce = [...inForce, percent];
    const result = await shift();
    expect(result.changes.map((change) => change.to.modern)).toEqual([percent, percent, percent, percent]);
    inForce = [percent];
    sinceShift.fill(0);
    await until(
      () => Math.min(...sinceShift),
      (least) => least >= perPosition || wrong.length > 0,
      60_000,
    );
    expect(wrong).toEqual([]);
  };
  const forward = (modern: number) => () =>
    admin<ShiftResult>("POST", "/cohorts/readers/shift", { modern, reason: `to ${modern}`, by: "test" });
  const back = () => admin<ShiftResult>("POST", "/rollback", { reason: "back", by: "test" });

  try {
    await move(10, forward(10));
    await move(50, forward(50));
    await move(100, forward(100));
    await move(50, back);
    await move(10, back);
    await move(0, back);
  } finally {
    running = false;
    await Promise.all(loops);
    for (const client of clients) client.close();
  }
  expect(wrong).toEqual([]);
  expect(clients.map((client) => client.sockets.size)).toEqual(clients.map(() => 1));
  const status = await admin<Status>("GET", "/status");
  for (const route of status.routes) expect(route.position.modern).toBe(0);
  const modernAt10 = clients.filter((_, number) => verdict(`reader-${number}`, 10) === "modern").length;
  expect(modernAt10).toBeGreaterThan(0);
  expect(modernAt10).toBeLessThan(readers / 2);
}, 120_000);

test("The README's walk, from shadow over what --suggest writes, true differences and refusal to cutover and rollback, runs as printed", async () => {
  const { stdout, answerTo } = await walkExample("json-server", "README.md");
  expect(stdout.trimEnd().split("\n").at(-1)).toBe("# no request failed");
  const readme = readFileSync(join(EXAMPLE, "README.md"), "utf8");
  for (const path of ["$.id", "$.author", "$.error", "$.books", "status", "header.vary"]) {
    const row = new RegExp(`^ +[\\d,]+ +[\\d.]+ % +\\w+ +${path.replaceAll(/[$.]/g, "\\$&")}$`, "m");
    expect(readme).toMatch(row);
    expect(stdout).toMatch(row);
  }
  for (const route of ["books.read", "books.list", "authors.read", "shop.read"])
    expect(answerTo(`fig diff ${route} --suggest --apply`)).toMatch(/^control: 5\n(?:.*\n)*written into /m);
  // Legacy was asked twice: no noise is made up, nothing is worth a rule, and each difference is one when both are asked directly.
  expect(answerTo("fig diff books.read")).toMatch(/^books\.read: no noise of legacy's own in \d+ controls$/m);
  const suggested = answerTo("fig diff books.read --suggest --apply", 1);
  expect(suggested).toMatch(/^\$\.id: modern's own; no rule should hide it$/m);
  expect(suggested).not.toMatch(/written into|not known/);
  const asked = [...stdout.matchAll(/^\| (\S+) \| (\S+) \| (\w+) \| .* \|$/gm)];
  for (const [row] of asked) expect(readme).toContain(row);
  const summary = answerTo("fig diff --summary", 1).split("\n\n")[0] as string;
  const found = summary.split(/^(?=\S)/m).flatMap((part) => {
    const route = part.slice(0, part.indexOf(":"));
    return differencesIn(part).map((row) => `${route} ${row}`);
  });
  expect(found.sort()).toEqual(asked.map(([, route, path, kind]) => `${route} ${path} ${kind}`).sort());
}, 300_000);
