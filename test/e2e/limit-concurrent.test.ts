import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import http from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { RedisServer } from "../support/redis-server.ts";
import { withRedis } from "../support/with-redis.ts";
import { startCountingUpstream } from "./counting-upstreams.ts";
import { type FigReady, type ReadyProcess, startFig } from "./fig-process.ts";
import { until } from "./until.ts";

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const agent = new http.Agent({ keepAlive: true, maxSockets: 200 });

/** Its status; 0: the connection broke. */
function ask(url: string, path: string): Promise<number> {
  return new Promise((resolve) => {
    const request = http.get(new URL(path, url), { agent }, (response) => {
      response.resume().on("close", () => resolve(response.complete ? (response.statusCode ?? 0) : 0));
    });
    request.on("error", () => resolve(0));
  });
}

async function metric({ adminUrl }: FigReady, name: string): Promise<number> {
  const text = await (await fetch(`${adminUrl}/metrics`)).text();
  return Number(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, "m").exec(text)?.[1] ?? 0);
}

withRedis("requests under way over a fleet", () => {
  test("are one limit over two front doors with two workers each; one that is killed gives its places back", {
    timeout: 180_000,
  }, async () => {
    const redis = await RedisServer.start();
    cleanups.push(() => redis.remove());
    const upstream = await startCountingUpstream("legacy");
    cleanups.push(() => upstream.close());
    const start = async (): Promise<ReadyProcess<FigReady>> => {
      const folder = mkdtempSync(join(tmpdir(), "fig-limit-"));
      cleanups.push(() => rmSync(folder, { recursive: true, force: true }));
      const file = join(folder, "fig.yaml");
      writeFileSync(
        file,
        `listen: 127.0.0.1:0\nadmin: 127.0.0.1:0\ndefault: legacy\nworkers: 2\nstate: ${redis.url}
upstreams: { legacy: ${upstream.url} }\npolicies: { limit: { concurrent: 10 } }\n`,
      );
      const fig = await startFig(file);
      cleanups.push(() => fig.stop());
      return fig;
    };
    const [one, other] = await Promise.all([start(), start()]);
    for (const { ready } of [one, other])
      await until(
        () => metric(ready, "fig_limit_doors"),
        (doors) => doors === 2,
      );
    const left = async (): Promise<string | null> => (await fetch(one.ready.url)).headers.get("ratelimit");
    const held = (fig: ReadyProcess<FigReady>, count: number) =>
      Array.from({ length: count }, () => ask(fig.ready.url, "/held/x"));
    const before = upstream.seen.served;
    const first = [...held(one, 8), ...held(other, 8)];
    // Ten of the sixteen wait at the upstream, and the others are refused at once.
    const answered: number[] = [];
    for (const each of first) void each.then((status) => answered.push(status));
    await until(
      () => answered.length,
      (count) => count === 6,
    );
    expect(new Set(answered)).toEqual(new Set([429]));
    expect(upstream.seen.served - before).toBe(10);
    expect(await ask(other.ready.url, "/")).toBe(429);
    expect(upstream.release()).toBe(10);
    expect((await Promise.all(first)).filter((status) => status === 200)).toHaveLength(10);
    await until(left, (now) => now === '"default-concurrent";r=9');
    // The other door holds all of them, and is killed.
    const lost = held(other, 10);
    await until(
      async () => upstream.seen.served - before,
      (seen) => seen >= 20,
    );
    expect(await ask(one.ready.url, "/")).toBe(429);
    other.signal("SIGKILL");
    await Promise.all(lost);
    await until(left, (now) => now === '"default-concurrent";r=9');
    expect(await metric(one.ready, "fig_limit_local_total")).toBe(0);
  });
});
