/** Rules that take modern back, each as its documentation has it, over the same answers. */
import { bucketOf, HISTOGRAM_BUCKETS, quantileMs, sparseOf } from "../../src/domain/histogram.ts";
import { LatencyWatch } from "../../src/domain/proof/latency-watch.ts";
import { RouteWatch } from "../../src/domain/proof/route-watch.ts";

const MINUTE = 60_000;

/** What one side answered within an interval. */
class Answers {
  counts = new Uint32Array(HISTOGRAM_BUCKETS);
  requests = 0;
  failed = 0;

  add(failed, micros) {
    this.requests++;
    if (failed) this.failed++;
    this.counts[bucketOf(micros)]++;
  }

  get p99() {
    return quantileMs(sparseOf(this.counts), 0.99) ?? 0;
  }
}

/** fig's guard: `guards: { errors: true, latency: { p99: 1.5, p999: 1.5 } }`. Every failure at once, latencies every ten seconds (a front door: every second). */
export class FigGuard {
  name = "fig's guard";
  everyMs = 10_000;
  sides = { legacy: new Answers(), modern: new Answers() };
  latency = new LatencyWatch({ p99: 1.5, p999: 1.5 });
  stand = { revision: 1, epoch: 0, percent: 0 };

  constructor(percent) {
    this.stand.percent = percent;
    const rules = {
      errors: true,
      latency: { p99: 1.5, p999: 1.5 },
      mismatches: undefined,
      sampleRatio: false,
      maxTrips: 3,
    };
    this.watch = new RouteWatch("a", rules, this.stand);
  }

  answered(side, failed, micros, key) {
    this.sides[side].add(failed, micros);
    if (!failed) return false;
    const witness = { route: "a", ...this.stand, kind: "errors", modern: side === "modern", key };
    return this.watch.saw({ ...witness, sample: { requestId: "", status: 500 } }, "") !== undefined;
  }

  looked(ms) {
    const { legacy, modern } = this.sides;
    return this.latency.counted(1, sparseOf(legacy.counts), sparseOf(modern.counts), ms) !== undefined;
  }
}

/** A success rate of an interval, against a bar. */
class SuccessRate {
  modern = new Answers();

  answered(side, failed, micros) {
    if (side === "modern") this.modern.add(failed, micros);
    return false;
  }

  take() {
    const { modern } = this;
    this.modern = new Answers();
    return modern;
  }
}

/**
 * Flagger (docs.flagger.app, "How it works", "Metrics Analysis"): each minute a success rate of 99 % and a p99 under a bound; the check fails without
 * requests; after `threshold` failed checks in one analysis it rolls back.
 */
export class Flagger extends SuccessRate {
  name = "Flagger's rule";
  everyMs = MINUTE;
  failedChecks = 0;

  looked() {
    const { requests, failed, p99 } = this.take();
    const passes = requests > 0 && failed / requests <= 0.01 && p99 <= FLAGGER.maxMs;
    if (!passes) this.failedChecks++;
    return this.failedChecks >= FLAGGER.threshold;
  }
}

/** Of the documentation's examples; its 500 ms would see nothing here, where p99 is 64 ms: 100 ms. */
export const FLAGGER = { threshold: 5, maxMs: 100 };

/**
 * Argo Rollouts ("Analysis & Progressive Delivery", background analysis): every five minutes a success rate, aborted by more than `failureLimit` failed
 * measurements, or by more than `consecutiveErrorLimit` in a row without a value.
 */
export class Argo extends SuccessRate {
  everyMs = 5 * MINUTE;
  failures = 0;
  errors = 0;

  constructor(bar) {
    super();
    this.bar = bar;
    this.name = `Argo's rule at ${bar * 100} %`;
  }

  looked() {
    const { requests, failed } = this.take();
    if (requests === 0) return ++this.errors > ARGO.consecutiveErrorLimit;
    this.errors = 0;
    if (1 - failed / requests < this.bar) this.failures++;
    return this.failures > ARGO.failureLimit;
  }
}

export const ARGO = { failureLimit: 3, consecutiveErrorLimit: 4 };
