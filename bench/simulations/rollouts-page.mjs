/** docs/rollouts.md, of what was simulated. */
import { cpus } from "node:os";
import { REGRESSION } from "./regression.mjs";
import { ARGO, FLAGGER } from "./rules.mjs";

const percent = (part, whole) => `${((100 * part) / whole).toFixed(1)} %`;
const number = (value) => (value === null ? "–" : Math.round(value).toLocaleString("en"));
const table = (head, rows) => {
  const line = (cells) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map((_, at) => (at === 0 ? "---" : "---:"))), ...rows.map(line)].join("\n");
};

/** With none of n: below this, with 95 % confidence (the rule of three). */
const bound = (part, whole) => (part === 0 && whole > 0 ? ` (below ${percent(3, whole)})` : "");

function share(rows, field, kind) {
  const found = rows.filter((row) => row.kind === kind);
  const [part, whole] = [field, "runs"].map((name) => found.reduce((sum, row) => sum + row[name], 0));
  return whole === 0 ? "not simulated" : `${part} of ${whole}, ${percent(part, whole)}${bound(part, whole)}`;
}

function duration(seconds) {
  if (seconds === null) return "–";
  return seconds < 120 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`;
}

function rolloutTable(rollouts) {
  return table(
    [
      "modern",
      "runs",
      "at 100 %",
      "raised at all",
      "taken back by a guard",
      "median minutes to 100 %",
      "median requests to the rollback",
    ],
    rollouts.map((row) => [
      row.scenario,
      row.runs,
      percent(row.reached100, row.runs),
      percent(row.raisedAtAll, row.runs),
      percent(row.takenBack, row.runs),
      number(row.medianMinutes),
      number(row.medianRequestsToTrip),
    ]),
  );
}

function falseTable(good) {
  return table(
    ["stays good", ...good[0].rules.map(({ rule }) => rule)],
    good.map(({ scenario, streams, rules }) => [
      scenario,
      ...rules.map(({ takenBack }) => percent(takenBack, streams)),
    ]),
  );
}

function faultTable(faults) {
  return table(
    [
      "modern",
      "rule",
      "taken back",
      "before the fault",
      "median requests",
      "of them failed by modern",
      "median time",
    ],
    faults.flatMap(({ scenario, streams, rules }) =>
      rules.map((row, at) => [
        at === 0 ? scenario : "",
        row.rule,
        percent(row.takenBack, streams),
        percent(row.beforeTheFault, streams),
        number(row.medianRequests),
        number(row.medianFailed),
        duration(row.medianSeconds),
      ]),
    ),
  );
}

export function pageOf({ gate, runs, streams, seed, hours, processes, seconds, rollouts, regressions }) {
  const date = new Date().toISOString().slice(0, 10);
  const count = rollouts.reduce((sum, row) => sum + row.runs, 0);
  const streamCount = regressions.reduce((sum, row) => sum + row.streams, 0);
  const good = regressions.filter(({ kind }) => kind === "good");
  const faults = regressions.filter(({ kind }) => kind === "fault");
  const silence = rollouts.reduce((sum, row) => sum + row.movesOnSilence, 0);
  return `# Rollouts

What becomes of a route under [the autopilot](how-to/autopilot.md) with [guards](how-to/guards.md), simulated. Made by

\`\`\`sh
npm run bench:rollouts -- --runs ${runs} --streams ${streams} --seed ${seed} --hours ${hours} --write
\`\`\`

on ${date}, ${cpus()[0]?.model ?? "?"}, ${cpus().length} cores, Node ${process.version}: ${count} rollouts and ${streamCount} streams in ${Math.round(seconds / 60)} minutes, ${processes} processes.

## Whole rollouts

The clock is moved by hand; store, ledger, tallies, gates, autopilot and guards are the product's. Clients are made up: 2,000 of them, 10 requests a second, 0.1 % errors on both sides, 0.05 % answers that differ by
chance. Steps: shadow 100 %, then modern 1, 10, 50 and 100 %, each with the gate \`${JSON.stringify(gate)}\`; guards \`{ errors: true, latency: { p99: 1.5, p999: 1.5 } }\`. A good one has ${3 * hours} hours and is watched
for half an hour at 100 %; others have ${hours} hours.

${rolloutTable(rollouts)}

- Good ones at 100 %: ${share(rollouts, "reached100", "good")}. Taken back: ${share(rollouts, "takenBack", "good")}.
- Bad ones at 100 %: ${share(rollouts, "reached100", "bad")}.
- Good until clients are on it, then bad, at 100 %: ${share(rollouts, "reached100", "turns")}. Taken back: ${share(rollouts, "takenBack", "turns")}.
- Moves later than a minute after the last request: ${silence}.

Bad ones never serve a client: the comparisons of the shadow keep their gate shut. That holds for a template of 0.2 % that is wholly wrong, too: a gate of ${gate.maxMismatchRate} % has to be proven for each template.

## What takes modern back, beside other rules

${REGRESSION.rate} requests a second, modern at ${REGRESSION.percent} % for ${REGRESSION.minutes / 60} hours, no shadow; where it becomes bad it does so after ${REGRESSION.goodMinutes.join(" to ")} good minutes. Every rule sees the same answers. As their documentation has them:

- *Flagger*: each minute a success rate of 99 % at least and a p99 of ${FLAGGER.maxMs} ms at most (500 in its examples, where legacy's is 64 here); no request is a failed check; rolled back after ${FLAGGER.threshold} failed checks.
- *Argo Rollouts*, background analysis: each 5 minutes a success rate of 95 % at least as in its example, and of 99 %; aborted by more than ${ARGO.failureLimit} failed measurements, or more than ${ARGO.consecutiveErrorLimit} in a row without a value.
- *fig*: \`{ errors: true, latency: { p99: 1.5, p999: 1.5 } }\`.

Theirs are fixed bars for modern alone, and hold for a rollout of some minutes; here they watch for ${REGRESSION.minutes / 60} hours. Taken back although nothing was wrong with modern:

${good.length === 0 ? "not simulated" : falseTable(good)}

Taken back because of a fault; requests are all clients', from the fault on. Medians are of all streams; a dash: in half of them or more it was not taken back within the time.

${faults.length === 0 ? "not simulated" : faultTable(faults)}

Streams of ${streams} bound no share below ${percent(Math.min(3, streams), streams)}. Clients are taken as independent; real ones are less so.
`;
}
