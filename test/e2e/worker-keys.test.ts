import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import type { MismatchReport } from "../../src/control/contract.ts";
import { startCountingUpstream } from "./counting-upstreams.ts";
import { askAdmin, startFig } from "./fig-process.ts";
import { until } from "./until.ts";

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

test("a write that one worker served is known to all when its client's reads differ", {
  timeout: 120_000,
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), "fig-worker-keys-"));
  cleanups.push(() => rmSync(folder, { recursive: true, force: true }));
  const [legacy, modern] = [await startCountingUpstream("legacy"), await startCountingUpstream("modern")];
  cleanups.push(
    () => legacy.close(),
    () => modern.close(),
  );
  const file = join(folder, "fig.yaml");
  writeFileSync(
    join(folder, "routes.yaml"),
    'routes:\n  - { id: notes, match: { path: "/differs/{id}" }, modern: modern, sticky: ["header:x-user"], start: { shadow: 100 } }\n',
  );
  writeFileSync(
    file,
    `listen: 127.0.0.1:0\nadmin: 127.0.0.1:0\nworkers: 2\nstate: "memory:"\ndefault: legacy\nroutes: routes.yaml\nupstreams: { legacy: "${legacy.url}", modern: "${modern.url}" }\n`,
  );
  const fig = await startFig(file, {}, { detached: true });
  cleanups.push(() => fig.stop());
  const { url, adminUrl } = fig.ready;
  const ask = async (method: string) => {
    const headers = { connection: "close", "x-user": "ada" };
    await (await fetch(`${url}/differs/1`, { method, headers })).text();
  };
  await ask("POST");
  const READS = 12;
  const seen = async () => {
    const rows = await askAdmin<readonly MismatchReport[]>(adminUrl, "GET", "/mismatches?route=notes");
    const [row] = rows;
    return { count: row?.count ?? 0, after: row?.afterWrites?.not_copied ?? 0 };
  };
  // The first few may be faster than the news.
  let before = await seen();
  const knownOf = async () => {
    for (let i = 0; i < READS; i++) await ask("GET");
    const now = await until(seen, ({ count }) => count >= before.count + READS);
    const known = now.after - before.after;
    before = now;
    return known;
  };
  expect(await until(knownOf, (known) => known === READS)).toBe(READS);
});
