// A fleet of front-door processes on one redis-server (Debian's), everything on loopback.
//   `npm run fleet:shifts -- [--doors 20] [--shifts 200]`  every shift must be in force on every front door within 1 s, under
//        load; no request may fail or be answered by another side than the hash says; what clients counted, /metrics, rollups
//        and status must be the same numbers
//   `npm run fleet:kill -- [--doors 20] [--kills 20] [--seed N]`  Redis (appendonly, appendfsync always) is killed and started
//        again, under load and racing writers: no request may fail, no acknowledged revision may be lost, none may be there
//        that nobody sent, and of two writers who expect the same revision never both may be acknowledged
//   `--connections 2`  clients of each front door      `--pause 50`  ms between two requests of one
// Prints one JSON summary; exit 1 when anything of that does not hold.
import { existsSync } from "node:fs";
import { parseArgs } from "node:util";
import { wholeNumbers } from "./whole-numbers.mjs";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    doors: { type: "string", default: "20" },
    shifts: { type: "string", default: "200" },
    kills: { type: "string", default: "20" },
    connections: { type: "string", default: "2" },
    pause: { type: "string", default: "50" },
    seed: { type: "string", default: String(1 + (Date.now() % 1_000_000)) },
  },
});
const [what] = positionals;
const number = wholeNumbers("fleet-storm", values);
if (!["shifts", "kill"].includes(what)) {
  process.stderr.write("fleet-storm: say `shifts` or `kill`\n");
  process.exit(2);
}

const { INSTALL_REDIS, REDIS, RedisServer } = await import(
  new URL("../test/support/redis-server.ts", import.meta.url)
);
if (!existsSync(REDIS)) {
  process.stderr.write(`fleet-storm: ${REDIS} is missing: ${INSTALL_REDIS}\n`);
  process.exit(2);
}
const support = new URL("../test/e2e/support/", import.meta.url);
const { runFleetShifts } = await import(new URL("fleet-shifts.ts", support));
const { runFleetKill } = await import(new URL("fleet-kill.ts", support));
const { Random } = await import(new URL("../test/conformance/differential/random.ts", import.meta.url));

const IN_FORCE_MS = 1_000;
const { doors, connections, pause: pauseMs } = number;
const redis = await RedisServer.start({ durable: true });
const began = performance.now();
let summary;
try {
  if (what === "shifts") {
    const { shifts } = number;
    summary = await runFleetShifts({ doors, shifts, connections, pauseMs, everyMs: 200, state: redis.url });
    summary = { ...summary, ok: summary.ok && summary.inForceMs.max <= IN_FORCE_MS };
  } else {
    const { kills, seed } = number;
    const draws = new Random(seed);
    const random = () => draws.next();
    summary = await runFleetKill({ doors, kills, connections, pauseMs, redis, random });
    summary = { ...summary, seed };
  }
} finally {
  await redis.remove();
}
const seconds = Math.round((performance.now() - began) / 1_000);
process.stdout.write(`${JSON.stringify({ ...summary, seconds, node: process.version }, null, 2)}\n`);
process.exit(summary.ok ? 0 : 1);
