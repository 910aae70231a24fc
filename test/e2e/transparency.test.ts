import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Upstream } from "../conformance/http/upstream.ts";
import { observe } from "../conformance/transparency.ts";
import { ROWS } from "../conformance/transparency-rows.ts";
import { type ReadyDoor, startFig } from "./in-process.ts";

test("the table holds at least 40 odd but legal requests, no name twice", () => {
  expect(new Set(ROWS.map((row) => row.name)).size).toBe(ROWS.length);
  expect(new Set(ROWS.map((row) => row.request)).size).toBeGreaterThanOrEqual(40);
});

describe.each(["auto", "node"])("lane: %s", (lane) => {
  let upstream: Upstream;
  let folder: string;
  let door: ReadyDoor | undefined;
  let port: number;

  beforeAll(async () => {
    upstream = new Upstream();
    folder = mkdtempSync(join(tmpdir(), "fig-transparency-"));
    const config = join(folder, "fig.yaml");
    const monolith = `http://127.0.0.1:${await upstream.listen()}`;
    writeFileSync(
      config,
      `listen: 127.0.0.1:0
admin: 127.0.0.1:0
state: sqlite:state.db
lane: ${lane}
default: monolith
upstreams:
  monolith: ${monolith}
`,
    );
    door = await startFig(config);
    port = Number(new URL(door.ready.url).port);
  });

  afterAll(async () => {
    upstream.close();
    await door?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  test.each(ROWS.map((row) => [row.name, row] as const))(
    "with no routes nothing is changed: %s",
    async (_name, row) => {
      const { request, answer, notAddedOnce } = await observe(row, port, upstream);
      expect(request.received).toEqual(request.sent);
      expect(answer.received).toEqual(answer.sent);
      expect(notAddedOnce).toEqual([]);
    },
  );
});
