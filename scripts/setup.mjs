// Brings a bare clone to where it can run: dependencies (with Node 24 among them) and the build. Plain JavaScript for
// whatever Node the machine has. Does nothing that is done already. `--tests`: what the tests speak to, too.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { isBuilt } from "./built.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));

function run(command, args, cwd = root) {
  const result = spawnSync(command, args, { cwd, stdio: ["ignore", 2, 2] });
  if (result.status !== 0) {
    process.stderr.write(`setup: \`${command} ${args.join(" ")}\` failed\n`);
    process.exit(result.status ?? 1);
  }
}

function install(folder, what) {
  const installed = join(folder, "node_modules/.package-lock.json");
  const lock = join(folder, "package-lock.json");
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(lock).mtimeMs) return;
  process.stderr.write(`setup: installing ${what} (npm ci) ...\n`);
  run("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], folder);
}

install(root, "dependencies");
if (process.argv.includes("--tests")) install(join(root, "test/counterparts"), "what the tests speak to");
if (!isBuilt(root)) {
  process.stderr.write("setup: building ...\n");
  mkdirSync(join(root, "dist"), { recursive: true });
  run("npm", ["run", "--silent", "build"]);
}
