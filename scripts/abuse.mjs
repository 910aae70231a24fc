// What one party may send to hurt the others: each case is sent to a door of each lane, and to nginx where it has the
// notion, while honest clients ask. Their p99, the process's memory and the answer are held against what the case says.
// `npm run abuse -- [--runs 5] [--ms 300] [--heap 128] [--json] [--write] [WORD ...]`; a word: only cases whose name holds it.
// --ms: how long each run abuses; 0: once. --write: docs/abuse.md; with words, the other rows are those of the run before.
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { wholeNumbers } from "./whole-numbers.mjs";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    runs: { type: "string", default: "5" },
    ms: { type: "string", default: "300" },
    heap: { type: "string", default: "128" },
    json: { type: "boolean", default: false },
    write: { type: "boolean", default: false },
  },
});
const { json, write, ...texts } = values;
const { runs, ms, heap } = wholeNumbers("abuse", texts, 0);
const setup = fileURLToPath(new URL("setup.mjs", import.meta.url));
if (spawnSync(process.execPath, [setup], { stdio: "inherit" }).status !== 0) process.exit(1);
const { CASES } = await import("./abuse/cases.mjs");
const { measure } = await import("./abuse/measure.mjs");
const { startWorld } = await import("./abuse/world.mjs");

const cases = CASES.filter(
  ({ name }) => positionals.length === 0 || positionals.some((word) => name.includes(word)),
);
const world = await startWorld(heap);
const rows = [];
for (const each of cases) {
  for (const row of await measure(each, world, Math.max(1, runs), ms)) {
    rows.push(row);
    if (!json) process.stdout.write(`${row.held ? "held" : "FAIL"}  ${row.sentence}\n`);
  }
}
const alive = world.doors.every((door) => door.alive());
await world.stop();
if (json) process.stdout.write(`${JSON.stringify({ heap, alive, rows, node: process.version }, null, 2)}\n`);
if (write) {
  const { abusePage } = await import("./abuse/page.mjs");
  const file = new URL("abuse/results.json", import.meta.url);
  const date = new Date().toISOString().slice(0, 10);
  const run = { runs, heap, alive, date, rows };
  const results = positionals.length === 0 ? run : withRows(JSON.parse(readFileSync(file, "utf8")), run);
  writeFileSync(file, `${JSON.stringify(results, null, 2)}\n`);
  writeFileSync(new URL("../docs/abuse.md", import.meta.url), abusePage(results));
}
process.exit(alive && rows.every(({ held }) => held) ? 0 : 1);

/** A whole run, with the rows of cases that were run once more since. */
function withRows(whole, { rows, alive, date }) {
  const again = (row) => rows.find(({ case: name, door }) => name === row.case && door === row.door);
  return {
    ...whole,
    alive: whole.alive && alive,
    rows: whole.rows.map((row) => {
      const { case: name, door, calm, p99, rss, status, counted, held } = again(row) ?? row;
      const measured = again(row) === undefined ? row.again : date;
      return { case: name, door, calm, p99, rss, status, counted, held, again: measured };
    }),
  };
}
