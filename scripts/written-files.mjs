// Writes generated files, or with --check says which of them are not what would be written.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

/** @param {Record<string, string>} files paths from the repository's root to their text */
export function writeFiles(files) {
  const check = process.argv.includes("--check");
  const stale = [];
  for (const [path, text] of Object.entries(files)) {
    const file = fileURLToPath(new URL(`../${path}`, import.meta.url));
    if (!check) {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
    } else if (readOrEmpty(file) !== text) stale.push(path);
  }
  if (stale.length > 0) {
    process.stderr.write(`not current: ${stale.join(", ")} — run node ${process.argv[1]}\n`);
    process.exitCode = 1;
  }
}

function readOrEmpty(file) {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
