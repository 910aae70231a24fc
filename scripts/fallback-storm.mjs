// Fallback live: modern is killed, hung, resetting in mid-head and answering 503 in turn, at modern 50, under load. No safe
// request may fail, none may be answered twice, and everything is counted once. Prints one JSON summary; exit 1 when a rule is broken.
// `npm run fallback -- [--rate 500] [--seconds 10]` (requests a second; seconds in each of modern's moods)
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { wholeNumbers } from "./whole-numbers.mjs";

const { values } = parseArgs({
  options: { rate: { type: "string", default: "500" }, seconds: { type: "string", default: "10" } },
});
const { rate, seconds } = wholeNumbers("fallback", values);

const setup = fileURLToPath(new URL("setup.mjs", import.meta.url));
if (spawnSync(process.execPath, [setup], { stdio: "inherit" }).status !== 0) process.exit(1);
const { brokenRules, fallbackStorm } = await import(
  new URL("../test/e2e/support/fallback-storm.ts", import.meta.url)
);

const report = await fallbackStorm({
  rate,
  moodMs: seconds * 1000,
  onMood: (mood) => process.stderr.write(`modern is ${mood} ...\n`),
});
const broken = brokenRules(report);
console.log(JSON.stringify({ ...report, failedSafe: report.failedSafe.length, broken }, null, 2));
process.exit(broken.length === 0 ? 0 : 1);
