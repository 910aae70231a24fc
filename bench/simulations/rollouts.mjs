// Rollouts under the autopilot, on a clock that is moved by hand, through the real code: memory store, live table, tallies, control,
// gates and pilot. Only requests are made up (scenarios.mjs). `node bench/simulations/rollouts.mjs [--runs 200] [--seed 1]
// [--hours 4] [--only WORD] [--json]`; with 200 runs a scenario, 2,000 rollouts of the ten.
import { parseArgs } from "node:util";
import { cohortPrefix, splitHash } from "../../src/domain/split.ts";
import { aConfig, aDoor, HandClock } from "../../test/control/harness.ts";
import { aRoute, aStep } from "../../test/domain/definitions.ts";
import { SCENARIOS, trafficOf } from "./scenarios.mjs";

const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "200" },
    seed: { type: "string", default: "1" },
    hours: { type: "string", default: "4" },
    only: { type: "string", default: "" },
    json: { type: "boolean", default: false },
    why: { type: "boolean", default: false },
  },
});
const runs = Number(values.runs);
/** What should reach 100 % has three times as long for it: it ends there. */
const horizonOf = ({ kind }) => Number(values.hours) * 3_600_000 * (kind === "good" ? 3 : 1);
/** A front door looks every second; here once a minute, with the requests of that minute between. */
const LOOK_MS = 60_000;

const gate = {
  minComparisons: 1_000,
  maxMismatchRate: 0.5,
  maxErrorRateIncrease: 0.5,
  maxLatencyRatio: { p99: 1.5 },
  minDurationMs: 10 * 60_000,
  confidence: 99,
};
const steps = [
  aStep(1, { a: { shadow: 100 } }, { name: "shadow" }),
  ...[1, 10, 50, 100].map((modern, i) => aStep(i + 2, { a: { modern } }, { name: `to-${modern}`, gate })),
];
const config = aConfig({
  routes: [aRoute("a", { match: { ...aRoute("a").match, path: "/{rest+}" } })],
  migrations: steps,
});

async function rollout(scenario, seed) {
  const horizonMs = horizonOf(scenario);
  const clock = new HandClock();
  const door = await aDoor(config, { clock });
  const traffic = trafficOf(scenario, seed, horizonMs, { splitHash, cohortPrefix });
  const started = clock.now();
  let requests = 0;
  let onSilence = 0;
  await door.control.autopilot.start({ by: "bench", reason: scenario.name });
  const at = () => door.tableRef.current.byId("a");
  try {
    while (clock.now() - started < horizonMs) {
      const { position } = at();
      requests += traffic.send(door.tally("a"), position, clock.now() - started, LOOK_MS / 1000);
      clock.pass(LOOK_MS);
      await door.live.flush();
      const moved = await door.pilot.look();
      // Requests count as coming for a minute after the last one.
      const silence = clock.now() - started - LOOK_MS - traffic.lastAt;
      if (moved && position.shadow === 100 && silence > LOOK_MS) onSilence++;
      if (at().position.modern === 100) break;
    }
    const { modern } = at().position;
    if (values.why && modern < 100)
      process.stderr.write(`${scenario.name} ${seed}: ${(await door.control.autopilot.status()).says}\n`);
    return { modern, minutes: (clock.now() - started) / 60_000, requests, onSilence };
  } finally {
    await door.pilot.close();
    await door.live.close();
    await door.store.close();
  }
}

const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor((numbers.length - 1) / 2)];
const percent = (part, whole) => `${((part / whole) * 100).toFixed(1)} %`;

const began = performance.now();
const rows = [];
for (const [index, scenario] of SCENARIOS.entries()) {
  if (!scenario.name.includes(values.only)) continue;
  const results = [];
  for (let run = 0; run < runs; run++) {
    results.push(await rollout(scenario, Number(values.seed) * 1_000_003 + index * 100_003 + run));
  }
  const whole = results.filter(({ modern }) => modern === 100);
  const raised = results.filter(({ modern }) => modern > 0);
  const row = {
    scenario: scenario.name,
    kind: scenario.kind,
    runs,
    reached100: whole.length,
    raisedAtAll: raised.length,
    movesOnSilence: results.reduce((sum, { onSilence }) => sum + onSilence, 0),
    medianMinutes: whole.length === 0 ? null : median(whole.map(({ minutes }) => minutes)),
    medianRequests: whole.length === 0 ? null : median(whole.map(({ requests }) => requests)),
  };
  rows.push(row);
  if (!values.json) {
    const time =
      row.medianMinutes === null ? "" : `; median ${row.medianMinutes} min, ${row.medianRequests} requests`;
    process.stdout.write(
      `${scenario.name.padEnd(32)} ${scenario.kind.padEnd(7)} at 100 %: ${percent(whole.length, runs).padStart(7)}  raised at all: ${percent(raised.length, runs).padStart(7)}  moves on silence: ${row.movesOnSilence}${time}\n`,
    );
  }
}
const seconds = (performance.now() - began) / 1000;
if (values.json)
  process.stdout.write(
    `${JSON.stringify({ gate, runs, hours: Number(values.hours), seconds, rows }, null, 2)}\n`,
  );
else {
  const of = (kind) => rows.filter((row) => row.kind === kind);
  const share = (kind) =>
    percent(
      of(kind).reduce((sum, row) => sum + row.reached100, 0),
      Math.max(1, of(kind).length * runs),
    );
  process.stdout.write(
    `good at 100 %: ${share("good")}; bad at 100 %: ${share("bad")}; ${seconds.toFixed(0)} s\n`,
  );
}
