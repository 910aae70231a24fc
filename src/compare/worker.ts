/** The comparison worker's entry. */
import { setPriority } from "node:os";
import { parentPort, workerData } from "node:worker_threads";
import { verdictOf } from "./verdict.ts";
import type { WorkerSetup } from "./wire.ts";
import { serveJobs } from "./worker-loop.ts";

/** On Linux a nice value is a thread's own: where both want one core, the serving thread goes first. */
const BEHIND_CLIENTS = 10;

function runBehindClients(): void {
  if (process.platform !== "linux") return;
  try {
    setPriority(0, BEHIND_CLIENTS);
  } catch {
    // Not allowed here: the thread runs as the others do.
  }
}

if (parentPort !== null) {
  runBehindClients();
  serveJobs(parentPort, workerData as WorkerSetup, verdictOf);
}
