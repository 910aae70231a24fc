// Bundles src/ into a few files of dist/, side by side: a start of `fig` reads ten files instead of 330, in half of the time.
// What a front door alone needs, and large packages that load themselves in parts, stay where npm puts them.
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import http from "node:http";
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
const BUNDLED = ["commander", "yaml", "zod"];

function staysOutside(id) {
  const isPackage = !/^[./\0]|^\w:/.test(id);
  return isPackage && id !== "node:http" && !BUNDLED.includes(id.split("/")[0]);
}

/**
 * An `import` of node:http reads all of its exports. Three of them are WebSocket's, whose getters load the whole of undici:
 * half of what a start of `fig` computes. Taken this way, only what has no getter is read.
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

/** `plugins` are rolldown's: a bench builds fig with something added. */
export async function bundleInto(dist, plugins = []) {
  const bundle = await rolldown({
    input: Object.fromEntries(Object.entries(ENTRIES).map(([name, file]) => [name, join(root, "src", file)])),
    platform: "node",
    external: staysOutside,
    plugins: [httpWithoutUndici, ...plugins],
  });
  await bundle.write({ dir: dist, format: "esm", sourcemap: true, chunkFileNames: "[name]-[hash].js" });
  await bundle.close();
}

/** Files of an earlier build have other names, and would be in the package. */
function removeOldFiles(dist) {
  for (const name of readdirSync(dist, { recursive: true, encoding: "utf8" })) {
    if (/\.js(?:\.map)?$/.test(name) && !name.startsWith("dashboard")) rmSync(join(dist, name));
  }
}

function writeLicences(dist) {
  const notices = BUNDLED.map((name) => {
    const notice = readFileSync(join(root, "node_modules", name, "LICENSE"), "utf8");
    return `${name}\n${"-".repeat(name.length)}\n${notice.trim()}\n`;
  });
  const text = `Parts of these packages are in the files beside this one.\n\n${notices.join("\n\n")}`;
  writeFileSync(join(dist, "LICENSES.txt"), text);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const dist = join(root, "dist");
  removeOldFiles(dist);
  await bundleInto(dist);
  writeLicences(dist);
}
