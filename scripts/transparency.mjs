// What a front door with no routes changes: generated clients and servers, directly and through both lanes. Ends with 1 if
// docs/reference/transparency.md does not say it all. `npm run transparency -- --seconds 600 --seed 1`
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { wholeNumbers } from "./whole-numbers.mjs";

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "600" },
    seed: { type: "string", default: "1" },
  },
});
const { seconds, seed } = wholeNumbers("transparency", values, 0);

const setup = fileURLToPath(new URL("setup.mjs", import.meta.url));
if (spawnSync(process.execPath, [setup], { stdio: "inherit" }).status !== 0) process.exit(1);

const suite = new URL("../test/conformance/direct/", import.meta.url);
const { runTransparency } = await import(new URL("run.ts", suite));

const { unexplained, ...summary } = await runTransparency({ seed, seconds, slots: 24 });
process.stdout.write(`${JSON.stringify({ ...summary, unexplained: unexplained.length }, undefined, 2)}\n`);
for (const one of unexplained) process.stdout.write(`${JSON.stringify(one, undefined, 2)}\n`);
process.exit(unexplained.length === 0 ? 0 : 1);
