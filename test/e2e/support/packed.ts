import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { NPM_ENV } from "../../support/npm-env.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));

export interface Ran {
  readonly code: number | null;
  readonly output: string;
}

export interface PackedOptions {
  /** Which Node runs npm and fig: the folder of its binary goes first on the path. */
  readonly node: string;
  readonly cwd: string;
}

/** PATH without what this clone put there, so that nothing of it is found by accident. */
function pathWith(node: string): string {
  const others = (process.env.PATH ?? "")
    .split(delimiter)
    .filter((folder) => !folder.includes("node_modules"));
  return [node, ...others].join(delimiter);
}

export function start(program: string, args: readonly string[], { node, cwd }: PackedOptions): ChildProcess {
  const { npm_config_prefix: _prefix, ...env } = process.env;
  return spawn(program, args, {
    cwd,
    env: { ...env, PATH: pathWith(node), INIT_CWD: cwd, ...NPM_ENV },
    stdio: ["ignore", "pipe", "pipe"],
  });
}

export async function outputOf(child: ChildProcess): Promise<Ran> {
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  }
  const [code] = (await once(child, "close")) as [number | null];
  return { code, output };
}

export async function run(program: string, args: readonly string[], options: PackedOptions): Promise<string> {
  const { code, output } = await outputOf(start(program, args, options));
  if (code !== 0) throw new Error(`${program} ${args.join(" ")}: ended with ${code}\n${output}`);
  return output;
}

/** Packs this clone as npm would publish it, and installs that into an empty folder elsewhere, with what it depends on and nothing more. */
export async function installPacked(options: PackedOptions): Promise<void> {
  const { cwd } = options;
  await run("npm", ["pack", "--ignore-scripts", "--silent", "--pack-destination", cwd], {
    ...options,
    cwd: ROOT,
  });
  const tarball = readdirSync(cwd).find((name) => name.endsWith(".tgz")) as string;
  writeFileSync(join(cwd, "package.json"), '{ "private": true }\n');
  await run(
    "npm",
    ["install", "--omit=dev", "--no-audit", "--no-fund", "--loglevel=error", `./${tarball}`],
    options,
  );
  if (existsSync(join(cwd, "node_modules/typescript")))
    throw new Error("development tools were installed too");
}

/** `fig init`, then `fig serve`, in an empty folder of the installation: resolves with what a request was answered. */
export async function initAndServe(options: PackedOptions, legacy: string, modern: string): Promise<Ran> {
  const flags = [
    "--legacy",
    legacy,
    "--modern",
    modern,
    "--path",
    "/api/orders/{id}",
    "--listen",
    "127.0.0.1:0",
    "--yes",
  ];
  const said = await run("npx", ["--no-install", "fig", "init", ...flags], options);
  if (!said.includes("npx fig serve")) throw new Error(`fig init does not say what to type next:\n${said}`);
  await run("npx", ["--no-install", "fig", "check"], options);
  const door = start("npx", ["--no-install", "fig", "serve"], options);
  const ended = outputOf(door);
  const ready = await new Promise<{ readonly url: string; readonly pid: number }>((resolve, reject) => {
    let text = "";
    door.stdout?.on("data", (chunk: string) => {
      text += chunk;
      const line = text.split("\n").find((one) => one.startsWith('{"ready"'));
      if (line !== undefined) resolve(JSON.parse(line) as { url: string; pid: number });
    });
    void ended.then(({ output }) => reject(new Error(`fig serve ended:\n${output}`)));
  });
  const answer = await fetch(new URL("/api/orders/17", ready.url));
  const output = await answer.text();
  process.kill(ready.pid, "SIGTERM");
  return { code: (await ended).code, output };
}

export const OWN_NODE = dirname(process.execPath);
