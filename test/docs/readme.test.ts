import { execFileSync, spawnSync } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  symlinkSync,
  utimesSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, onTestFinished, test } from "vitest";
import { stepsOf } from "./page.ts";
import { walk } from "./walk.ts";
import { World } from "./world.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const README = readFileSync(join(ROOT, "README.md"), "utf8");
/** What `npm run setup` brings is handed over, since it was made in this clone; with FIG_BARE=1 the clone makes it again, as a reader's does. */
const BARE = (process.env.FIG_BARE ?? "") !== "";
const PYTHON = spawnSync("python3", ["-c", "import pty"]).status === 0;
const WITHOUT = "python3 is not here to make a terminal: apt-get install python3";

/** What is in git or would be, in a repository of its own. */
function cloneInto(folder: string): string {
  const clone = join(folder, "strangler-fig");
  mkdirSync(clone);
  const listed = execFileSync("git", ["ls-files", "-coz", "--exclude-standard"], { cwd: ROOT });
  const packed = execFileSync("tar", ["--null", "-T", "-", "-cf", "-"], {
    cwd: ROOT,
    input: listed,
    maxBuffer: 2 ** 30,
  });
  execFileSync("tar", ["-xf", "-"], { cwd: clone, input: packed });
  const git = (...args: readonly string[]) =>
    execFileSync("git", ["-c", "user.name=ada", "-c", "user.email=ada@example.com", ...args], { cwd: clone });
  git("init", "-q");
  git("add", "-A");
  git("commit", "-qm", "cloned");
  return clone;
}

function handOver(clone: string): void {
  cpSync(join(ROOT, "dist"), join(clone, "dist"), { recursive: true, preserveTimestamps: true });
  const [from, to] = [join(ROOT, "node_modules"), join(clone, "node_modules")];
  mkdirSync(to);
  for (const name of readdirSync(from)) {
    // Commands are linked there for the clone: nothing of it may come into this one.
    if (name.startsWith("."))
      cpSync(join(from, name), join(to, name), { recursive: true, verbatimSymlinks: true });
    else symlinkSync(join(from, name), join(to, name));
  }
  const now = new Date();
  utimesSync(join(to, ".package-lock.json"), now, now);
  utimesSync(join(clone, "dist/.built"), now, now);
}

describe("README.md", () => {
  test("is at most 150 lines, with a picture of the dashboard near its top, five figures and a link to the rest", () => {
    const lines = README.split("\n");
    expect(lines.length).toBeLessThanOrEqual(151);
    expect(lines.slice(0, 15).join("\n")).toMatch(/<img [^>]*src="docs\/pictures\/dashboard-[\w-]+\.png"/);
    const bench = README.slice(README.indexOf("<!-- bench:begin -->"), README.indexOf("<!-- bench:end -->"));
    expect(bench.match(/^\| \[/gm)).toHaveLength(5);
    expect(bench).toContain("](docs/figures.md)");
  });

  const title = "does what it shows in a bare clone, which stays as it was cloned";
  if (!PYTHON && process.env.CI !== "true") {
    process.stderr.write(`SKIPPED: README.md, ${WITHOUT}\n`);
    test.skip(`${title}: SKIPPED, ${WITHOUT}`, () => undefined);
    return;
  }
  test(title, { timeout: BARE ? 900_000 : 240_000 }, async () => {
    expect(PYTHON, WITHOUT).toBe(true);
    const folder = realpathSync(mkdtempSync(join(tmpdir(), "fig-readme-")));
    const clone = cloneInto(folder);
    if (!BARE) handOver(clone);
    const world = await World.bare(folder, clone);
    onTestFinished(() => world.end());
    const steps = stepsOf(README);
    expect(steps.filter(({ kind }) => kind === "command").length).toBeGreaterThan(15);
    await walk(world, "README.md", steps);
    const changed = execFileSync("git", ["status", "--porcelain"], { cwd: clone, encoding: "utf8" });
    expect(changed).toBe("");
  });
});
