// Rollouts under the autopilot and guards, and what takes modern back beside Flagger's and Argo's rules: docs/rollouts.md.
// node bench/simulations/rollouts.mjs [--runs 200] [--streams 100] [--seed 1] [--hours 4] [--only WORD] [--processes N] [--json] [--write]
// With 200 runs a scenario, 2,000 rollouts of the ten, and 800 more.
import { writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { inProcesses } from "./in-processes.mjs";
import { REGRESSIONS } from "./regression.mjs";
import { gate } from "./rollout.mjs";
import { pageOf } from "./rollouts-page.mjs";
import { SCENARIOS } from "./scenarios.mjs";

const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "200" },
    streams: { type: "string", default: "100" },
    seed: { type: "string", default: "1" },
    hours: { type: "string", default: "4" },
    only: { type: "string", default: "" },
    processes: { type: "string", default: String(availableParallelism()) },
    json: { type: "boolean", default: false },
    write: { type: "boolean", default: false },
  },
});
const [runs, streams, seed, hours] = ["runs", "streams", "seed", "hours"].map((name) => Number(values[name]));

const seedOf = (scenario, run) => seed * 1_000_003 + scenario * 100_003 + run;
const jobsOf = (kind, scenarios, count) =>
  [...scenarios.entries()]
    .filter(([, { name }]) => name.includes(values.only))
    .flatMap(([scenario]) =>
      Array.from({ length: count }, (_, run) => ({ kind, scenario, seed: seedOf(scenario, run), hours })),
    );

const jobs = [...jobsOf("rollout", SCENARIOS, runs), ...jobsOf("regression", REGRESSIONS, streams)];
const began = performance.now();
let said = 0;
const results = await inProcesses(jobs, Number(values.processes), (done) => {
  const percent = Math.floor((done / jobs.length) * 10) * 10;
  if (percent > said) process.stderr.write(`${percent} % after ${seconds().toFixed(0)} s\n`);
  said = Math.max(said, percent);
});
function seconds() {
  return (performance.now() - began) / 1000;
}

const median = (numbers) =>
  numbers.length === 0 ? null : numbers.toSorted((a, b) => a - b)[Math.floor((numbers.length - 1) / 2)];
const of = (kind, scenario) =>
  results.filter((_, at) => jobs[at].kind === kind && jobs[at].scenario === scenario);

const rollouts = SCENARIOS.flatMap((scenario, index) => {
  const found = of("rollout", index);
  if (found.length === 0) return [];
  const whole = found.filter(({ highest }) => highest === 100);
  const tripped = found.filter((one) => one.tripped !== undefined);
  return {
    scenario: scenario.name,
    kind: scenario.kind,
    runs: found.length,
    reached100: whole.length,
    raisedAtAll: found.filter(({ highest }) => highest > 0).length,
    takenBack: tripped.length,
    movesOnSilence: found.reduce((sum, { onSilence }) => sum + onSilence, 0),
    medianMinutes: median(whole.map(({ minutes }) => minutes)),
    medianRequestsToTrip: median(tripped.map((one) => one.tripped.requests)),
  };
});
const regressions = REGRESSIONS.flatMap((scenario, index) => {
  const found = of("regression", index);
  if (found.length === 0) return [];
  const rules = found[0].rules.map((rule) => {
    const each = found.map((one) => one.found[rule]).filter((one) => one !== undefined);
    const right = each.filter((one) => one.false === undefined);
    return {
      rule,
      takenBack: right.length,
      beforeTheFault: each.length - right.length,
      // Where it was never taken back it took longer than any.
      medianRequests: middle(right, found.length, "requests"),
      medianFailed: middle(right, found.length, "failed"),
      medianSeconds: middle(right, found.length, "seconds"),
    };
  });
  return { scenario: scenario.name, kind: scenario.kind, streams: found.length, rules };
});

/** Of all streams; null: in half of them it never was. */
function middle(found, all, name) {
  const sorted = found.map((one) => one[name]).toSorted((a, b) => a - b);
  return sorted[Math.floor((all - 1) / 2)] ?? null;
}

const report = {
  ...{ gate, runs, streams, seed, hours },
  processes: Number(values.processes),
  seconds: seconds(),
  ...{ rollouts, regressions },
};
if (values.json) process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
else process.stdout.write(pageOf(report));
if (values.write) writeFileSync(new URL("../../docs/rollouts.md", import.meta.url), pageOf(report));
