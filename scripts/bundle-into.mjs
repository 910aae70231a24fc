// How src/ becomes the files of dist/ (docs/decisions/0024): a start of `fig` reads a few files instead of hundreds.
// What a front door alone needs, and large packages that load themselves in parts, stay where npm puts them.
import http from "node:http";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Whatever is started by its name: the command, the library, threads and processes. */
const ENTRIES = {
  main: "main.ts",
  index: "index.ts",
  "body-worker": "bodies/body-worker.ts",
  "compare-worker": "compare/compare-worker.ts",
  "load-worker": "config/load-worker.ts",
  "metrics-worker": "observe/metrics-worker.ts",
  "serving-worker": "serving/workers/serving-worker.ts",
  "sqlite-worker": "store/sqlite-worker.ts",
};

/** Of these, every command needs most. */
export const BUNDLED = ["commander", "yaml", "zod"];

/** Parts of Node that a plugin below takes in another way. */
const LATER = ["node:http", "node:child_process"];

function staysOutside(id) {
  const isPackage = !/^[./\0]|^\w:/.test(id);
  return isPackage && !LATER.includes(id) && !BUNDLED.includes(id.split("/")[0]);
}

/**
 * An `import` of node:http reads all of its exports. Three of them are WebSocket's, whose getters load the whole of undici:
 * much of what a start of `fig` computes. Taken this way, only what has no getter is read.
 */
const httpWithoutUndici = {
  name: "http-without-undici",
  resolveId: (id) => (id === "node:http" ? "\0node-http" : undefined),
  load(id) {
    if (id !== "\0node-http") return undefined;
    const plain = Object.entries(Object.getOwnPropertyDescriptors(http)).filter(([, { get }]) => !get);
    const names = plain.map(([name]) => name).join(", ");
    return `export const { ${names} } = process.getBuiltinModule("node:http");`;
  },
};

/** Of commander's, for commands that are programs of their own; fig has none. It loads sockets, and takes as long as all of http. */
const childProcessLater = {
  name: "child-process-later",
  resolveId: (id) => (id === "node:child_process" ? "\0node-child-process" : undefined),
  load: (id) =>
    id === "\0node-child-process"
      ? `export const spawn = (...args) => process.getBuiltinModule("node:child_process").spawn(...args);
export default { spawn };`
      : undefined,
};

/** `plugins` are rolldown's: a bench builds fig with something added. */
export async function bundleInto(dist, plugins = []) {
  const bundle = await rolldown({
    input: Object.fromEntries(Object.entries(ENTRIES).map(([name, file]) => [name, join(root, "src", file)])),
    platform: "node",
    external: staysOutside,
    plugins: [httpWithoutUndici, childProcessLater, ...plugins],
  });
  await bundle.write({ dir: dist, format: "esm", sourcemap: true, chunkFileNames: "[name]-[hash].js" });
  await bundle.close();
}
