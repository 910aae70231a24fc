/** The comparison worker's entry. */
import { setPriority } from "node:os";
import { parentPort, workerData } from "node:worker_threads";
import type { ComparisonJob, Verdict } from "./contract.ts";
import { MATCH, verdictOf } from "./verdict.ts";
import { wholeContent } from "./whole/content.ts";
import type { WorkerSetup } from "./wire.ts";
import { serveJobs } from "./worker-loop.ts";

/**
 * A nice value: on Linux each thread has its own. Where both threads want one core, the serving thread goes first, and before this
 * one those that collect for it (engine.ts): it waits for them.
 */
const BEHIND_CLIENTS = 19;

function runBehindClients(): void {
  if (process.platform !== "linux") return;
  try {
    setPriority(0, BEHIND_CLIENTS);
  } catch {
    // It is not allowed here, so the thread runs as the others do.
  }
}

function answerOf(job: ComparisonJob): Verdict {
  const { whole } = job;
  return whole === undefined ? verdictOf(job) : { ...MATCH, whole: JSON.stringify(wholeContent(job, whole)) };
}

if (parentPort !== null) {
  runBehindClients();
  serveJobs(parentPort, workerData as WorkerSetup, answerOf);
}
