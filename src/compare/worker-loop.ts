import type { MessagePort } from "node:worker_threads";
import type { CompareOptions } from "../domain/route.ts";
import type { ComparisonJob, Verdict } from "./contract.ts";
import { inconclusive, MATCH } from "./verdict.ts";
import { type JobBatch, READY, unpackBatch, type VerdictBatch, type WorkerSetup } from "./wire.ts";

/** Answers each batch of jobs with a batch of verdicts. A comparison that throws is `comparator_error`. */
export function serveJobs(
  port: MessagePort,
  setup: WorkerSetup,
  verdictOf: (job: ComparisonJob) => Verdict,
): void {
  const current = new Int32Array(setup.current);
  const known = new Map<number, CompareOptions>();
  const settled = (job: ComparisonJob): Verdict => {
    try {
      return verdictOf(job);
    } catch {
      return inconclusive("comparator_error");
    }
  };
  port.on("message", (batch: JobBatch) => {
    const matches: number[] = [];
    const others: [number, Verdict][] = [];
    for (const { serial, job } of unpackBatch(batch, known)) {
      Atomics.store(current, 0, serial);
      const verdict = settled(job);
      if (verdict === MATCH) matches.push(serial);
      else others.push([serial, verdict]);
    }
    Atomics.store(current, 0, 0);
    const verdicts: VerdictBatch = { matches, others };
    port.postMessage(verdicts);
  });
  port.postMessage(READY);
}
