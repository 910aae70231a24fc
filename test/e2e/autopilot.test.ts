import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import type { AutopilotStatus } from "../../src/control/contract.ts";
import type { LedgerEntry } from "../../src/domain/ledger.ts";
import { RedisServer } from "../support/redis-server.ts";
import { withRedis } from "../support/with-redis.ts";
import { askAdmin, type FigReady, type ReadyProcess, startFig } from "./fig-process.ts";
import { type SideUpstream, startSide } from "./support/split-door.ts";
import { until } from "./until.ts";

const GATE = "gate: { minComparisons: 20, confidence: 50 }";
const STEPS = {
  "0001-shadow.yaml": "changes: { shop: { shadow: 100 } }\n",
  "0002-half.yaml": `changes: { shop: { modern: 50 } }\n${GATE}\n`,
  "0003-all.yaml": `changes: { shop: { modern: 100 } }\n${GATE}\n`,
};

withRedis("the autopilot of two front doors over one Redis", () => {
  let redis: RedisServer;
  const sides: SideUpstream[] = [];
  const doors: ReadyProcess<FigReady>[] = [];
  let folder = "";
  let clients: NodeJS.Timeout | undefined;
  afterEach(async () => {
    clearInterval(clients);
    await Promise.all(doors.splice(0).map((door) => door.stop()));
    for (const side of sides.splice(0)) side.close();
    await redis.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  test("walks three steps to 100 %, each once in the ledger, and stands still while it is paused", {
    timeout: 90_000,
  }, async () => {
    redis = await RedisServer.start();
    folder = mkdtempSync(join(tmpdir(), "fig-e2e-autopilot-"));
    const same = (_request: unknown, response: { end(text: string): unknown }) => response.end("same");
    sides.push(await startSide("legacy", same), await startSide("modern", same));
    for (const name of ["routes", "migrations"]) mkdirSync(join(folder, name));
    for (const [name, text] of Object.entries(STEPS)) writeFileSync(join(folder, "migrations", name), text);
    writeFileSync(
      join(folder, "routes/shop.yaml"),
      `routes:\n  - { id: shop, match: { path: "/{rest+}" }, modern: modern, sticky: [header:x-user-id] }\n`,
    );
    const file = join(folder, "fig.yaml");
    writeFileSync(
      file,
      `listen: 127.0.0.1:0\nadmin: 127.0.0.1:0\nstate: ${redis.url}\ndefault: legacy\nupstreams:\n  legacy: ${sides[0]?.url}\n  modern: ${sides[1]?.url}\n`,
    );
    doors.push(...(await Promise.all([startFig(file), startFig(file)])));
    const [one, two] = doors.map(({ ready }) => ready) as [FigReady, FigReady];
    let asked = 0;
    clients = setInterval(() => {
      for (const { url } of [one, two])
        void fetch(`${url}/a`, { headers: { "x-user-id": `u${asked++}` } })
          .then((answer) => answer.text())
          .catch(() => undefined);
    }, 25);
    const tell = (door: FigReady, verb: string, body: object) =>
      askAdmin<AutopilotStatus>(door.adminUrl, "POST", `/autopilot/${verb}`, body);
    const status = (door: FigReady) => askAdmin<AutopilotStatus>(door.adminUrl, "GET", "/autopilot");
    const ledger = () => askAdmin<readonly LedgerEntry[]>(two.adminUrl, "GET", "/ledger");

    await tell(one, "start", { to: 2, by: "ana", reason: "ready" });
    await until(ledger, (entries) => entries.length === 2);
    await tell(two, "pause", { by: "bo", reason: "release" });
    await tell(one, "start", { by: "ana", reason: "all the way" });
    await tell(one, "pause", { by: "bo" });
    // The third step's gate holds, and nobody takes it.
    await until(
      () => askAdmin<{ readonly allowed: boolean }>(two.adminUrl, "GET", "/migrations/plan"),
      ({ allowed }) => allowed,
    );
    await until(
      async () => (await fetch(`${two.adminUrl}/metrics`)).text(),
      (text) => text.includes('fig_autopilot_state{state="paused"} 1'),
    );
    expect((await ledger()).length).toBe(2);
    expect((await status(two)).says).toBe("paused by bo");

    await tell(two, "resume", { by: "bo" });
    const entries = await until(ledger, (all) => all.length === 3);
    expect(entries.map(({ kind, by, migration }) => [kind, by, migration?.number])).toEqual(
      [1, 2, 3].map((step) => ["autopilot", "autopilot", step]),
    );
    expect(entries[2]?.evidence).toMatchObject({
      autopilot: { startedBy: "bo" },
      gates: [{ route: "shop", holds: true }],
    });
    await until(
      () => status(one),
      ({ waitsFor }) => waitsFor === "steps",
    );
    expect((await ledger()).length).toBe(3);
    expect(doors.map((door) => door.output()).join("")).not.toContain("could not go on");
  });
});
