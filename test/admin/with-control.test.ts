import request from "supertest";
import { afterEach, expect, test } from "vitest";
import { createAdminClient } from "../../src/cli/admin-client.ts";
import type { MigrationDefinition } from "../../src/domain/migration.ts";
import { aConfig, aDoor } from "../control/harness.ts";
import { definitionOf } from "../support/exchange-world.ts";
import { closeAdmins, startAdmin } from "./admin-fixture.ts";

afterEach(closeAdmins);

const source = { file: "x.yaml", line: 1, column: 1 };
const STEP: MigrationDefinition = {
  number: 1,
  name: "first",
  description: "First users",
  changes: { "shop/orders": { modern: 10 } },
  gate: {
    minComparisons: 5,
    maxMismatchRate: undefined,
    maxErrorRateIncrease: undefined,
    maxLatencyRatio: undefined,
    minDurationMs: undefined,
  },
  hash: "00000000000000aa",
  source,
};

async function door() {
  const orders = definitionOf({
    id: "shop/orders",
    cohort: "shop",
    legacy: { upstream: "monolith", path: undefined },
    modern: { upstream: "orders", path: undefined },
  });
  const { control, board, tally } = await aDoor(aConfig({ routes: [orders], migrations: [STEP] }));
  return { ...(await startAdmin({ control, board })), tally };
}

test("a shift, its refusals and its way back, over HTTP", async () => {
  const { url, tally } = await door();
  const api = request(url);
  const path = "/api/v1/routes/shop%2Forders";
  const shifted = await api.post(`${path}/shift`).send({ shadow: 100, reason: "watch it", by: "ann" });
  expect(shifted.body).toMatchObject({
    written: true,
    entries: [{ revision: 1, kind: "shift", by: "ann", reason: "watch it" }],
    changes: [{ route: "shop/orders", to: { modern: 0, shadow: 100 } }],
  });

  const gate = await api.post("/api/v1/migrations/up").send({});
  expect([gate.status, gate.body.error.code]).toEqual([422, "gate_refused"]);
  expect(JSON.stringify(gate.body.error.details)).toContain("minComparisons");
  const plan = await api.get("/api/v1/migrations/plan");
  expect(plan.body).toMatchObject({ allowed: false, next: { number: 1 } });

  for (let i = 0; i < 5; i++) tally("shop/orders").compared("match");
  const up = await api.post("/api/v1/migrations/up").send({});
  expect([up.status, up.body.entries?.[0]?.kind]).toEqual([200, "migration"]);

  const late = await api.post(`${path}/shift`).send({ modern: 50, reason: "late", expectedRevision: 1 });
  expect([late.status, late.body.error.code]).toEqual([409, "conflict"]);
  const back = await api.post(`${path}/rollback`).send({ reason: "back" });
  expect(back.body.changes).toMatchObject([{ from: { modern: 10 }, to: { modern: 0 } }]);
  await api.post("/api/v1/rollback").send({ reason: "all the way" }).expect(200);
  const nothing = await api.post(`${path}/rollback`).send({ reason: "again" });
  expect([nothing.status, nothing.body.error.code]).toEqual([409, "nothing_to_undo"]);
  expect((await api.post("/api/v1/routes/nope/shift").send({ modern: 1, reason: "x" })).status).toBe(404);
  expect((await api.post("/api/v1/cohorts/nope/shift").send({ modern: 1, reason: "x" })).status).toBe(404);
  const ledger = await api.get("/api/v1/ledger?route=shop%2Forders&after=1");
  expect(ledger.body.map((entry: { revision: number }) => entry.revision)).toEqual([2, 3, 4]);
});

test("the command line's client reads through the API what the use cases gave", async () => {
  const { url } = await door();
  const client = createAdminClient({ origin: url, token: undefined });
  const target = { route: "shop/orders" };
  await client.shift({ target, modern: 25, reason: "go", by: "ann", expectedRevision: 0 });
  await client.shift({ target: { cohort: "shop" }, shadow: 5, reason: "go", by: "ann", dryRun: true });
  await client.shift({ target, fresh: true, reason: "again", by: "ann" });
  await client.rollback({ route: "shop/orders", reason: "back", by: "ann", dryRun: true });
  const history = await client.history("shop/orders");
  expect(history.map(({ revision, by }) => [revision, by])).toEqual([
    [1, "ann"],
    [2, "ann"],
  ]);
  expect((await client.status()).routes.map(({ id }) => id)).toContain("shop/orders");
  expect(await client.migrations()).toMatchObject([{ number: 1, state: "pending" }]);
  expect(await client.plan()).toMatchObject({ next: { number: 1 } });
  expect(await client.mismatches(undefined)).toEqual([]);
  expect(await client.explain({ method: "GET", url: "/orders/1", headers: { "x-user": "a" } })).toMatchObject(
    {
      route: "shop/orders",
      keySource: "header:x-user",
    },
  );
  await expect(
    client.migrate({ action: "down", by: "ann", reason: undefined, to: undefined, force: undefined }),
  ).rejects.toMatchObject({ code: "nothing_to_undo" });
});
