// The first step of a build: an empty dist/, so that nothing of an earlier one is in the package, and the bundle in it.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { BUNDLED, bundleInto } from "./bundle-into.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const dist = join(root, "dist");

function writeLicences() {
  const notices = BUNDLED.map((name) => {
    const notice = readFileSync(join(root, "node_modules", name, "LICENSE"), "utf8");
    return `${name}\n${"-".repeat(name.length)}\n${notice.trim()}\n`;
  });
  const text = `Parts of these packages are in the files beside this one.\n\n${notices.join("\n\n")}`;
  writeFileSync(join(dist, "LICENSES.txt"), text);
}

rmSync(dist, { recursive: true, force: true });
mkdirSync(dist);
await bundleInto(dist);
writeLicences();
