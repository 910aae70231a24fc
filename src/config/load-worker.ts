/** The loading thread's entry: thousands of routes take seconds to read, and clients are not to wait for them. */
import { parentPort, workerData } from "node:worker_threads";
import type { Environment } from "./environment.ts";
import { type LoadOptions, loadConfig } from "./load.ts";

if (parentPort === null) throw new Error("load-worker runs as a worker thread only");

const { file, environment, options } = workerData as {
  readonly file: string;
  readonly environment: Environment;
  readonly options: LoadOptions;
};
parentPort.postMessage(await loadConfig(file, environment, options));
