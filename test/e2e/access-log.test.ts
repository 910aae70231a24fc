import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { Tmpfs, withTmpfs } from "../support/with-tmpfs.ts";
import { startCountingUpstream } from "./counting-upstreams.ts";
import { askAdmin, startFig } from "./fig-process.ts";
import { until } from "./until.ts";

const reached = (holds: () => boolean | Promise<boolean>, _what: string) => until(holds, (yes) => yes);

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function started(workers: number, log: (folder: string) => string) {
  const folder = mkdtempSync(join(tmpdir(), "fig-access-log-"));
  cleanups.push(() => rmSync(folder, { recursive: true, force: true }));
  const legacy = await startCountingUpstream("legacy");
  cleanups.push(() => legacy.close());
  const file = join(folder, "fig.yaml");
  writeFileSync(
    file,
    [
      "listen: 127.0.0.1:0",
      "admin: 127.0.0.1:0",
      'state: "memory:"',
      `workers: ${workers}`,
      "default: legacy",
      `upstreams: { legacy: ${legacy.url} }`,
      `accessLog: ${log(folder)}`,
      "",
    ].join("\n"),
  );
  const fig = await startFig(file);
  cleanups.push(() => fig.stop());
  const { url, adminUrl } = fig.ready;
  const dropped = async () => {
    const text = await (await fetch(`${adminUrl}/metrics`)).text();
    return Number(/^fig_log_lines_dropped_total (\d+)$/m.exec(text)?.[1]);
  };
  const problems = async () =>
    (await askAdmin<{ readonly problems: readonly string[] }>(adminUrl, "GET", "/status")).problems;
  return { fig, url, folder, dropped, problems };
}

/** The lines of a log and of those that it was before. */
function linesOf(folder: string): readonly string[] {
  return readdirSync(folder)
    .filter((name) => name.startsWith("access.log"))
    .flatMap((name) => readFileSync(join(folder, name), "utf8").split("\n").slice(0, -1));
}

describe.each([1, 2])("the access log of %d processes that serve", (workers) => {
  test("is rotated under load, and each request is in it once", { timeout: 120_000 }, async () => {
    const format =
      "{ sample: 100, format: '$request_method $fig.target $status $side', to: file:access.log }";
    const { fig, url, folder, dropped } = await started(workers, () => format);
    const log = join(folder, "access.log");
    let sent = 0;
    let rotating = true;
    const client = async () => {
      while (rotating) {
        const id = sent++;
        const answer = await fetch(`${url}/r${id}?token=hunter2`);
        await answer.text();
        expect(answer.status).toBe(200);
      }
    };
    const clients = [client(), client(), client(), client()];
    for (let round = 0; round < 5; round++) {
      const enough = sent + 50;
      await reached(() => sent > enough, "there is load");
      renameSync(log, `${log}.${round}`);
      fig.signal("SIGUSR1");
      await reached(() => readdirSync(folder).includes("access.log"), "the log has its name again");
    }
    rotating = false;
    await Promise.all(clients);
    expect(await dropped()).toBe(0);
    expect(await fig.stop()).toBe(0);
    const lines = linesOf(folder);
    expect(lines.toSorted()).toEqual(
      Array.from({ length: sent }, (_, id) => `GET /r${id}?token=[redacted] 200 legacy`).toSorted(),
    );
    expect(statSync(log).mode & 0o777 & ~0o640).toBe(0);
    // Unheard, the signal would have begun a debugger.
    expect(fig.output()).not.toContain("Debugger listening");
  });
});

test("an access log that cannot be written costs lines, not requests, and is said", {
  timeout: 60_000,
}, async () => {
  const { url, dropped, problems } = await started(
    1,
    () => "{ sample: 100, format: combined, to: file:/dev/full }",
  );
  for (let i = 0; i < 20; i++) expect((await fetch(`${url}/${i}`)).status).toBe(200);
  await reached(async () => (await dropped()) === 20, "what is lost is counted");
  await reached(async () => (await problems()).join().includes("ENOSPC"), "it is a problem");
});

withTmpfs("an access log on a full disk", () => {
  test("an access log on a full disk goes on once there is room", { timeout: 60_000 }, async () => {
    const disk = Tmpfs.mount("1m") as Tmpfs;
    cleanups.push(() => disk.remove());
    const log = join(disk.path, "access.log");
    const { url, dropped, problems } = await started(
      1,
      () => `{ sample: 100, format: '$uri', to: "file:${log}" }`,
    );
    const ask = async (path: string) => expect((await fetch(`${url}${path}`)).status).toBe(200);
    await ask("/first");
    await reached(() => readFileSync(log, "utf8") === "/first\n", "a line has its block");
    disk.fill();
    // Some of them begin in what is left of that block.
    const long = "x".repeat(1500);
    for (let i = 0; i < 20; i++) await ask(`/${long}${i}`);
    await reached(async () => (await dropped()) > 0, "what is lost is counted");
    await reached(async () => (await problems()).join().includes("ENOSPC"), "it is a problem");
    disk.free();
    await ask("/again");
    // What was gathered meanwhile comes first.
    const end = () => readFileSync(log, "utf8").slice(-40);
    await until(end, (text) => text.endsWith("\n/again\n"));
    await reached(async () => !(await problems()).join().includes("ENOSPC"), "the problem is over");
  });
});
