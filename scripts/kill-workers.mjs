// Workers of a front door killed with SIGKILL, under load and while its route is shifted. Prints one JSON summary; exit 1 when a
// connection of another worker broke, an acknowledged shift is gone, or something was counted that was not asked.
// `npm run workers:kill -- [--kills 50]`
import { parseArgs } from "node:util";
import { wholeNumbers } from "./whole-numbers.mjs";

const { values } = parseArgs({ options: { kills: { type: "string", default: "50" } } });
const { kills } = wholeNumbers("workers:kill", values, 1);
const { runWorkerKills } = await import(new URL("../test/e2e/support/worker-kill.ts", import.meta.url));
const { output, ...summary } = await runWorkerKills({ kills });
process.stdout.write(`${JSON.stringify(summary, null, 2)}\n`);
const { broken, brokenOfKilled, shifts, revision, wrongSide, uncounted, mostUncounted, quiet, exitCode } =
  summary;
const sound =
  broken === brokenOfKilled &&
  shifts === revision &&
  wrongSide === 0 &&
  uncounted >= 0 &&
  uncounted <= mostUncounted &&
  quiet[0] === quiet[1] &&
  exitCode === 0;
if (!sound) process.stderr.write(output);
process.exit(sound ? 0 : 1);
