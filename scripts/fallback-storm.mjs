// `fallback: legacy` under an open load at modern 50 and shadow 100, while modern is killed, hung, resetting in the middle of
// an answer's head and answering 503 in turn: no safe request may fail, none may be answered twice, no POST may reach both
// sides, and status, metrics and the access log must count what clients saw. Prints one JSON summary; exit 1 on a violation.
// `npm run fallback -- [--seconds 60] [--rate 500]`
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const { values } = parseArgs({
  options: { seconds: { type: "string", default: "60" }, rate: { type: "string", default: "500" } },
});
const [seconds, rate] = [values.seconds, values.rate].map((text) => {
  const number = Number(text);
  if (Number.isInteger(number) && number > 0) return number;
  process.stderr.write(`fallback-storm: ${text} is no whole number above 0\n`);
  return process.exit(2);
});

const setup = fileURLToPath(new URL("setup.mjs", import.meta.url));
if (spawnSync(process.execPath, [setup], { stdio: "inherit" }).status !== 0) process.exit(1);
const support = new URL("../test/e2e/support/", import.meta.url);
const { runFallbackStorm } = await import(new URL("fallback-storm.ts", support));

const summary = await runFallbackStorm({ seconds, rate, turnMs: 3_000 });
process.stdout.write(`${JSON.stringify(summary, null, 2)}\n`);
process.exit(summary.violations.length === 0 ? 0 : 1);
