/** Streams of error events, seeded, and what a guard's detector makes of them. */
import { ShareDetector } from "../../src/domain/proof/e-detector.ts";
import { randomOf } from "./random.ts";

/** False trips in so many error events of a healthy route. */
export function falseTrips(share: number, events: number, seed: number): number {
  const random = randomOf(seed);
  let detector = new ShareDetector();
  let trips = 0;
  for (let i = 0; i < events; i++) {
    detector.saw(random.next() < share, share);
    if (!detector.alarmed) continue;
    trips++;
    detector = new ShareDetector();
  }
  return trips;
}

/** Error events until the alarm, where modern begins to fail `ratio` times as often after `good` healthy ones. */
export function toDetection(share: number, ratio: number, good: number, seed: number): number {
  const random = randomOf(seed);
  const detector = new ShareDetector();
  for (let i = 0; i < good; i++) detector.saw(random.next() < share, share);
  const worse = (share * ratio) / (1 - share + share * ratio);
  for (let events = 1; ; events++) {
    detector.saw(random.next() < worse, share);
    if (detector.alarmed) return events;
  }
}

export function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] as number;
}
