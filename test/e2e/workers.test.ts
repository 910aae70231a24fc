import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { startCountingUpstream } from "./counting-upstreams.ts";
import { askAdmin, startFig } from "./fig-process.ts";
import { childrenOf } from "./support/socket-owners.ts";
import { runWorkerKills } from "./support/worker-kill.ts";
import { until } from "./until.ts";

/** `FIG_WORKER_KILLS=50 npx vitest run test/e2e/workers.test.ts`, or `npm run workers:kill`. */
const KILLS = Number(process.env.FIG_WORKER_KILLS ?? 6);
const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function twoWorkers(settings: readonly string[] = []) {
  const folder = mkdtempSync(join(tmpdir(), "fig-workers-"));
  cleanups.push(() => rmSync(folder, { recursive: true, force: true }));
  const legacy = await startCountingUpstream("legacy");
  cleanups.push(() => legacy.close());
  const file = join(folder, "fig.yaml");
  const lines = ["listen: 127.0.0.1:0", "admin: 127.0.0.1:0", "workers: 2", "default: legacy", ...settings];
  writeFileSync(file, `${lines.join("\n")}\nupstreams: { legacy: ${legacy.url} }\n`);
  const fig = await startFig(file, {}, { detached: true });
  cleanups.push(() => fig.stop());
  const { url, adminUrl } = fig.ready;
  return {
    fig,
    legacy,
    workers: () => childrenOf(fig.pid),
    ask: async (path: string) => (await fetch(`${url}${path}`)).text(),
    metrics: async () => (await fetch(`${adminUrl}/metrics`)).text(),
    problems: async () =>
      (await askAdmin<{ readonly problems: readonly string[] }>(adminUrl, "GET", "/status")).problems,
  };
}

const runs = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

describe("two workers", () => {
  test(`killed ${KILLS} times under load while a route is shifted cost their own connections alone`, {
    timeout: 600_000,
  }, async () => {
    const result = await runWorkerKills({ kills: KILLS });
    expect(result.exits).toBe(KILLS);
    expect(result.requests).toBeGreaterThan(50 * KILLS);
    expect(result.broken).toBeGreaterThan(0);
    expect(result.broken).toBe(result.brokenOfKilled);
    expect(result.shifts).toBeGreaterThan(KILLS / 2);
    expect(result.revision).toBe(result.shifts);
    expect(result.wrongSide).toBe(0);
    // Nothing is counted twice, and no more is missing than what killed workers had not told.
    expect(result.uncounted).toBeGreaterThanOrEqual(0);
    expect(result.uncounted).toBeLessThanOrEqual(result.mostUncounted);
    expect(result.quiet).toEqual([200, 200]);
    expect(result.exitCode).toBe(0);
  });

  test("that keep ending are said, until they serve again", { timeout: 120_000 }, async () => {
    const { fig, workers, ask, problems, metrics } = await twoWorkers();
    const [kept] = workers();
    await until(
      async () => {
        for (const pid of workers()) if (pid !== kept) process.kill(pid, "SIGKILL");
        return await problems();
      },
      (found) => found.some((one) => one.includes("keeps ending (SIGKILL")),
      60_000,
    );
    // The other serves meanwhile.
    expect(await ask("/x")).toBe('{"path":"/x"}');
    await until(problems, (found) => found.length === 0, 60_000);
    const text = await metrics();
    expect(text).toContain('fig_workers{state="serving"} 2\n');
    expect(text).toMatch(/^fig_worker_exits_total\{reason="signal"\} [1-9]/m);
    expect(fig.output()).toContain("ended (SIGKILL), and is replaced; what it counted in its last");
  });

  test("of which one answers nothing any more: it is replaced", { timeout: 180_000 }, async () => {
    const { workers, metrics } = await twoWorkers();
    const [stopped = 0] = workers();
    process.kill(stopped, "SIGSTOP");
    await until(
      () => workers().includes(stopped),
      (there) => !there,
      120_000,
    );
    const text = await until(metrics, (found) => found.includes('fig_workers{state="serving"} 2\n'), 60_000);
    expect(text).toContain('fig_worker_exits_total{reason="hung"} 1\n');
  });

  test("end with the process that started them", async () => {
    const { fig, workers } = await twoWorkers();
    const pids = workers();
    expect(pids.length).toBe(2);
    fig.signal("SIGKILL");
    await until(
      () => pids.filter(runs),
      (left) => left.length === 0,
    );
  });

  test("finish what is under way at Ctrl-C, which their whole group hears", { timeout: 60_000 }, async () => {
    const { fig, legacy, workers, ask } = await twoWorkers();
    const held = Array.from({ length: 8 }, (_, index) => ask(`/held/${index}`));
    await until(
      () => legacy.seen.served,
      (served) => served === 8,
    );
    const pids = workers();
    process.kill(-fig.pid, "SIGINT");
    await until(
      () =>
        ask("/x").then(
          () => "taken",
          () => "refused",
        ),
      (outcome) => outcome === "refused",
    );
    expect(pids.filter(runs)).toEqual(pids);
    legacy.release();
    expect(await Promise.all(held)).toEqual(held.map((__, index) => `{"path":"/held/${index}"}`));
    expect(await fig.ended).toBe(0);
    expect(pids.filter(runs)).toEqual([]);
  });

  test("write whole lines of one access log, and metrics are their sum", { timeout: 60_000 }, async () => {
    const { fig, ask, metrics } = await twoWorkers(["accessLog: { sample: 100 }"]);
    const path = "p".repeat(700);
    const client = async () => {
      for (let i = 0; i < 50; i++) await ask(`/${path}`);
    };
    await Promise.all(Array.from({ length: 16 }, client));
    expect(await metrics()).toContain('fig_requests_total{route="(default)",side="legacy",code="200"} 800\n');
    expect(await fig.stop()).toBe(0);
    const lines = fig
      .output()
      .split("\n")
      .filter((line) => line.startsWith("{"))
      .map((line) => JSON.parse(line) as { readonly msg?: string; readonly target?: string });
    const logged = lines.filter(({ msg }) => msg === "request");
    expect(logged.length).toBe(800);
    expect(logged.every(({ target }) => target === `/${path}`)).toBe(true);
  });
});
