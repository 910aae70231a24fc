// What a modern that is rolled out may be like, and the requests that its clients send. Everything is drawn from one seed.
import { cohortPrefix, splitHash } from "../../src/domain/split.ts";
import { randomOf } from "./random.ts";

/** Latencies of a side, in microseconds: log-normal, median 20 ms, p99 about 64 ms. Drawn once, then taken from by chance. */
const LATENCIES = (() => {
  const random = randomOf(7).next;
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return Float64Array.from({ length: 65_536 }, () => 20_000 * Math.exp(0.5 * normal()));
})();

export const usual = {
  /** Requests a second. */
  rate: () => 10,
  /** Share of requests that either side fails, whoever asks. */
  errors: () => 0.001,
  /** What modern adds to that. */
  modernErrors: () => 0,
  /** Share of answers that differ. */
  mismatches: () => 0.0005,
  /** Templates that modern answers wrongly, as the share of requests that they are. */
  broken: 0,
  /** Factor of both sides' latency at a moment, and of modern's alone for some requests. */
  slow: () => 1,
  modernSlow: { share: 0, factor: 1 },
  /** Weight of the heaviest client among 2,000. */
  heavy: 1,
  heavyErrors: undefined,
};

const TEMPLATES = Array.from({ length: 20 }, (_, i) => `items/${"abcdefghijklmnopqrst".charAt(i)}`);

const HOUR = 3_600_000;

/** What modern may begin to do while it serves. */
export const FAULTS = [
  { name: "fails 1 %", modernErrors: () => 0.01 },
  { name: "fails 5 %", modernErrors: () => 0.05 },
  { name: "is down", modernErrors: () => 1 },
  { name: "is slow at p99", modernSlow: { share: 0.03, factor: 5 } },
];

/**
 * `good`: it should reach 100 %. `bad`: it should not. `silent`: what it shows is that nobody advances on silence.
 * `turns`: guards should take it back.
 */
export const SCENARIOS = [
  { name: "good", kind: "good" },
  { name: "noisy: bursts on both sides", kind: "good", bursts: true },
  {
    name: "sticky heavy users",
    kind: "good",
    // One client is a third of the traffic, and fails fifty times as often on either side.
    heavy: 1_000,
    heavyErrors: 0.05,
  },
  {
    name: "drifting base rate",
    kind: "good",
    errors: (ms) => 0.006 + 0.005 * Math.sin((ms / (2 * HOUR)) * 2 * Math.PI),
    slow: (ms) => 1 + 0.5 * Math.sin((ms / (3 * HOUR)) * 2 * Math.PI),
  },
  { name: "slightly worse", kind: "bad", mismatches: () => 0.0075 },
  { name: "broken at 1 %", kind: "bad", modernErrors: () => 0.01 },
  { name: "broken for one template of 1 %", kind: "bad", broken: 0.01 },
  { name: "slow at p99", kind: "bad", modernSlow: { share: 0.03, factor: 5 } },
  { name: "no traffic", kind: "silent", rate: () => 0 },
  { name: "traffic that stops", kind: "silent", stops: true },
  // Beside the ten: of all requests it is below the bound.
  { name: "broken for a template of 0.2 %", kind: "bad", broken: 0.002 },
  // Beside the ten: good until clients are on it, and then gates are too late.
  ...FAULTS.map((fault) => ({
    ...fault,
    name: `${fault.name}, once 10 % are on it`,
    kind: "turns",
    turnsAt: 10,
  })),
].map((scenario) => ({ ...usual, ...scenario }));

/** Times at which both sides fail 5 % and are twice as slow, a few minutes each. */
function burstsOf(random, horizonMs) {
  const bursts = [];
  for (let at = 0; at < horizonMs; at += (10 + 40 * random()) * 60_000)
    bursts.push([at, at + (1 + 3 * random()) * 60_000]);
  return bursts;
}

/**
 * One rollout's clients: when they ask, and what either side answers. `faultFrom`: ms from which on modern is as the scenario says,
 * and before it as legacy is.
 */
export function trafficOf(scenario, seed, { horizonMs, faultFrom = 0, rate = 1 }) {
  const random = randomOf(seed).next;
  const latency = () => LATENCIES[(random() * 65_536) | 0];
  const prefix = cohortPrefix("a");
  const clients = Array.from({ length: 2_000 }, (_, i) => splitHash(prefix, `client-${seed}-${i}`));
  const heavyShare = scenario.heavy / (scenario.heavy + clients.length - 1);
  const bursts = scenario.bursts ? burstsOf(random, horizonMs) : [];
  const stopsAt = scenario.stops ? (5 + 30 * random()) * 60_000 : Number.POSITIVE_INFINITY;
  const isBurst = (ms) => bursts.some(([from, to]) => ms >= from && ms < to);
  const never = { share: 0, factor: 1 };
  return {
    /** When the last request came, ms since the rollout began. */
    lastAt: Number.NEGATIVE_INFINITY,
    /** How many requests come in so many seconds from then on: about a Poisson count, by its normal neighbour. */
    arrivals(ms, seconds) {
      if (ms >= stopsAt) return 0;
      const mean = scenario.rate(ms) * rate * seconds;
      const sixths = random() + random() + random() + random() + random() + random() - 3;
      const requests = Math.max(0, Math.round(mean + Math.sqrt(mean) * sixths * Math.SQRT2));
      if (requests > 0) this.lastAt = ms;
      return requests;
    },
    /** What is so of all requests of a moment. */
    moment(ms) {
      const burst = isBurst(ms);
      const faulty = ms >= faultFrom;
      return {
        errors: burst ? 0.05 : scenario.errors(ms),
        modernErrors: faulty ? scenario.modernErrors(ms) : 0,
        mismatches: scenario.mismatches(ms),
        broken: faulty ? scenario.broken : 0,
        slow: scenario.slow(ms) * (burst ? 2 : 1),
        modernSlow: faulty ? scenario.modernSlow : never,
      };
    },
    /** One request: the client's hash, and what each side would answer. */
    draw(moment) {
      const heavy = random() < heavyShare;
      const hash = clients[heavy ? 0 : 1 + ((random() * (clients.length - 1)) | 0)];
      const base = heavy && scenario.heavyErrors !== undefined ? scenario.heavyErrors : moment.errors;
      // What fails a request by itself fails it on both sides more often than not, and what is wrong with a client always does.
      const alone = heavy ? 0 : base * 0.2;
      const shared = random() < base - alone;
      const { share, factor } = moment.modernSlow;
      const inBroken = random() < moment.broken;
      return {
        hash,
        failed: {
          legacy: shared || random() < alone,
          modern: shared || random() < alone + moment.modernErrors,
        },
        // Twenty path templates that are right, and the one that is not.
        path: inBroken ? "refunds/17" : TEMPLATES[(random() * TEMPLATES.length) | 0],
        wrong: inBroken || random() < moment.mismatches,
        micros: {
          legacy: latency() * moment.slow,
          modern: latency() * moment.slow * (random() < share ? factor : 1),
        },
      };
    },
  };
}

/** Which side serves a client where modern has so many percent. */
export function sideOf(hash, modern) {
  return hash < (modern / 100) * 0xffffffff || modern === 100 ? "modern" : "legacy";
}
