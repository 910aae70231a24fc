import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { ADMIN_ERRORS } from "../../src/admin/error-table.ts";
import { OPERATIONS } from "../../src/admin/operations.ts";
import { REFUSALS } from "../../src/domain/refusals.ts";
import { METRICS } from "../../src/observe/metric-table.ts";

const root = new URL("../../", import.meta.url);
const page = (name: string) => readFileSync(new URL(`docs/reference/${name}.md`, root), "utf8");

test("the reference pages are what their script writes", async () => {
  const script = fileURLToPath(new URL("scripts/write-reference-api.mjs", root));
  await promisify(execFile)(process.execPath, [script, "--check"]);
});

test("every operation, metric and error code has its place in the reference", () => {
  for (const { method, path } of OPERATIONS) {
    expect(page("admin-api")).toContain(`\n### ${method.toUpperCase()} /api/v1${path}\n`);
  }
  for (const name of Object.keys(METRICS)) expect(page("metrics")).toContain(`\n| \`${name}\` | `);
  const errors = page("errors");
  for (const { code, status } of Object.values(REFUSALS))
    expect(errors).toContain(`\n| \`${code}\` | ${status} | `);
  for (const [code, { status }] of Object.entries(ADMIN_ERRORS)) {
    expect(errors).toContain(`\n| \`${code}\` | ${status} | `);
  }
});

test("the metrics that dashboards are built on keep their names and labels", () => {
  const promised = {
    fig_requests_total: ["route", "side", "code"],
    fig_request_duration_seconds: ["route", "side"],
    fig_shadow_requests_total: ["route", "side", "outcome"],
    fig_shadow_duration_seconds: ["route", "side"],
    fig_comparisons_total: ["route", "outcome"],
    fig_not_compared_total: ["route", "reason"],
    fig_mismatches_total: ["route", "kind"],
    fig_position_percent: ["route", "kind"],
    fig_ledger_revision: [],
    fig_fallbacks_total: ["route"],
    fig_declined_total: ["route"],
    fig_pinned_requests_total: ["route", "side"],
    fig_guard_trips_total: ["route"],
  };
  const labels = Object.fromEntries(Object.entries(METRICS).map(([name, info]) => [name, info.labels]));
  expect(labels).toMatchObject(promised);
});
