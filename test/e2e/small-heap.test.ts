import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, expect, test } from "vitest";
import { type FigReady, type ReadyProcess, startNode } from "./fig-process.ts";
import { KeepAliveClient } from "./keep-alive-client.ts";
import { type SideUpstream, startSide } from "./support/split-door.ts";

const FIG = fileURLToPath(new URL("../../bin/fig", import.meta.url));
const REQUESTS = 3000;

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

function folderFor(legacy: SideUpstream): string {
  const folder = mkdtempSync(join(tmpdir(), "fig-e2e-heap-"));
  closers.push(() => rmSync(folder, { recursive: true, force: true }));
  for (const name of ["routes", "migrations"]) mkdirSync(join(folder, name));
  writeFileSync(join(folder, "routes/a.yaml"), "routes: []\n");
  writeFileSync(
    join(folder, "fig.yaml"),
    `listen: 127.0.0.1:0\nadmin: 127.0.0.1:0\nstate: sqlite:state.db\nroutes: routes\nmigrations: migrations
default: legacy\nupstreams:\n  legacy: ${legacy.url}\n`,
  );
  return folder;
}

test("a heap of 128 MiB is not collected all the time", { timeout: 90_000 }, async () => {
  const legacy = await startSide("legacy");
  closers.push(() => legacy.close());
  const config = join(folderFor(legacy), "fig.yaml");
  const traced = ["--max-old-space-size=128", "--trace-gc", FIG, "serve", "-c", config];
  const door: ReadyProcess<FigReady> = await startNode(traced);
  closers.push(() => door.stop());
  const client = new KeepAliveClient(door.ready.url);
  closers.push(() => client.close());
  for (let i = 0; i < REQUESTS; i++) expect((await client.ask("GET", "/a", {})).status).toBe(200);
  const lines = door.output().split("\n");
  const collections = (kind: string) => lines.filter((line) => line.includes(`ms: ${kind}`)).length;
  // Twenty a second, however little was in it, while the young generation was allowed more than the whole limit.
  expect(collections("Mark-Compact")).toBeLessThanOrEqual(5);
  expect(collections("Scavenge")).toBeGreaterThan(5);
});
