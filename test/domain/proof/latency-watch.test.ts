import { expect, test } from "vitest";
import { randomOf } from "../../../bench/simulations/random.ts";
import { bucketOf, HISTOGRAM_BUCKETS, mergeHistograms, sparseOf } from "../../../src/domain/histogram.ts";
import { ALARM } from "../../../src/domain/proof/e-detector.ts";
import { LatencyWatch, slowerEvidence } from "../../../src/domain/proof/latency-watch.ts";

/** Log-normal, with a median of 20 ms; `slower`: times as slow. */
function latencies(random: () => number, count: number, slower = 1) {
  const buckets = new Float64Array(HISTOGRAM_BUCKETS);
  for (let i = 0; i < count; i++) {
    const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    const bucket = bucketOf(20_000 * Math.exp(0.5 * normal) * slower);
    buckets[bucket] = (buckets[bucket] as number) + 1;
  }
  return sparseOf(buckets);
}

test("twice as slow is found where half as slow again may be, and at the limit it is not", () => {
  const random = randomOf(5).next;
  const evidence = (slower: number) =>
    slowerEvidence(latencies(random, 30_000), latencies(random, 10_000, slower), 0.99, 1.5);
  expect(evidence(2.5)).toBeGreaterThan(Math.log(ALARM));
  expect(evidence(1.5)).toBeLessThan(Math.log(100));
  expect(evidence(1)).toBeLessThan(0);
});

test("a median half as slow again is found where a fifth may be, and at the limit it is not", () => {
  const random = randomOf(6).next;
  const evidence = (slower: number) =>
    slowerEvidence(latencies(random, 9_000), latencies(random, 3_000, slower), 0.5, 1.2);
  expect(evidence(1.5)).toBeGreaterThan(Math.log(ALARM));
  expect(evidence(1.2)).toBeLessThan(Math.log(100));
});

test("no more than one in a hundred runs at the limit comes to a hundred, with a look at each step", () => {
  let came = 0;
  for (let run = 0; run < 200; run++) {
    const random = randomOf(run).next;
    const legacy = new Float64Array(HISTOGRAM_BUCKETS);
    const modern = new Float64Array(HISTOGRAM_BUCKETS);
    const add = (to: Float64Array, more: readonly number[]) => {
      for (let i = 0; i < more.length; i += 2)
        to[more[i] as number] = (to[more[i] as number] as number) + (more[i + 1] as number);
    };
    for (let step = 0; step < 20; step++) {
      add(legacy, latencies(random, 60));
      add(modern, latencies(random, 20, 1.5));
      if (slowerEvidence(sparseOf(legacy), sparseOf(modern), 0.5, 1.5) < Math.log(100)) continue;
      came++;
      break;
    }
  }
  expect(came).toBeLessThanOrEqual(6);
});

test("a slow minute shows within it, after a good day", () => {
  const random = randomOf(9).next;
  const watch = new LatencyWatch({ p99: 1.5 });
  const sum = [new Float64Array(HISTOGRAM_BUCKETS), new Float64Array(HISTOGRAM_BUCKETS)] as const;
  const second = (now: number, slower: number, busy = 1) => {
    for (const [side, count] of [300 * busy, 100 * busy].entries()) {
      const more = latencies(random, count, side === 1 ? slower : 1);
      for (let i = 0; i < more.length; i += 2)
        (sum[side] as Float64Array)[more[i] as number] =
          ((sum[side] as Float64Array)[more[i] as number] as number) + (more[i + 1] as number);
    }
    return watch.counted(1, sparseOf(sum[0]), sparseOf(sum[1]), now);
  };
  // A good time, in big steps.
  let now = 0;
  for (let i = 0; i < 40; i++) {
    now += 30_000;
    expect(second(now, 1, 10)).toBeUndefined();
  }
  const began = now;
  let found: ReturnType<LatencyWatch["counted"]>;
  while (found === undefined && now - began < 120_000) {
    now += 1_000;
    found = second(now, 3);
  }
  expect(now - began).toBeLessThanOrEqual(60_000);
  expect(found?.seen).toMatch(/^modern's p99 is .* more than 1.5 times as slow$/);
});

/** Minutes from when modern became slower until it is found, where every minute is like the one before. */
function minutesToFind(goodMinutes: number): number {
  const random = randomOf(1).next;
  const [legacy, good, slow] = [latencies(random, 400), latencies(random, 100), latencies(random, 100, 1.45)];
  const watch = new LatencyWatch({ p95: 1.2 });
  const times = (histogram: readonly number[], minutes: number) =>
    histogram.map((value, at) => (at % 2 === 0 ? value : value * minutes));
  for (let minute = 1; minute < goodMinutes + 300; minute++) {
    const bad = Math.max(0, minute - goodMinutes);
    const modern = mergeHistograms([times(good, minute - bad), times(slow, bad)]);
    if (watch.counted(1, times(legacy, minute), modern, minute * 60_000)) return bad;
  }
  return Number.POSITIVE_INFINITY;
}

test("what takes many minutes to tell is found about as soon after a good day as at first", () => {
  const first = minutesToFind(0);
  expect(first).toBeGreaterThan(5);
  expect(minutesToFind(24 * 60)).toBeLessThanOrEqual(1.5 * first);
});

test("without answers of a side nothing is said", () => {
  expect(slowerEvidence([], [5, 10_000], 0.99, 1.5)).toBe(0);
});

test("one answer in thirty that became five times as slow is found within two hours at one request a second, by p999", () => {
  const random = randomOf(3).next;
  const sum = [new Float64Array(HISTOGRAM_BUCKETS), new Float64Array(HISTOGRAM_BUCKETS)] as const;
  const watch = new LatencyWatch({ p99: 1.5, p999: 1.5 });
  const add = (side: 0 | 1, more: readonly number[]) => {
    for (let i = 0; i < more.length; i += 2)
      sum[side][more[i] as number] = (sum[side][more[i] as number] as number) + (more[i + 1] as number);
  };
  const minutesUntilFound = (minutes: number, slow: number): number | undefined => {
    for (let minute = 1; minute <= minutes; minute++) {
      add(0, latencies(random, 540));
      add(1, latencies(random, 60 - slow));
      add(1, latencies(random, slow, 5));
      now += 60_000;
      const found = watch.counted(1, sparseOf(sum[0]), sparseOf(sum[1]), now);
      if (found !== undefined) return minute;
    }
    return undefined;
  };
  let now = 0;
  expect(minutesUntilFound(60, 0)).toBeUndefined();
  expect(minutesUntilFound(120, 2)).toBeLessThan(120);
});
