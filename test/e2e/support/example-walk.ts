import { execFile, execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect } from "vitest";
import { NPM_ENV } from "../../support/npm-env.ts";

const EXAMPLES = fileURLToPath(new URL("../../../examples/", import.meta.url));

/** Installs what an example's lock file names, once. `last` is one of its packages. */
export function installExample(name: string, last: string): void {
  const folder = join(EXAMPLES, name);
  if (existsSync(join(folder, "node_modules", last))) return;
  try {
    execFileSync("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], {
      cwd: folder,
      env: { ...process.env, ...NPM_ENV },
      stdio: ["ignore", "inherit", "inherit"],
    });
  } catch (error) {
    const remedy = `run \`npm ci\` in examples/${name} once while online, then test again`;
    throw new Error(`examples/${name} could not be installed; ${remedy}`, { cause: error });
  }
}

const commandsOf = (text: string) => text.split("\n").filter((line) => /^\$ (fig|cp|sed|rm) /.test(line));

export interface Walked {
  readonly stdout: string;
  /** What one command of the walk printed, its n-th time. */
  answerTo(command: string, time?: number): string;
}

/** Runs an example's walk to its end, and holds the README to its commands. */
export async function walkExample(
  name: string,
  readme: string,
  args: readonly string[] = [],
): Promise<Walked> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [join(EXAMPLES, name, "walk.mjs"), ...args],
    {
      maxBuffer: 16 * 1024 * 1024,
    },
  );
  const printed = readFileSync(join(EXAMPLES, name, readme), "utf8");
  expect(commandsOf(printed)).toEqual(commandsOf(stdout));
  return {
    stdout,
    answerTo(command, time = 0) {
      const answer = stdout.split(`\n$ ${command}\n`)[time + 1];
      if (answer === undefined) throw new Error(`the walk has no ${time + 1} × ${command}:\n${stdout}`);
      return answer.split(/^\$ /m)[0] as string;
    },
  };
}

/** The mismatch paths that `fig diff` printed, each with its kind. */
export function differencesIn(answer: string): readonly string[] {
  const rows = answer.matchAll(/^ +[\d,]+ +[\d.]+ % {2}(\w+) +(\S+)$/gm);
  return [...new Set([...rows].map(([, kind, path]) => `${path} ${kind}`))].sort();
}
