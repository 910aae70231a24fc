// The differential test of the lanes, in full: generated requests and answers through both, nothing unexplained.
// `npm run differential -- --cases 200000 --seed 1` prints a summary and writes docs/differential.md; --no-record only prints.
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { wholeNumbers } from "./whole-numbers.mjs";

const { values } = parseArgs({
  options: {
    cases: { type: "string", default: "200000" },
    seed: { type: "string", default: "1" },
    "no-record": { type: "boolean", default: false },
  },
});

const setup = fileURLToPath(new URL("setup.mjs", import.meta.url));
if (spawnSync(process.execPath, [setup], { stdio: "inherit" }).status !== 0) process.exit(1);

const suite = new URL("../test/conformance/differential/", import.meta.url);
const { runDifferential } = await import(new URL("run.ts", suite));
const { runWays } = await import(new URL("ways.ts", suite));
const { differentialPage } = await import(new URL("page.ts", suite));

const began = new Date();
let told = 0;
const result = await runDifferential({
  ...wholeNumbers("differential", { seed: values.seed, cases: values.cases }, 0),
  boundaryRequests: 36,
  boundaryAnswers: 36,
  onProgress: (cases) => {
    if (cases - told < 20_000) return;
    told = cases;
    process.stderr.write(`${cases} cases\n`);
  },
});
const ways = await runWays({ seed: Number(values.seed), exchanges: 2000 });
const { differences, ...summary } = result;
process.stdout.write(`${JSON.stringify({ ...summary, differences: differences.length })}\n`);
process.stdout.write(`${JSON.stringify(ways)}\n`);
for (const difference of differences) process.stdout.write(`${JSON.stringify(difference, undefined, 2)}\n`);
const all = differences.length + ways.differences.length;
if (!values["no-record"] && all === 0) {
  const about = { date: began.toISOString(), node: process.version };
  writeFileSync(new URL("../docs/differential.md", import.meta.url), differentialPage(result, ways, about));
}
process.exit(all === 0 ? 0 : 1);
