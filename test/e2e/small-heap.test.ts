import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, expect, test } from "vitest";
import { type FigReady, type ReadyProcess, startFig, startNode } from "./fig-process.ts";
import { KeepAliveClient } from "./keep-alive-client.ts";
import { type SideUpstream, startSide } from "./support/split-door.ts";
import { until } from "./until.ts";

const FIG = fileURLToPath(new URL("../../bin/fig", import.meta.url));
const REQUESTS = 3000;
const AT_ONCE = 200;

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

function folderFor(legacy: Pick<SideUpstream, "url">): string {
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

/** Of the thread that serves, MiB. */
async function youngMib(adminUrl: string): Promise<number> {
  const text = await (await fetch(new URL("/metrics", adminUrl))).text();
  return Number(/^nodejs_heap_space_size_total_bytes\{space="new"\} (\d+)$/m.exec(text)?.[1]) / 1024 ** 2;
}

test("the young generation has its full size once requests outlive collections, and not by what the start left", {
  timeout: 90_000,
}, async () => {
  const held: ServerResponse[] = [];
  const legacy = createServer((_request, response) => {
    held.push(response);
    if (held.length === AT_ONCE) for (const one of held.splice(0)) one.end("ok");
  });
  legacy.listen(0, "127.0.0.1");
  await once(legacy, "listening");
  const agent = new Agent({ keepAlive: true });
  closers.push(() => {
    agent.destroy();
    legacy.close();
    legacy.closeAllConnections();
  });
  const { port } = legacy.address() as AddressInfo;
  const door = await startFig(join(folderFor({ url: `http://127.0.0.1:${port}` }), "fig.yaml"));
  closers.push(() => door.stop());
  const { url, adminUrl } = door.ready;
  // Of 128 MiB only a part was ever used, and garbage would have filled the rest of it before it was collected.
  expect(await youngMib(adminUrl)).toBeLessThanOrEqual(32);
  const ask = async (): Promise<void> => {
    const asking = request(url, { agent, headers: { "x-long": "x".repeat(8000) } }).end();
    const [answer] = (await once(asking, "response")) as [IncomingMessage];
    answer.resume();
    await once(answer, "end");
  };
  await until(
    async () => {
      await Promise.all(Array.from({ length: AT_ONCE }, ask));
      return youngMib(adminUrl);
    },
    (mib) => mib > 64,
  );
});
