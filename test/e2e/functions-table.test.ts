import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { differencesOf, REASONS, reasonOf } from "../../scripts/functions-table/differences.ts";
import { COUNTS, measured } from "../../scripts/functions-table/measure.ts";
import { pageOf } from "../../scripts/functions-table/page.ts";
import type { PeerRecord } from "../../scripts/functions-table/peer.ts";
import type { SocketRecord } from "../../scripts/functions-table/socket-differences.ts";
import { startFigDoor } from "./support/function-rows.ts";

const read = (path: string) => readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), "utf8");
const peer = JSON.parse(read("scripts/functions-table/peer.json")) as PeerRecord;
const sockets = JSON.parse(read("scripts/functions-table/socket-peer.json")) as SocketRecord;

test("events of 60 requests and answers of 30 shapes are what API Gateway's documentation says", async () => {
  expect(COUNTS.requests).toBeGreaterThanOrEqual(60);
  expect(COUNTS.answers).toBeGreaterThanOrEqual(30);
  const doors = { "1.0": await startFigDoor("1.0"), "2.0": await startFigDoor("2.0") };
  try {
    expect(await measured(doors)).toEqual([]);
    const row = { what: "", method: "GET", target: "//a", fields: [], body: undefined, source: "" };
    expect(await doors["1.0"].eventOf({ ...row, one: {}, two: {} })).toBeUndefined();
  } finally {
    await doors["1.0"].close();
    await doors["2.0"].close();
  }
});

test("every difference to serverless-offline has a reason, and every reason a difference", () => {
  const differences = differencesOf(peer);
  expect(differences.filter((difference) => reasonOf(difference) === undefined)).toEqual([]);
  const given = new Set(differences.map(reasonOf));
  expect(REASONS.filter((reason) => !given.has(reason)).map(({ about }) => about)).toEqual([]);
});

test("the page is of these rows and of this recording: `npm run functions-table`", () => {
  expect(read("docs/functions-table.md")).toBe(pageOf(peer, sockets));
});
