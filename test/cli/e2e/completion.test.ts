import { spawnSync } from "node:child_process";
import { chmodSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { COMMANDS } from "../../../src/cli/commands.ts";
import { folder, run, shop } from "../support.ts";

const FIG = fileURLToPath(new URL("../../../bin/fig", import.meta.url));

async function scriptOf(shell: string): Promise<string> {
  const { code, out, err } = await run(["completion", shell]);
  expect([code, err]).toEqual([0, ""]);
  return out;
}

/** What bash offers for the last of these words, in a folder with one route. */
async function offered(...words: readonly string[]): Promise<readonly string[]> {
  const bin = await folder({ fig: `#!/bin/sh\nexec "${process.execPath}" "${FIG}" "$@"\n` });
  chmodSync(join(bin, "fig"), 0o755);
  const typed = words.map((word) => `'${word}'`).join(" ");
  const ask = `COMP_WORDS=(${typed}); COMP_CWORD=${words.length - 1}; _fig; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr } = spawnSync("bash", ["-c", `${await scriptOf("bash")}\n${ask}`], {
    cwd: await shop(),
    encoding: "utf8",
    env: { ...process.env, PATH: `${bin}:${process.env.PATH}` },
  });
  expect(stderr).toBe("");
  return stdout.trim().split("\n");
}

describe("fig completion", () => {
  test("completes commands, options, and the ids of the routes that lie here", async () => {
    expect(await offered("fig", "mig")).toEqual(["migrate"]);
    expect(await offered("fig", "migrate", "")).toEqual([
      "status",
      "plan",
      "new",
      "up",
      "down",
      "to",
      "squash",
      "--help",
    ]);
    expect(await offered("fig", "migrate", "up", "--f")).toEqual(["--force"]);
    expect(await offered("fig", "--no-color", "shift", "ord")).toEqual(["orders.read"]);
    expect(await offered("strangler-fig", "completion", "")).toEqual(["bash", "zsh", "fish", "--help"]);
    expect(await offered("fig", "check", "-c", "fig")).toEqual(["fig.yaml"]);
  });

  test.each(["bash", "zsh", "fish"])("the script for %s knows every command", async (shell) => {
    const script = await scriptOf(shell);
    for (const { name } of COMMANDS) expect(script).toMatch(new RegExp(`\\b${name}\\b`));
    // To zsh, `path` is PATH.
    expect(script.match(/local[^\n]* path\b/) === null || shell === "fish").toBe(true);
  });

  test.each(["bash", "zsh", "fish"])(
    "%s itself can read its script, where it is installed",
    async (shell) => {
      const input = await scriptOf(shell);
      const { error, status, stderr } = spawnSync(shell, ["-n"], { input, encoding: "utf8" });
      if (error === undefined) expect([status, stderr]).toEqual([0, ""]);
      else expect([shell, (error as NodeJS.ErrnoException).code]).toEqual([shell, "ENOENT"]);
    },
  );

  test("files that do not pass give no ids and no noise; another shell is wrong usage", async () => {
    const cwd = await shop({ "fig.yaml": "nonsense: 1\n" });
    expect(await run(["completion", "routes"], { cwd })).toMatchObject({ code: 0, out: "" });
    expect((await run(["completion", "tcsh"])).code).toBe(2);
  });
});
