// `npm run ledger:trace`: runs a front door under strace, shifts a route a few times over the admin API, and shows for
// each shift, in the order of the system calls, that
//   1. the entry is written to the state file's write-ahead log,
//   2. that file is synced to disk, and the sync has returned,
//   3. only then the answer with the revision is written to the client's socket.
// Prints those lines and PASS or FAIL; exits 1 on FAIL, 2 where strace is missing.
//   --shifts N   how many (5)     --fig FILE   the command to run (bin/fig)
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { FIG, keepAlive, ROUTES, shift, startDoor, startUpstream, writeFiles } from "./ledger-world.mjs";

const CALLS = "fsync,fdatasync,write,sendto,writev,sendmsg,pwrite64";
/** More than a database page, so that an entry written is seen whole. */
const STRING_BYTES = 8_192;

const { values } = parseArgs({
  options: { shifts: { type: "string", default: "5" }, fig: { type: "string", default: FIG } },
});
const shiftCount = Number(values.shifts);
if (!Number.isInteger(shiftCount) || shiftCount < 1 || shiftCount > 100) {
  process.stderr.write("trace-ledger: --shifts is a whole number from 1 to 100\n");
  process.exit(2);
}

if (spawnSync("strace", ["-V"]).error !== undefined) {
  process.stderr.write(
    "trace-ledger: strace is missing. Install it (Debian, Ubuntu: apt-get install strace; Fedora: dnf install strace);\n" +
      "in a container it also needs the capability SYS_PTRACE.\n",
  );
  process.exit(2);
}

/** strace's lines as calls: { name, target, text, began, ended, result }, `began` and `ended` being line numbers. */
function callsOf(trace) {
  const calls = [];
  const unfinished = new Map();
  for (const [line, text] of trace.split("\n").entries()) {
    const [, thread, rest] = /^(\d+)\s+(.*)$/.exec(text) ?? [];
    if (rest === undefined) continue;
    const result = /\)\s+= (-?\d+)/.exec(rest)?.[1];
    const resumed = /<\.\.\. (\w+) resumed>/.exec(rest);
    if (resumed !== null) {
      const call = unfinished.get(thread);
      unfinished.delete(thread);
      if (call !== undefined) Object.assign(call, { ended: line, result });
      continue;
    }
    const [, name, target] = /(\w+)\(\d+<((?:->|[^<>]|<[^>]*>)*)>/.exec(rest) ?? [];
    if (name === undefined) continue;
    const call = { name, target, thread, text: rest, began: line, ended: line, result };
    calls.push(call);
    if (rest.includes("<unfinished ...>")) {
      Object.assign(call, { ended: Number.POSITIVE_INFINITY, result: undefined });
      unfinished.set(thread, call);
    }
  }
  return calls;
}

function shown({ name, target, thread, began, ended, result }, note) {
  const lines = Number.isFinite(ended) && ended !== began ? `${began + 1}-${ended + 1}` : `${began + 1}`;
  return `  line ${lines.padEnd(11)} thread ${thread}  ${name}(${target}) = ${result ?? "?"}  ${note}`;
}

function check(calls, { reason, revision }) {
  const has = (call) => call.text.includes(reason);
  const written = calls.find((call) => call.name === "pwrite64" && call.target.endsWith("-wal") && has(call));
  const answered = calls.find((call) => call.target.startsWith("TCP") && has(call));
  const synced = calls.find(
    (call) =>
      /^f(data)?sync$/.test(call.name) &&
      call.target.endsWith("-wal") &&
      call.result === "0" &&
      written !== undefined &&
      call.began > written.ended,
  );
  const pass = synced !== undefined && answered !== undefined && synced.ended < answered.began;
  process.stdout.write(`shift acknowledged as revision ${revision}: ${pass ? "PASS" : "FAIL"}\n`);
  const lines = [
    [written, "the entry, to the log"],
    [synced, "the log, to the disk: returned"],
    [answered, "the answer with the revision"],
  ];
  for (const [call, note] of lines) {
    process.stdout.write(`${call === undefined ? `  not seen: ${note}` : shown(call, note)}\n`);
  }
  return pass;
}

const folder = mkdtempSync(join(tmpdir(), "fig-trace-ledger-"));
const file = join(folder, "strace.txt");
const upstream = await startUpstream();
const before = ["strace", "-f", "-yy", "-s", String(STRING_BYTES), "-e", `trace=${CALLS}`, "-o", file];
let pass = false;
try {
  const door = await startDoor(writeFiles(folder, upstream.url), { fig: values.fig, before });
  const agent = keepAlive();
  const shifts = [];
  try {
    for (let i = 1; i <= shiftCount; i++) {
      const reason = `traced-shift-${i}-of-${shiftCount}.`;
      const body = { modern: i, reason, by: "trace" };
      const { status, entry } = await shift(door.ready.adminUrl, ROUTES[0], body, agent);
      if (entry === undefined) throw new Error(`a shift was answered with ${status}`);
      shifts.push({ reason, revision: entry.revision });
    }
  } finally {
    agent.destroy();
    // The front door itself: strace ends with it.
    process.kill(door.ready.pid, "SIGTERM");
    await door.exited;
  }
  const calls = callsOf(readFileSync(file, "utf8"));
  const passed = shifts.filter((each) => check(calls, each)).length;
  pass = passed === shifts.length && passed > 0;
  const syncs = calls.filter((call) => /^f(data)?sync$/.test(call.name)).length;
  process.stdout.write(
    `${pass ? "PASS" : "FAIL"}: ${passed} of ${shifts.length} shifts were synced to disk before they were answered ` +
      `(${calls.length} calls traced, ${syncs} of them syncs)\n`,
  );
} catch (error) {
  process.stderr.write(`trace-ledger: ${error instanceof Error ? error.message : error}\n`);
} finally {
  upstream.close();
  rmSync(folder, { recursive: true });
}
process.exit(pass ? 0 : 1);
