import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, onTestFinished, test } from "vitest";
import { INSTALL_REDIS, REDIS } from "../support/redis-server.ts";
import { missingLine, stepsOf } from "./page.ts";
import { walk } from "./walk.ts";
import { PORT, PORTS, World } from "./world.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** Needs a redis-server; in CI there is one, or a test of the store says what is missing. */
const FLEET = "docs/how-to/run-a-fleet.md";
const withoutRedis = !existsSync(REDIS) && process.env.CI !== "true";
if (withoutRedis)
  process.stderr.write(`SKIPPED: the page ${FLEET}, for want of a redis-server: ${INSTALL_REDIS}\n`);

/** Pages that go on where the one before ended share a folder and what runs in it. */
const WALKS: readonly (readonly string[])[] = [
  [
    "docs/how-to/first-shadow.md",
    "docs/how-to/read-differences.md",
    "docs/how-to/ignore-noise.md",
    "docs/how-to/first-shift.md",
    "docs/how-to/going-back.md",
    "docs/how-to/retire-legacy.md",
  ],
  ["docs/how-to/fall-back.md"],
  ["docs/how-to/guards.md"],
  ["docs/how-to/sessions.md"],
  ["docs/how-to/upstreams.md"],
  ["docs/how-to/grpc.md"],
  ["docs/how-to/graphql.md"],
  ["docs/how-to/jwt.md"],
  ["docs/how-to/tracing.md"],
  ["docs/how-to/transform.md"],
  ["docs/how-to/api-keys.md"],
  ["docs/how-to/lambda-authorizer.md"],
  ["docs/how-to/functions.md"],
  ["docs/how-to/moving-from-api-gateway.md"],
  ["docs/how-to/static-files-to-a-bucket.md"],
  ["docs/how-to/events-to-a-stream.md"],
  ["docs/how-to/websocket-api.md"],
  ["docs/how-to/login.md"],
  ["docs/how-to/caching.md"],
  ["docs/how-to/import-openapi.md"],
  ["docs/how-to/publish.md"],
  ["docs/how-to/versioned-steps.md"],
  ["docs/how-to/autopilot.md"],
  ["docs/how-to/as-a-library.md"],
  ["docs/how-to/beside-express.md"],
  ["docs/how-to/run-it.md"],
  ["docs/how-to/tls.md"],
  ["docs/how-to/all-cores.md"],
  [FLEET],
  ["docs/how-to/dashboard.md"],
];

describe("what the pages show", () => {
  for (const pages of WALKS) {
    test
      .skipIf(withoutRedis && pages.includes(FLEET))
      .concurrent(
        `${pages.join(", ")}: every command does what is shown`,
        { timeout: 240_000 },
        async ({ expect: expectHere, onTestFinished }) => {
          const world = await World.make();
          // After a test's time is up, too: `finally` would come when the walk ends by itself, if ever.
          onTestFinished(() => world.end());
          for (const page of pages) {
            const steps = stepsOf(readFileSync(`${ROOT}/${page}`, "utf8"));
            expectHere(steps.length, `${page} has steps`).toBeGreaterThan(1);
            await walk(world, page, steps);
          }
        },
      );
  }

  test("every port that a page names is one of the walk's own: nobody else on the machine listens there", () => {
    for (const page of WALKS.flat())
      for (const step of stepsOf(readFileSync(`${ROOT}/${page}`, "utf8")))
        for (const [port] of step.text.matchAll(PORT)) expect([0, ...PORTS], page).toContain(Number(port));
  });

  test("every how-to page is walked", () => {
    const pages = readdirSync(`${ROOT}/docs/how-to`).filter((name) => name.endsWith(".md"));
    expect(pages.map((name) => `docs/how-to/${name}`).sort()).toEqual(WALKS.flat().sort());
  });

  test("a page that shows what does not happen is found out", async () => {
    const world = await World.make();
    onTestFinished(() => world.end());
    const wrong = stepsOf("```console\n$ fig --version\nnever said\n```\n");
    await expect(walk(world, "page", wrong)).rejects.toThrow('it does not show "never said"');
    const failing = stepsOf("```console\n$ fig nonsense\n```\n");
    await expect(walk(world, "page", failing)).rejects.toThrow("exit code 2");
    const told = stepsOf("```console\n$ fig nonsense\n$ echo $?\n2\n```\n");
    await walk(world, "page", told);
  });

  test("a walk that is ended half way leaves no process, and goes no step further", async () => {
    const world = await World.make();
    const steps = stepsOf("```console\n$ sleep 1001 &\n$ sleep 1002; true\n$ sleep 1003\n```\n");
    const walking = walk(world, "page", steps);
    const failed = expect(walking).rejects.toThrow(/exit code null|the walk is over/);
    await expect.poll(() => world.running).toHaveLength(2);
    // It waits until nobody holds an end of their pipes, not even bash's own child.
    await world.end();
    await failed;
    expect(world.running).toEqual([]);
  });
});

describe("reading pages", () => {
  test("blocks, continued commands, shown lines and files are told apart", () => {
    const page = [
      "Text with `$ code`.",
      "```console",
      "$ fig init \\",
      "    --yes",
      "wrote fig.yaml",
      "$ fig serve &",
      "```",
      "```yaml",
      "not: a file",
      "```",
      "```yaml routes/a.yaml",
      "routes: []",
      "```",
    ].join("\n");
    expect(stepsOf(page)).toEqual([
      { kind: "command", line: 3, text: "fig init \\\n    --yes", shown: ["wrote fig.yaml"] },
      { kind: "command", line: 6, text: "fig serve &", shown: [] },
      { kind: "file", line: 11, path: "routes/a.yaml", text: "routes: []\n" },
    ]);
  });

  test("numbers and ids may vary, words and order may not", () => {
    const output = "revision 12 written\napi   legacy  3,200  0.10 %\nr1 shift by ada, 2 s ago";
    expect(missingLine(["revision 1 written", "...", "api legacy 7 1 %"], output)).toBeUndefined();
    expect(missingLine(["r7 shift by ada, just now"], output)).toBeUndefined();
    expect(missingLine(["revision 1 refused"], output)).toBe("revision 1 refused");
    expect(missingLine(["api legacy 7 1 %", "revision 1 written"], output)).toBe("revision 1 written");
  });
});
