// A soak: one front door a lane, honest clients that check every byte, hostile ones among them, shifts and rollbacks every second, reloads,
// a modern that dies. It is paced: the machine has to have room, so that what fails is the front door's. Prints a line every 10 s, then the verdict;
// exit 1 unless no honest client failed and memory and descriptors are flat.
// `npm run soak -- [--minutes 30] [--heap 128] [--clients 8] [--json] [--write]` (heap: MiB, 0: Node's own; clients: honest ones of each door; --write: docs/soak.md)
import { createWriteStream, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import { Book } from "./soak/book.mjs";
import { HONEST, slowReader } from "./soak/honest.mjs";
import { HOSTILE } from "./soak/hostile.mjs";
import { judge, sample } from "./soak/measures.mjs";
import { killAgainAndAgain, operate } from "./soak/operators.mjs";
import { soakPage } from "./soak/page.mjs";
import { startDoor, startUpstream } from "./soak/world.mjs";
import { wholeNumbers } from "./whole-numbers.mjs";

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "30" },
    heap: { type: "string", default: "128" },
    clients: { type: "string", default: "8" },
    json: { type: "boolean", default: false },
    write: { type: "boolean", default: false },
  },
});
const { minutes, clients } = wholeNumbers("soak", { minutes: values.minutes, clients: values.clients });
const { heap } = wholeNumbers("soak", { heap: values.heap }, 0);

const WARM_UP_MINUTES = 5;
/** Below this there is no telling what is flat: only failures count. */
const MIN_JUDGED_MINUTES = 15;
const PAUSE_MS = 400;
const HOSTILE_CLIENTS = 3;
const HOSTILE_PAUSE_MS = 1000;
const SAMPLE_MS = 5000;
const PROGRESS_MS = 10_000;
const SLOW = [
  { size: 14 * 1024 * 1024, rate: 8 * 1024 },
  { size: 8 * 1024 * 1024, rate: 64 * 1024 },
];

const logPath = join(tmpdir(), `fig-soak-${process.pid}.log`);
const log = createWriteStream(logPath);
const book = new Book((line) => log.write(`${line}\n`));
const hostile = new Map(HOSTILE.map(({ name }) => [name, 0]));
const begun = new Date().toISOString();
const stop = new AbortController();
const { signal } = stop;

const legacy = await startUpstream();
const modern = await startUpstream();
const frail = await startUpstream();
const ports = { legacy: legacy.port, modern: modern.port, frail: frail.port };
const doors = [];
for (const lane of ["auto", "node"]) doors.push({ ...(await startDoor(lane, ports, heap)), samples: [] });
const began = performance.now();
const minute = () => (performance.now() - began) / 60_000;

async function beHonest(door) {
  while (!signal.aborted) {
    await delay(Math.random() * 2 * PAUSE_MS);
    const { name, act } = HONEST[Math.floor(Math.random() * HONEST.length)];
    await book.honest(name, door, () => act(door));
  }
}

async function beHostile(door) {
  while (!signal.aborted) {
    await delay(Math.random() * 2 * HOSTILE_PAUSE_MS);
    const { name, act } = HOSTILE[Math.floor(Math.random() * HOSTILE.length)];
    await act(door, signal);
    hostile.set(name, hostile.get(name) + 1);
  }
}

async function readSlowly(door, { size, rate }) {
  while (!signal.aborted)
    await book.honest(`reader of ${rate / 1024} KiB/s`, door, () => slowReader(door, size, rate, signal));
}

async function measure(door) {
  while (!signal.aborted) {
    await book.honest("measure", door, async () => {
      const one = await sample(door, minute());
      door.samples.push(one);
      log.write(`${JSON.stringify({ lane: door.lane, ...one })}\n`);
    });
    await delay(SAMPLE_MS, undefined, { signal }).catch(() => {});
  }
}

function progress() {
  const done = [...book.done.values()].reduce((sum, times) => sum + times, 0);
  const states = doors.map(({ lane, samples }) => {
    const last = samples.at(-1);
    return last === undefined
      ? lane
      : `${lane} ${last.rss.toFixed(0)} MiB, heap ${last.heap.toFixed(0)}, ${last.fds} fds, lag ${last.lag.toFixed(0)} ms`;
  });
  process.stderr.write(
    `${minute().toFixed(1)} min: ${done} done, ${book.failed} failed · ${states.join(" · ")}\n`,
  );
}

const ticking = setInterval(progress, PROGRESS_MS);
const mortal = killAgainAndAgain(frail, signal);
const everybody = doors.flatMap((door) => [
  ...Array.from({ length: clients }, () => beHonest(door)),
  ...Array.from({ length: HOSTILE_CLIENTS }, () => beHostile(door)),
  ...SLOW.map((how) => readSlowly(door, how)),
  operate(door, book, signal),
  measure(door),
]);
await delay(minutes * 60_000);
stop.abort();
await Promise.all(everybody);
clearInterval(ticking);
progress();
const last = await mortal;
for (const door of doors) {
  log.write(`${door.lane} said:\n${door.output()}\n`);
  await book.honest("ends with 0", door, async () => {
    const code = await door.stop();
    if (code !== 0) throw new Error(`exit code ${code}`);
  });
}
for (const upstream of [legacy, modern, last]) await upstream.stop();

const judged = minutes >= MIN_JUDGED_MINUTES;
const warmUp = judged ? WARM_UP_MINUTES : minutes / 4;
const verdicts = doors.map(({ lane, samples }) => ({ lane, verdict: judge(samples, warmUp, minutes) }));
const flat = verdicts.every(({ verdict }) => verdict.flat && verdict.fdsFlat);
const ok = book.failed === 0 && (flat || !judged);
const options = process.argv.slice(2).filter((word) => word !== "--write");
const command = ["npm run soak", ...(options.length > 0 ? ["--", ...options] : [])].join(" ");
const report = {
  command,
  begun,
  minutes,
  heap,
  warmUp,
  doors: verdicts,
  done: book.done,
  hostile,
  failed: book.failed,
};
for (const line of book.failures) process.stderr.write(`FAILED ${line}\n`);
if (values.json) {
  const plain = { ...report, done: Object.fromEntries(book.done), hostile: Object.fromEntries(hostile) };
  process.stdout.write(`${JSON.stringify({ ...plain, judged, ok, log: logPath }, null, 2)}\n`);
} else {
  process.stdout.write(
    `${soakPage(report)}\n${judged ? "" : "Too short to say what is flat. "}${ok ? "ok" : "NOT OK"}; the log: ${logPath}\n`,
  );
}
if (values.write) writeFileSync(new URL("../docs/soak.md", import.meta.url), soakPage(report));
log.end(() => process.exit(ok ? 0 : 1));
