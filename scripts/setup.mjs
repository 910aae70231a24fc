// Brings a bare clone to where it can run: dependencies (with Node 24 among them) and the build. Plain JavaScript for
// whatever Node the machine has. Does nothing that is done already.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));

function run(command, args) {
  const result = spawnSync(command, args, { cwd: root, stdio: ["ignore", 2, 2] });
  if (result.status !== 0) {
    process.stderr.write(`setup: \`${command} ${args.join(" ")}\` failed\n`);
    process.exit(result.status ?? 1);
  }
}

function newest(folder) {
  let time = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    time = Math.max(time, entry.isDirectory() ? newest(path) : statSync(path).mtimeMs);
  }
  return time;
}

const installed = join(root, "node_modules/.package-lock.json");
const lock = join(root, "package-lock.json");
if (!existsSync(installed) || statSync(installed).mtimeMs < statSync(lock).mtimeMs) {
  process.stderr.write("setup: installing dependencies (npm ci) ...\n");
  run("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"]);
}
const built = join(root, "dist/.built");
if (
  !existsSync(built) ||
  statSync(built).mtimeMs < Math.max(...["src", "dashboard"].map((folder) => newest(join(root, folder))))
) {
  process.stderr.write("setup: building ...\n");
  mkdirSync(join(root, "dist"), { recursive: true });
  run("npm", ["run", "--silent", "build"]);
}
