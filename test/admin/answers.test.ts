import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { OPERATIONS } from "../../src/admin/operations.ts";
import type { AddedApiKey } from "../../src/control/api-keys/contract.ts";
import type { Noticed } from "../../src/control/contract.ts";
import type { Difference, Revision, Series, Status } from "../../src/control/index.ts";
import type { LedgerEntry } from "../../src/domain/ledger.ts";
import type { RecentComparison } from "../../src/domain/outcomes.ts";
import type { UpstreamState } from "../../src/domain/upstream-state.ts";
import { createFrontDoor, type FrontDoor } from "../../src/index.ts";
import { type CountingUpstream, startCountingUpstream } from "../e2e/counting-upstreams.ts";
import { until } from "../e2e/until.ts";
import { answered, expectDocumented } from "./documented.ts";

const TOKEN = "a-token-of-the-test";
const ALL = { modern: 100, shadow: 100 };
let sides: readonly CountingUpstream[] = [];
let door: FrontDoor;
let front = "";
let api = "";

beforeAll(async () => {
  sides = await Promise.all([startCountingUpstream("legacy"), startCountingUpstream("modern")]);
  const [legacy, modern] = sides.map(({ url }) => url) as [string, string];
  const match = { path: "/differs/{id}" };
  const policies = { networks: { allow: ["127.0.0.0/8"] } };
  const samples = { bodies: true };
  const compare = { ignore: [{ path: "$.at", until: "2026-01-01" }], high: ["$.side"], samples };
  const key = generateKeyPairSync("ed25519").privateKey.export({ format: "pem", type: "pkcs8" }) as string;
  door = createFrontDoor(
    {
      listen: "127.0.0.1:0",
      admin: "127.0.0.1:0",
      adminToken: TOKEN,
      state: "memory:",
      default: "legacy",
      upstreams: { legacy, modern },
      identity: { token: { issuer: "https://shop.test", keys: [key] } },
      guards: { mismatches: { severity: "high" } },
      routes: [
        {
          id: "orders.read",
          formerly: ["orders.get"],
          cohort: "shop",
          match,
          modern: "modern",
          compare,
          policies,
        },
      ],
      websockets: [{ id: "chat", path: "/chat", routes: { never: { modern: "modern", retired: true } } }],
      migrations: [
        { number: 1, name: "look", description: "Look", changes: { "orders.read": { shadow: 100 } } },
        { number: 2, name: "all", changes: { "orders.read": ALL }, gate: { minComparisons: 2 } },
      ],
    },
    { quiet: true },
  );
  const { url, adminUrl } = await door.listen();
  front = url;
  api = `${adminUrl}/api/v1`;
});

afterAll(async () => {
  await door.close();
  await Promise.all(sides.map((side) => side.close()));
});

async function ask<Body>(method: string, path: string, body?: object): Promise<Body> {
  const headers = { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" };
  const sent = body === undefined ? { method, headers } : { method, headers, body: JSON.stringify(body) };
  const response = await fetch(`${api}${path}`, sent);
  const text = await response.text();
  expect([path, response.status, text]).toEqual([path, 200, text]);
  return JSON.parse(text) as Body;
}
const get = <Body>(path: string) => ask<Body>("GET", path);
const post = (path: string, body: object) => ask("POST", path, body);

/** What only a front door on files answers. */
async function filesOperations(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "fig-answers-"));
  const fig = join(folder, "fig.yaml");
  writeFileSync(fig, 'listen: 127.0.0.1:0\nadmin: 127.0.0.1:0\nstate: "memory:"\n');
  const other = createFrontDoor(fig, { quiet: true });
  try {
    const { adminUrl } = await other.listen();
    const read = async (path: string) => (await fetch(`${adminUrl}/api/v1/files${path}`)).json();
    expect(await read("")).toMatchObject([{ revision: 0, inForce: true }]);
    expect(await read("/0")).toMatchObject({ revision: 0, main: "fig.yaml" });
    const headers = { "content-type": "application/json" };
    const reload = await fetch(`${adminUrl}/api/v1/files/reload`, { method: "POST", headers, body: "{}" });
    expect(await reload.json()).toMatchObject({ revision: 0, problems: [] });
  } finally {
    await other.close();
    rmSync(folder, { recursive: true });
  }
}

test("everything that a front door's operations answer is in the OpenAPI document", async () => {
  const why = { reason: "to see what it answers", by: "ann" };
  await ask("GET", "/session");
  await post("/session", { token: TOKEN, by: "ann" });
  await ask("DELETE", "/session");

  await post("/migrations/up", { by: "ann" });
  for (let i = 0; i < 4; i++) expect((await fetch(`${front}/differs/${i}`)).status).toBe(200);
  const differs = await until(
    () => get<Difference[]>("/mismatches"),
    (rows) => rows[0]?.count === 4,
  );
  const sample = {
    legacy: '"legacy"',
    modern: '"modern"',
    method: "GET",
    statuses: { legacy: 200, modern: 200 },
  };
  expect(differs[0]).toMatchObject({ path: "$.side", samples: Array(4).fill(sample) });
  // What is kept whole is told a little later.
  expect(differs[0]?.samples.map(({ target }) => target).sort()).toEqual(
    [0, 1, 2, 3].map((i) => `/differs/${i}`),
  );
  expect(await get<Noticed[]>("/noticed")).toMatchObject([
    { route: "orders.read", headers: [], rules: [{ rule: "ignore $.at", state: "ended" }] },
  ]);
  expect(await get<RecentComparison[]>("/comparisons")).toHaveLength(4);
  const wholes = await get<readonly { id: string }[]>("/whole-answers?route=orders.read");
  expect(wholes.length).toBeGreaterThan(0);
  expect(await get(`/whole-answers/${wholes[0]?.id}`)).toMatchObject({ id: wholes[0]?.id });
  expect(await get("/identity/keys")).toMatchObject({ keys: [{ kty: "OKP", crv: "Ed25519" }] });
  expect(await get("/migrations/plan")).toMatchObject({ allowed: true, gates: [{ holds: true }] });

  await post("/routes/orders.read/shift", { ...why, modern: 20, dryRun: true });
  await post("/routes/orders.read/shift", { ...why, modern: 20 });
  await post("/cohorts/shop/shift", { ...why, modern: 50 });
  await post("/routes/orders.read/rollback", why);
  await post("/rollback", { ...why, dryRun: true });
  await post("/rollback", why);
  await post("/rollback/local", why);
  await post("/migrations/up", { by: "ann", force: true, expectedStep: 2 });
  await post("/migrations/down", { by: "ann" });
  await post("/migrations/to", { to: 0, by: "ann" });
  await post("/migrations/up", { by: "ann", force: true });
  await post("/migrations/squash", { to: 1, by: "ann" });

  await post("/autopilot/start", why);
  expect(await post("/autopilot/pause", why)).toMatchObject({ state: "paused", by: "ann" });
  await post("/autopilot/resume", why);
  expect(await get("/autopilot")).toMatchObject({ state: "running", waitsFor: "gate", step: { number: 2 } });
  await post("/autopilot/stop", why);

  const ledger = await get<LedgerEntry[]>("/ledger");
  expect(ledger.map(({ kind }) => kind)).toEqual(
    expect.arrayContaining(["migration", "shift", "rollback", "revert", "baseline"]),
  );
  const changes = ledger.flatMap((entry) => entry.changes);
  expect(changes.every((change) => change.formerly?.[0] === "orders.get")).toBe(true);
  expect(changes.some((change) => change.undone !== undefined)).toBe(true);
  expect(await get<LedgerEntry[]>("/ledger?evidence=false&limit=1")).toMatchObject([{ evidence: {} }]);

  const status = await get<Status>("/status");
  expect(status.routes).toHaveLength(4);
  const { stateId, revision } = status;
  expect(await get<Revision>("/revision")).toEqual({ stateId, revision });
  await get("/routes");
  await get("/routes?sort=requests");
  await get("/routes/orders.read");
  await get("/routes/orders.read/gate");
  await get("/routes/orders.read/latencies?from=0");
  expect((await get<Series>("/series?route=orders.read")).overall.mismatch).toBe(4);
  await get("/overview");
  expect((await get<readonly UpstreamState[]>("/upstreams"))[0]?.members).toHaveLength(1);
  expect(await get("/websockets")).toMatchObject([{ id: "chat", routes: [{ route: "chat.never" }] }]);
  expect(await get("/certificates")).toEqual([]);
  await get("/rates");
  expect(await get("/policies?route=orders.read")).toMatchObject({
    total: 1,
    routes: [{ policies: [{ policy: "networks", verdicts: [{ verdict: "passed", count: 4 }] }] }],
  });
  await get("/routes/orders.read/definition");
  await get("/mismatches/by-path");
  await get("/migrations");
  await post("/explain", { method: "GET", url: "/differs/1", ip: "10.0.0.1" });
  await post("/explain", { method: "GET", url: "/none" });
  await get("/cache");
  await post("/cache/purge", { all: true });

  const socket = new WebSocket(`${front.replace("http", "ws")}/chat`);
  socket.onopen = () => socket.send("which route takes this?");
  const { connectionId } = await new Promise<{ connectionId: string }>((resolve) => {
    socket.addEventListener("message", ({ data }) => resolve(JSON.parse(String(data))), { once: true });
  });
  await post(`/websockets/chat/connections/${connectionId}`, { message: "hello" });
  await get(`/websockets/chat/connections/${connectionId}`);
  await post("/websockets/chat/broadcast", { tag: "nobody", message: "hello" });
  await ask("DELETE", `/websockets/chat/connections/${connectionId}`);

  const { apiKey } = await ask<AddedApiKey>("POST", "/keys", { name: "app", plan: "gold", by: "ann" });
  await post(`/keys/${apiKey.id}`, { enabled: false });
  await post(`/keys/${apiKey.id}/revoke`, why);
  await get(`/keys/${apiKey.id}`);
  await post("/keys/import", { keys: [{ name: "other", hash: "0".repeat(64) }] });
  expect(await get("/keys?limit=1")).toHaveLength(1);
  await ask("DELETE", `/keys/${apiKey.id}`);

  // What it holds by itself is lower, until that is in the ledger.
  await until(
    () => get<Status>("/status"),
    ({ problems }) => problems.every((problem) => !problem.includes("alone holds")),
  );
  await post("/routes/orders.read/shift", { ...why, modern: 20, shadow: 100 });
  await until(
    async () => {
      await fetch(`${front}/differs/5`);
      return get<LedgerEntry[]>("/ledger?kind=guard");
    },
    (trips) => trips.length > 0,
  );
  await post("/routes/orders.read/resume", why);

  await get("/files/table");
  await filesOperations();

  const all = OPERATIONS.filter(({ response }) => typeof response !== "string").map(({ id }) => id);
  expect([...answered].sort()).toEqual(all.sort());
  expectDocumented();
});
