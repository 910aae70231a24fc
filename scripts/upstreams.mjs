// Servers from Debian behind a front door: whether they count and read requests as it does, and whether a path or host that
// it sends by the default route is one that another route guards. Missing servers are installed (as root) or named.
// `npm run upstreams -- [--only NAME,NAME] [--requests N] [--paths N] [--seed 1] [--json] [--write]`; N: for each server
// (requests: and each lane). `--write` puts the table into docs/conformance.md.
import { parseArgs } from "node:util";
import { wholeNumbers } from "./whole-numbers.mjs";

const { values } = parseArgs({
  options: {
    only: { type: "string", default: "" },
    requests: { type: "string", default: "320" },
    paths: { type: "string", default: "22000" },
    seed: { type: "string", default: "1" },
    json: { type: "boolean", default: false },
    write: { type: "boolean", default: false },
  },
});
const { json, write, only, ...texts } = values;
const { requests, paths, seed } = wholeNumbers("upstreams", texts);
const { SERVERS } = await import("./upstreams/servers/index.mjs");
const { install } = await import("./upstreams/processes.mjs");
const { measured } = await import("./upstreams/measured.mjs");
const { startGuard } = await import("./upstreams/doors.mjs");
const { findsWhatIsThere } = await import("./upstreams/control.mjs");
const { tableOf, writeTable } = await import("./upstreams/page.mjs");

const names = only.split(",").filter((name) => name !== "");
const strange = names.filter((name) => !SERVERS.some((server) => server.name === name));
if (strange.length > 0) {
  const known = SERVERS.map(({ name }) => name).join(", ");
  process.stderr.write(`upstreams: no server ${strange.join(", ")}; there are ${known}\n`);
  process.exit(2);
}
const chosen = SERVERS.filter(({ name }) => names.length === 0 || names.includes(name));
const failures = [];
const fail = (text) => {
  failures.push(text);
  process.stderr.write(`FAIL ${text}\n`);
};
const guard = await startGuard();
if (!(await findsWhatIsThere(guard, seed)))
  fail("a server that reads no chunks is not found out: the run proves nothing");
/** Its row; undefined: it was not measured, which was said. */
async function rowOf(server) {
  const missing = install(server);
  if (missing !== undefined) {
    fail(`not installed: ${missing}`);
    return undefined;
  }
  try {
    const tell = (text) => process.stderr.write(text);
    const row = await measured(server, guard, { requests, paths, seed, tell });
    for (const { lane, what, head } of row.disagreements)
      fail(`${server.name}, ${lane}: ${what}: ${JSON.stringify(head)}`);
    for (const { lane, head } of row.unanswered)
      tell(
        `${server.name}, ${lane}: unanswered, and as little when asked directly: ${JSON.stringify(head)}\n`,
      );
    for (const request of row.reached) fail(`${server.name}: reached by ${JSON.stringify(request)}`);
    return row;
  } catch (error) {
    fail(`${server.name}: ${error.message}`);
    return undefined;
  }
}

/** Most of a run is waiting for what never comes. */
const TOGETHER = 3;
const measuredRows = new Array(chosen.length);
let next = 0;
await Promise.all(
  Array.from({ length: TOGETHER }, async () => {
    for (let at = next++; at < chosen.length; at = next++) measuredRows[at] = await rowOf(chosen[at]);
  }),
);
const rows = measuredRows.filter((row) => row !== undefined);
guard.stop();
const about = { seed, date: new Date().toISOString().slice(0, 10), node: process.version };
process.stdout.write(
  json ? `${JSON.stringify({ ...about, rows, failures }, null, 2)}\n` : tableOf(rows, about),
);
// A table of some, or of what failed to start, is not the page's.
if (write && rows.length === SERVERS.length) writeTable(tableOf(rows, about));
else if (write) process.stderr.write("upstreams: not written, since not every server was measured\n");
process.exit(failures.length === 0 ? 0 : 1);
