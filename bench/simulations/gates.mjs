/**
 * Gates that are looked at after every request, with a true rate exactly at the limit: how many pass that should not.
 * Seeded: the same runs each time. `node bench/simulations/gates.mjs [runs] [requests]`.
 */
import { NO_COUNTS } from "../../src/domain/counters.ts";
import { evaluateGate } from "../../src/domain/gate/evaluate.ts";
import { lnDifferenceBelow } from "../../src/domain/proof/difference-test.ts";
import { cleanTrialsMissing } from "../../src/domain/proof/rate-bound.ts";
import { lnBetaTails } from "../../src/domain/proof/special.ts";
import { randomOf } from "./random.ts";
import { cleanTrialsNeeded } from "./wilson.ts";

const ALPHA = 0.05;
const RATES = [0.001, 0.005, 0.01, 0.02, 0.1];
const [RUNS, REQUESTS] = [Number(process.argv[2] ?? 5_000), Number(process.argv[3] ?? 100_000)];
const [ERROR_RUNS, ERROR_REQUESTS] = [1000, 10_000];

/** The one-sided 99 % lower bound of Clopper and Pearson. */
function lowerShare(passed, runs) {
  if (passed === 0) return 0;
  let [low, high] = [0, passed / runs];
  for (let i = 0; i < 50; i++) {
    const middle = (low + high) / 2;
    if (lnBetaTails(middle, passed, runs - passed + 1).lower < Math.log(0.01)) low = middle;
    else high = middle;
  }
  return low;
}

/** After how many trials a gate passes that has seen k hits, for every k: between two hits evidence only grows. */
function thresholds(needed, most) {
  const found = [];
  let trials = 0;
  for (let k = 0; trials <= most; k++) {
    const from = Math.max(k, trials);
    trials = from + needed(k, from);
    found.push(trials);
  }
  return found;
}

/** How many of the runs pass, by each rule; every rule sees the same runs. */
function passes(rules, rate, next) {
  const passed = rules.map(() => 0);
  const scale = 1 / Math.log1p(-rate);
  for (let run = 0; run < RUNS; run++) {
    const open = new Set(rules.keys());
    let trials = 0;
    for (let k = 0; trials < REQUESTS && open.size > 0; k++) {
      // The trial of the next hit.
      const hit = trials + 1 + Math.floor(Math.log(1 - next()) * scale);
      for (const at of open) {
        const { limits, least } = rules[at];
        const looked = Math.max(limits[k] ?? Number.POSITIVE_INFINITY, least);
        if (looked < hit && looked <= REQUESTS) {
          passed[at]++;
          open.delete(at);
        }
      }
      trials = hit;
    }
  }
  return passed;
}

const percent = (share) => `${(share * 100).toFixed(2)} %`;

function row(name, passed, runs) {
  const lower = lowerShare(passed, runs);
  const verdict = lower <= ALPHA ? "not above α" : "above α";
  console.log(
    `  ${name.padEnd(34)} ${percent(passed / runs).padStart(8)}  (99 % lower bound ${percent(lower)}: ${verdict})`,
  );
  return lower <= ALPHA;
}

let sound = true;
console.log(
  `maxMismatchRate, ${RUNS} runs of ${REQUESTS} requests, a look after every request, α ${percent(ALPHA)}`,
);
for (const rate of RATES) {
  const bound = thresholds((k, n) => cleanTrialsMissing(k, n, rate, ALPHA), REQUESTS);
  const wilson = thresholds((k, n) => cleanTrialsNeeded(k, n, rate), REQUESTS);
  const rules = [
    { limits: bound, least: 0 },
    { limits: wilson, least: 0 },
    { limits: wilson, least: 500 },
  ];
  const [ours, before, withLeast] = passes(rules, rate, randomOf(`mismatches at ${rate}`).next);
  console.log(`true rate and limit ${percent(rate)}`);
  sound = row("this gate", ours, RUNS) && sound;
  row("Wilson 95 %", before, RUNS);
  row("Wilson 95 %, minComparisons 500", withLeast, RUNS);
}

/** Modern fails as many points more as the gate allows. Evidence for holding is greatest just before each error. */
console.log(
  `maxErrorRateIncrease, ${ERROR_RUNS} runs of ${ERROR_REQUESTS} requests to each side, a look before every error`,
);
for (const [usual, more] of [
  [0, 0.01],
  [0.01, 0.01],
]) {
  const { next } = randomOf(`errors ${usual} ${more}`);
  let passed = 0;
  for (let run = 0; run < ERROR_RUNS; run++) {
    let [modern, legacy] = [0, 0];
    for (let trials = 1; trials <= ERROR_REQUESTS; trials++) {
      const [m, l] = [next() < usual + more, next() < usual];
      if (!m && !l && trials < ERROR_REQUESTS) continue;
      const seen = { one: { hits: modern, trials: trials - 1 }, other: { hits: legacy, trials: trials - 1 } };
      if (lnDifferenceBelow({ ...seen, paired: false }, more) >= -Math.log(ALPHA)) {
        passed++;
        break;
      }
      if (m) modern++;
      if (l) legacy++;
    }
  }
  console.log(
    `legacy fails ${percent(usual)}, modern ${percent(usual + more)}, limit ${(more * 100).toFixed(0)} points`,
  );
  sound = row("this gate", passed, ERROR_RUNS) && sound;
}

/** A route's window: by path template its share of the requests and the rate at which it differs. */
const PART_LIMIT = 0.5;
const PART_RUNS = 1000;
const PART_REQUESTS = 20_000;
const route = {
  id: "a",
  match: { path: "/{rest+}" },
  shadow: { writes: "never" },
  compare: {},
  legacy: {},
  retired: false,
};
const gate = { maxMismatchRate: PART_LIMIT };

function stateOf(strata, compared, mismatched) {
  const counts = {
    ...NO_COUNTS,
    comparisons: { match: compared - mismatched, mismatch: mismatched, inconclusive: 0 },
    comparedMethods: { GET: compared },
    mismatchedMethods: { GET: mismatched },
    strata: Object.fromEntries(strata.flatMap(({ n, k }, i) => (n === 0 ? [] : [[`GET /t${i}`, [n, k]]]))),
  };
  const evidence = { route, position: { modern: 0, shadow: 100 }, counts, openedAt: 0, now: 1 };
  return evaluateGate(gate, evidence).state;
}

/** How many windows are at some time said to be `wanted`. Evidence for holding is greatest before a mismatch, for failing after one. */
function windows(templates, wanted, runs, requests) {
  const { next } = randomOf(`strata ${JSON.stringify(templates)}`);
  const ends = [];
  for (const { share } of templates) ends.push((ends.at(-1) ?? 0) + share);
  let found = 0;
  for (let run = 0; run < runs; run++) {
    const strata = templates.map(() => ({ n: 0, k: 0 }));
    let mismatched = 0;
    for (let request = 1; request <= requests; request++) {
      const at = next() * ends.at(-1);
      const index = ends.findIndex((end) => at < end);
      const hit = next() < templates[index].rate;
      if ((hit || request === requests) && wanted === "holds")
        if (stateOf(strata, request - 1, mismatched) === wanted) {
          found++;
          break;
        }
      strata[index].n++;
      if (!hit) continue;
      strata[index].k++;
      mismatched++;
      if (wanted === "fails" && stateOf(strata, request, mismatched) === wanted) {
        found++;
        break;
      }
    }
  }
  return found;
}

console.log(
  `maxMismatchRate ${PART_LIMIT} % by path template, ${PART_RUNS} windows of ${PART_REQUESTS} requests, a look at every mismatch`,
);
const rest = { share: 0.998, rate: 0 };
const many = (count, each) => Array.from({ length: count }, () => each);
const whole = [PART_RUNS, PART_REQUESTS];
for (const [name, templates, wanted, runs, requests] of [
  ["holds: 0.2 % wholly wrong", [rest, { share: 0.002, rate: 1 }], "holds", ...whole],
  [
    "holds: 1 % wrong one time in 5",
    [
      { share: 0.99, rate: 0 },
      { share: 0.01, rate: 0.2 },
    ],
    "holds",
    ...whole,
  ],
  [
    "holds: 80 % at the limit",
    [
      { share: 0.8, rate: 0.005 },
      { share: 0.2, rate: 0 },
    ],
    "holds",
    ...whole,
  ],
  // Each look is at thirty.
  ["fails: 30 templates at the limit", many(30, { share: 1, rate: 0.005 }), "fails", 200, 10_000],
])
  sound = row(name, windows(templates, wanted, runs, requests), runs) && sound;
process.exitCode = sound ? 0 : 1;
