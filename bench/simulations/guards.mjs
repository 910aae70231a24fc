// The law of the guards' detectors, simulated with seeds: how often healthy routes trip, and how fast a regression is found.
// node bench/simulations/guards.mjs [millions of error events]
import { ALARM, ShareDetector } from "../../src/domain/proof/e-detector.ts";

/** mulberry32: a seed, the same numbers on every machine. */
export function seeded(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** False trips in so many error events of a healthy route. */
export function falseTrips(share, events, seed) {
  const random = seeded(seed);
  let detector = new ShareDetector();
  let trips = 0;
  for (let i = 0; i < events; i++) {
    detector.saw(random() < share, share);
    if (!detector.alarmed) continue;
    trips++;
    detector = new ShareDetector();
  }
  return trips;
}

/** Error events until the alarm, where modern begins to fail `ratio` times as often after `good` healthy ones. */
export function toDetection(share, ratio, good, seed) {
  const random = seeded(seed);
  const detector = new ShareDetector();
  for (let i = 0; i < good; i++) detector.saw(random() < share, share);
  const worse = (share * ratio) / (1 - share + share * ratio);
  for (let events = 1; ; events++) {
    detector.saw(random() < worse, share);
    if (detector.alarmed) return events;
  }
}

export function median(numbers) {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];
}

if (import.meta.main) {
  const millions = Number(process.argv[2] ?? 10);
  console.log(`alarm at ${ALARM}`);
  let all = 0;
  for (const share of [0.01, 0.05, 0.1, 0.25, 0.5, 0.9]) {
    const trips = falseTrips(share, millions * 1e6, 1 + Math.round(share * 100));
    all += trips;
    console.log(`share ${share}: ${trips} false trips in ${millions} million error events`);
  }
  console.log(`all shares: ${all} in ${6 * millions} million`);
  for (const share of [0.01, 0.05, 0.1, 0.25, 0.5])
    for (const ratio of [3, 10, 30]) {
      const found = Array.from({ length: 1001 }, (_, seed) => toDetection(share, ratio, 5000, seed));
      console.log(`share ${share}, ${ratio} times the errors after 5,000 good events: found in a median of ${median(found)}`);
    }
}
