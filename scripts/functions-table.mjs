// What functions get and give, row by row, and writes docs/functions-table.md: `npm run functions-table`. With `--peer`, serverless-offline
// is asked too, and what it says is recorded (install it first: `npm --prefix test/counterparts/functions-peer install`).
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { startFigDoor } from "../test/e2e/support/function-rows.ts";
import { measured } from "./functions-table/measure.ts";
import { pageOf } from "./functions-table/page.ts";
import { recorded, recordedSockets } from "./functions-table/peer.ts";

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const RECORD = at("functions-table/peer.json");
const SOCKETS = at("functions-table/socket-peer.json");
const read = (path) => JSON.parse(readFileSync(path, "utf8"));

if (process.argv.includes("--peer")) {
  if (!existsSync(at("../test/counterparts/functions-peer/node_modules"))) {
    process.stderr.write("functions-table: npm --prefix test/counterparts/functions-peer install\n");
    process.exit(2);
  }
  writeFileSync(RECORD, `${JSON.stringify(await recorded(), undefined, 2)}\n`);
  writeFileSync(SOCKETS, `${JSON.stringify(await recordedSockets(), undefined, 2)}\n`);
}
const doors = { "1.0": await startFigDoor("1.0"), "2.0": await startFigDoor("2.0") };
const problems = await measured(doors);
for (const door of Object.values(doors)) await door.close();
for (const problem of problems) process.stdout.write(`${problem}\n`);
if (problems.length > 0) process.exit(1);
writeFileSync(at("../docs/functions-table.md"), pageOf(read(RECORD), read(SOCKETS)));
