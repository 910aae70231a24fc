/** Streams of error events, seeded, and what a guard's detector makes of them. */
import { ShareDetector } from "../../src/domain/proof/e-detector.ts";

/** mulberry32: a seed, the same numbers on every machine. */
export function seeded(seed: number): () => number {
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
export function falseTrips(share: number, events: number, seed: number): number {
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
export function toDetection(share: number, ratio: number, good: number, seed: number): number {
  const random = seeded(seed);
  const detector = new ShareDetector();
  for (let i = 0; i < good; i++) detector.saw(random() < share, share);
  const worse = (share * ratio) / (1 - share + share * ratio);
  for (let events = 1; ; events++) {
    detector.saw(random() < worse, share);
    if (detector.alarmed) return events;
  }
}

export function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] as number;
}
