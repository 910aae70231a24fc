/** The comparison worker's entry. */
import { parentPort, workerData } from "node:worker_threads";
import { decide } from "./decide.ts";
import type { WorkerSetup } from "./wire.ts";
import { serveJobs } from "./worker-loop.ts";

if (parentPort !== null) serveJobs(parentPort, workerData as WorkerSetup, decide);
