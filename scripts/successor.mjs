// SIGTERM under load with an overlapping successor on the same port, again and again: no request may fail, and every front
// door has to end with 0 within its deadline. Prints one JSON summary; exit 1 when anything failed.
// `npm run successor -- [--turns 100] [--keep-alive 16] [--fresh 16] [--lane node] [--workers 1]`
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { wholeNumbers } from "./whole-numbers.mjs";

const { values } = parseArgs({
  options: {
    turns: { type: "string", default: "100" },
    "keep-alive": { type: "string", default: "16" },
    fresh: { type: "string", default: "16" },
    lane: { type: "string", default: "node" },
    workers: { type: "string", default: "1" },
  },
});
const { lane, ...counts } = values;
const { turns, "keep-alive": keepAlive, fresh, workers } = wholeNumbers("successor", counts, 0);

/** Whether the kernel hands waiting connections of a closing listener to another one (Linux 5.14, off by default). */
function migrates() {
  try {
    return readFileSync("/proc/sys/net/ipv4/tcp_migrate_req", "utf8").trim() === "1";
  } catch {
    return false;
  }
}

const { runSuccessors } = await import(new URL("../test/e2e/support/successor.ts", import.meta.url));
const { exitCodes, ...result } = await runSuccessors({ turns, keepAlive, fresh, lane, workers });
const clean = exitCodes.filter((code) => code === 0).length;
const summary = { ...result, exitedWith0: clean, tcpMigrateReq: migrates(), node: process.version };
process.stdout.write(`${JSON.stringify(summary, null, 2)}\n`);
process.exit(result.failed === 0 && clean === turns ? 0 : 1);
