// Hostile streams, answers, aborts and silences through a front door, for as long as asked: no crash, no hang, no leak.
// `npm run fuzz -- --minutes 30 --seed 1` writes docs/fuzz.md. Further: --cpu PERCENT (of one core), --pause-file PATH (waits
// while it exists), --batch N (begins there, to see a failure again), --lane node, --no-record.
import { writeFileSync } from "node:fs";
import os from "node:os";
import { parseArgs } from "node:util";

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "30" },
    seed: { type: "string", default: "1" },
    cpu: { type: "string", default: "100" },
    batch: { type: "string", default: "0" },
    lane: { type: "string", default: "auto" },
    "pause-file": { type: "string" },
    "no-record": { type: "boolean", default: false },
  },
});

const suite = new URL("../test/conformance/differential/", import.meta.url);
const { fuzzLanes } = await import(new URL("fuzz-run.ts", suite));
const { fuzzPage } = await import(new URL("fuzz-page.ts", suite));

const began = new Date();
let told = 0;
let failures = 0;
const record = await fuzzLanes({
  seed: Number(values.seed),
  minutes: Number(values.minutes),
  cpuPercent: Number(values.cpu),
  firstBatch: Number(values.batch),
  lane: values.lane,
  pauseFile: values["pause-file"],
  onProgress: (now) => {
    for (const failure of now.failures.slice(failures)) process.stderr.write(`FAIL ${failure}\n`);
    failures = now.failures.length;
    if (Math.floor(now.minutes) === told) return;
    told = Math.floor(now.minutes);
    process.stderr.write(`${told} min, ${now.requests} requests, ${failures} failures\n`);
  },
});
process.stdout.write(`${JSON.stringify(record)}\n`);
if (!values["no-record"]) {
  const about = { date: began.toISOString(), node: process.version, cpus: os.cpus()[0]?.model ?? "" };
  writeFileSync(new URL("../docs/fuzz.md", import.meta.url), fuzzPage(record, about));
}
process.exit(record.failures.length === 0 ? 0 : 1);
