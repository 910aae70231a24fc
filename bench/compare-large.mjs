// How long handing 5 MiB answers to the comparing thread keeps the thread that serves: its event loop's delay, p99.
//   npm run bench:compare-large -- [MiB] [seconds]
// Exits with 1 where p99 is above BOUND_MS.
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as delay } from "node:timers/promises";

const BOUND_MS = 20;

const [mib = 5, seconds = 10] = process.argv.slice(2).map(Number);
const { createComparer } = await import("../src/compare/index.ts");

const item = (i, more) =>
  JSON.stringify({
    id: i,
    name: `Item ${i} of the catalogue`,
    price: i / 100,
    updatedAt: 1_790_000_000_000 + i + more,
  });
function body(more) {
  const parts = [];
  for (let size = 0, i = 0; size < mib << 20; i++) {
    parts.push(item(i, more));
    size += parts.at(-1).length + 1;
  }
  return Buffer.from(`{"items":[${parts.join(",")}]}`);
}

/** As a socket gives it. */
function answer(side, bytes) {
  const body = [];
  for (let at = 0; at < bytes.length; at += 65_536) body.push(bytes.subarray(at, at + 65_536));
  return {
    side,
    answer: {
      kind: "answer",
      status: 200,
      headers: ["content-type", "application/json"],
      body,
      bodyBytes: bytes.length,
      tooLarge: false,
    },
  };
}

const options = {
  headers: ["content-type"],
  ignore: ["$.items[*].updatedAt"],
  arrays: { "$.items": { mode: "key", key: "id" } },
  tolerance: { "$.items[*].price": 0.01 },
  redact: [],
  samples: 5,
};
const pair = { serving: answer("legacy", body(0)), shadow: answer("modern", body(7)) };
const comparer = createComparer({ now: Date.now, maxJobMs: 60_000 });
const compare = () =>
  new Promise((done) => {
    comparer.submit({ method: "GET", answers: pair, options, maxBodyBytes: 1 << 26 }, done);
  });
// The comparer keeps no process alive.
const alive = setInterval(() => {}, 1_000);
const first = await compare();
if (first.outcome !== "match") throw new Error(`${first.outcome}: ${first.reason}`);

const idle = monitorEventLoopDelay({ resolution: 1 });
idle.enable();
await delay(2_000);
idle.disable();
const loop = monitorEventLoopDelay({ resolution: 1 });
loop.enable();
const end = performance.now() + seconds * 1000;
let compared = 0;
while (performance.now() < end) {
  await compare();
  compared++;
}
loop.disable();
const ms = (nanoseconds) => (nanoseconds / 1e6).toFixed(1);
console.log(
  `${mib} MiB a side, ${(compared / seconds).toFixed(1)} comparisons/s: event-loop delay p50 ${ms(loop.percentile(50))}, p99 ${ms(loop.percentile(99))}, ` +
    `max ${ms(loop.max)} ms; idle p99 ${ms(idle.percentile(99))} ms`,
);
const holds = loop.percentile(99) <= BOUND_MS * 1e6;
console.log(
  `${holds ? "held  " : "MISSED"}  event-loop delay p99, ms: ${ms(loop.percentile(99))} (at most ${BOUND_MS})`,
);
if (!holds) process.exitCode = 1;
clearInterval(alive);
await comparer.close(1_000);
