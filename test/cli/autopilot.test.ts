import { expect, test } from "vitest";
import { runCli } from "../../src/cli/run-cli.ts";
import type { AutopilotStatus, Control } from "../../src/control/contract.ts";
import { AUTOPILOT } from "../admin/admin-fixture.ts";
import { fakeControl, fakeDeps, shop } from "./support.ts";

async function fig(argv: readonly string[], status: Partial<AutopilotStatus> = {}) {
  const asked: unknown[] = [];
  const answer = (verb: string) => async (request?: unknown) => {
    asked.push([verb, request]);
    return { ...AUTOPILOT, ...status };
  };
  const autopilot: Control["autopilot"] = {
    status: answer("status"),
    start: answer("start"),
    pause: answer("pause"),
    resume: answer("resume"),
    stop: answer("stop"),
  };
  const deps = fakeDeps({ cwd: await shop() });
  const code = await runCli(["autopilot", ...argv], {
    ...deps,
    createControl: () => fakeControl({ autopilot }),
  });
  return { code, asked, out: deps.stdout.text(), err: deps.stderr.text() };
}

test("status says what it waits for, the gate, what is declared, and when it expects to move", async () => {
  const conditions = [
    {
      name: "minComparisons",
      value: 5,
      bound: 10,
      holds: false,
      state: "unknown" as const,
      missing: "needs 5 more",
    },
  ];
  const { out, code } = await fig(["status"], {
    to: 3,
    expectedAt: "2026-11-22T20:05:00.000Z",
    overdue: true,
    times: { text: "mon 09:00-17:00 UTC", waitMs: 1_800_000, patienceMs: 3_600_000 },
    gates: [{ route: "orders", state: "unknown", holds: false, confidence: 95, conditions }],
  });
  expect(code).toBe(0);
  const lines = out.split("\n");
  expect(lines[0]).toMatch(/^autopilot running \(.*state .*\)$/);
  expect(lines).toEqual(
    expect.arrayContaining([
      "  told by ana at 2026-11-22 20:00:00Z: ready",
      "  as far as step 3",
      "  step 1 (start) waits",
      "  declared: mon 09:00-17:00 UTC; 30 min after the move before it",
      "  expects to move at 2026-11-22 20:05:00Z",
      "! it waits for longer than 1 h: somebody should look",
    ]),
  );
  expect(out).toContain("minComparisons is 5, must be at least 10");
});

test("start needs a reason, and says who and how far; the others do without one", async () => {
  expect((await fig(["start"])).code).toBe(2);
  const started = await fig(["start", "--to", "2", "--reason", "ready", "--by", "ana"]);
  expect(started.asked).toEqual([["start", { by: "ana", reason: "ready", to: 2 }]]);
  for (const verb of ["pause", "resume", "stop"]) {
    const { code, asked } = await fig([verb, "--by", "bo"]);
    expect([code, asked]).toEqual([0, [[verb, { by: "bo" }]]]);
  }
  expect(JSON.parse((await fig(["status", "--json"])).out)).toEqual(AUTOPILOT);
});
