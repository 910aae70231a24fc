// The law of the guards' detectors, simulated with seeds: how often healthy routes trip, and how fast a regression is found.
// npm run simulate:guards [-- MILLIONS OF ERROR EVENTS]
import { ALARM } from "../../src/domain/proof/e-detector.ts";
import { falseTrips, median, toDetection } from "./guard-streams.ts";

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
    console.log(
      `share ${share}, ${ratio} times the errors after 5,000 good events: found in a median of ${median(found)}`,
    );
  }
