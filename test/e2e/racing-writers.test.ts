import { afterEach, beforeEach, expect, test } from "vitest";
import type { Status } from "../../src/control/contract.ts";
import type { LedgerEntry } from "../../src/domain/ledger.ts";
import { askAdmin } from "./fig-process.ts";
import { type SideUpstream, type SplitDoor, startSide, startSplitDoor } from "./support/split-door.ts";

let legacy: SideUpstream;
let modern: SideUpstream;
let door: SplitDoor;

beforeEach(async () => {
  legacy = await startSide("legacy");
  modern = await startSide("modern");
  door = await startSplitDoor(legacy, modern);
});

afterEach(async () => {
  await door.close();
  legacy.close();
  modern.close();
});

async function shift(
  modernPercent: number,
  expectedRevision: number,
  by: string,
): Promise<[number, unknown]> {
  const answer = await fetch(new URL("/api/v1/routes/shop/shift", door.adminUrl), {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ modern: modernPercent, reason: `a race of ${by}`, by, expectedRevision }),
  });
  return [answer.status, await answer.json()];
}

test("of two writers who both saw the same revision one is told 409 to look again, never both, never neither", {
  timeout: 90_000,
}, async () => {
  let revision = (await askAdmin<Status>(door.adminUrl, "GET", "/status")).revision;
  const winners: string[] = [];
  for (let round = 1; round <= 25; round++) {
    const [ann, ben] = await Promise.all([shift(round, revision, "ann"), shift(round + 30, revision, "ben")]);
    expect([ann[0], ben[0]].sort()).toEqual([200, 409]);
    const lost = ann[0] === 409 ? ann[1] : ben[1];
    expect(lost).toMatchObject({ error: { code: "conflict" } });
    winners.push(ann[0] === 200 ? "ann" : "ben");
    const status = await askAdmin<Status>(door.adminUrl, "GET", "/status");
    expect(status.revision).toBe(revision + 1);
    expect(status.routes[0]?.position.modern).toBe(ann[0] === 200 ? round : round + 30);
    revision = status.revision;
  }
  const entries = await askAdmin<readonly LedgerEntry[]>(door.adminUrl, "GET", "/ledger?route=shop");
  expect(entries.map(({ by }) => by)).toEqual(winners);
  expect(entries.map((entry) => entry.revision)).toEqual(
    entries.map((_, i) => revision - winners.length + 1 + i),
  );
});
