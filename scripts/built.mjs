// Whether a checkout's build is as new as what it is built from. Plain JavaScript for whatever Node the machine has.
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";

/** A folder's own time counts: a file that was removed left its mark there. */
function newest(path) {
  // An older checkout, to be compared with this one, has not all of them.
  if (!existsSync(path)) return 0;
  const { mtimeMs } = statSync(path);
  if (!statSync(path).isDirectory()) return mtimeMs;
  return Math.max(mtimeMs, ...readdirSync(path).map((name) => newest(join(path, name))));
}

/** What a build is made from. */
export const SOURCES = [
  "src",
  "dashboard",
  "tsconfig.json",
  "package-lock.json",
  "scripts/bundle.mjs",
  "scripts/after-build.mjs",
];

export function isBuilt(root) {
  const built = join(root, "dist/.built");
  return (
    existsSync(built) &&
    statSync(built).mtimeMs >= Math.max(...SOURCES.map((name) => newest(join(root, name))))
  );
}
