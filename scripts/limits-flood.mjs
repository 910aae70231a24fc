// Ten million distinct keys against a limit: no limited key is forgotten, and the keys stay in their memory.
//   npm run limits:flood [-- --keys 10000000] [-- --memory-mib 64]

import { parseArgs } from "node:util";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { paceOf } from "../src/domain/policies/gcra.ts";
import { LocalDesk } from "../src/serving/limits/local-desk.ts";

const { values } = parseArgs({
  options: {
    keys: { type: "string", default: "10000000" },
    "memory-mib": { type: "string", default: "64" },
  },
});
const [keys, memoryBytes] = [Number(values.keys), Number(values["memory-mib"]) * 1024 ** 2];
setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc");
const held = () => {
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
};
const mib = (bytes) => `${(bytes / 1024 ** 2).toFixed(1)} MiB`;

/** Time is the flood's own: so many keys come in a second. */
const KEYS_A_SECOND = 200_000;
const LIMITED = 1000;
const kinds = [
  ["one request a second, burst 5", "1", 1e6, 5],
  ["ten an hour, burst 3", "10", 3600e6, 3],
];

let failed = false;
for (const [what, amount, period, burst] of kinds) {
  let micros = 0;
  const desk = new LocalDesk(memoryBytes, { now: () => 1.7e12 + micros / 1000, micros: () => micros });
  const limiter = desk.open([{ kind: "rate", id: "flood", pace: paceOf(amount, period, burst) }]);
  const limited = Array.from({ length: LIMITED }, (_, i) => `limited ${i}`);
  const interval = period / Number(amount);
  // Each of them has used its burst, and asks more often than it may; the model is what may pass: burst + t / interval.
  const every = Math.min(interval / 2, 1e6);
  const passed = new Map(limited.map((key) => [key, 0]));
  const ask = (key) => {
    if (limiter.take([key]).refusedBy < 0) passed.set(key, passed.get(key) + 1);
  };
  const before = held();
  for (const key of limited) for (let i = 0; i < burst; i++) ask(key);
  const began = performance.now();
  let [most, next, worst] = [0, 0, 0];
  for (let i = 0; i < keys; i++) {
    micros += 1e6 / KEYS_A_SECOND;
    limiter.take([`flood ${i}`]);
    if (micros >= next) {
      next += every;
      for (const key of limited) ask(key);
    }
    if (desk.budget.held > most) most = desk.budget.held;
    // As a front door does four times a second.
    if (i % (KEYS_A_SECOND / 4) === 0) desk.tick();
  }
  const seconds = (performance.now() - began) / 1000;
  const may = Math.floor(burst + micros / interval) + 1;
  for (const count of passed.values()) worst = Math.max(worst, count);
  const took = held() - before;
  const sound = worst <= may && most <= memoryBytes && took <= memoryBytes;
  failed ||= !sound;
  console.log(
    `${sound ? "held  " : "FAILED"}  ${what}: ${keys} keys in ${seconds.toFixed(1)} s (${((seconds * 1e6) / keys).toFixed(2)} µs each); of ${LIMITED} limited keys none had more than ${worst} requests of ${may}; ` +
      `counted ${mib(most)} at most, measured ${mib(took)} in the end with ${desk.keys} keys; ${desk.shared} requests shared a place`,
  );
}
if (failed) process.exitCode = 1;
