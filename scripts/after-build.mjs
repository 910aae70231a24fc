// Marks the build, so that setup knows whether it is older than the sources; and compresses the dashboard's files once,
// here, instead of for each browser.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, gzipSync } from "node:zlib";

const dashboard = fileURLToPath(new URL("../dist/dashboard", import.meta.url));
for (const name of readdirSync(dashboard, { recursive: true, encoding: "utf8" })) {
  if (!/\.(?:js|css|svg|html)$/.test(name)) continue;
  const file = join(dashboard, name);
  const bytes = readFileSync(file);
  writeFileSync(`${file}.gz`, gzipSync(bytes, { level: 9 }));
  writeFileSync(`${file}.br`, brotliCompressSync(bytes));
}

writeFileSync(new URL("../dist/.built", import.meta.url), "");
