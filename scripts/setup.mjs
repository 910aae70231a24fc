// Brings a bare clone to where it can run: dependencies (with Node 24 among them) and the build. Plain JavaScript for
// whatever Node the machine has. Does nothing that is done already.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { isBuilt } from "./built.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));

function run(command, args) {
  const result = spawnSync(command, args, { cwd: root, stdio: ["ignore", 2, 2] });
  if (result.status !== 0) {
    process.stderr.write(`setup: \`${command} ${args.join(" ")}\` failed\n`);
    process.exit(result.status ?? 1);
  }
}

const installed = join(root, "node_modules/.package-lock.json");
const lock = join(root, "package-lock.json");
if (!existsSync(installed) || statSync(installed).mtimeMs < statSync(lock).mtimeMs) {
  process.stderr.write("setup: installing dependencies (npm ci) ...\n");
  run("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"]);
}
if (!isBuilt(root)) {
  process.stderr.write("setup: building ...\n");
  mkdirSync(join(root, "dist"), { recursive: true });
  run("npm", ["run", "--silent", "build"]);
}
