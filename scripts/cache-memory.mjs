// node scripts/cache-memory.mjs [PATHS] [BYTES]: asks a front door with `cache` for so many distinct paths (1,000,000, of 64 bytes each), and
// says what it held and what its process took. Exits with 1 where the bound was passed.
import { manyPaths } from "../test/e2e/support/cache/many-paths.ts";

const [paths = "1000000", bytes = "64"] = process.argv.slice(2);
const found = await manyPaths(Number(paths), "64MiB", Number(bytes));
const mib = (value) => `${(value / 1024 / 1024).toFixed(1)} MiB`;
console.log(`asked ${found.asked} paths; stored at the end ${found.entries}, gave way ${found.evicted}`);
console.log(`held at most ${mib(found.mostHeld)} of ${mib(found.limit)}`);
console.log(`RSS ${found.rssBefore.toFixed(0)} MiB before, at most ${found.rssMost.toFixed(0)} MiB`);
process.exit(found.mostHeld <= found.limit ? 0 : 1);
