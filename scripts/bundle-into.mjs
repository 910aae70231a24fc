// How src/ becomes the files of dist/ (docs/decisions/0024): a start of `fig` reads a few files instead of hundreds.
// What a front door alone needs, and large packages that load themselves in parts, stay where npm puts them.
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Whatever is started by its name: the command, the library, and the threads. */
const ENTRIES = {
  main: "main.ts",
  index: "index.ts",
  "compare-worker": "compare/compare-worker.ts",
  "load-worker": "config/load-worker.ts",
  "metrics-worker": "observe/metrics-worker.ts",
  "sqlite-worker": "store/sqlite-worker.ts",
};

/** Of these, every command needs most. */
export const BUNDLED = ["commander", "yaml", "zod"];

function staysOutside(id) {
  const isPackage = !/^[./]|^\w:/.test(id);
  return isPackage && !BUNDLED.includes(id.split("/")[0]);
}

/** `plugins` are rolldown's: a bench builds fig with something added. */
export async function bundleInto(dist, plugins = []) {
  const bundle = await rolldown({
    input: Object.fromEntries(Object.entries(ENTRIES).map(([name, file]) => [name, join(root, "src", file)])),
    platform: "node",
    external: staysOutside,
    plugins,
  });
  await bundle.write({ dir: dist, format: "esm", sourcemap: true, chunkFileNames: "[name]-[hash].js" });
  await bundle.close();
}
