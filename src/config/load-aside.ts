import { Worker } from "node:worker_threads";
import type { Environment } from "./environment.ts";
import { deepFreeze, frozenMap } from "./frozen.ts";
import type { LoadOptions, LoadResult } from "./load.ts";

/** tsc does not rewrite URLs: the worker has this file's own extension. */
const workerUrl = new URL(
  import.meta.url.endsWith(".ts") ? "./load-worker.ts" : "./load-worker.js",
  import.meta.url,
);

/** As it was before it came from another thread. */
function frozen(result: LoadResult): LoadResult {
  if (!result.ok) return deepFreeze(result);
  const { config } = result;
  return { ...result, config: deepFreeze({ ...config, upstreams: frozenMap(config.upstreams) }) };
}

/** loadConfig in a thread of its own, for a process that serves meanwhile. Rejects when the thread dies. */
export function loadAside(
  file: string,
  environment: Environment,
  options: LoadOptions = {},
): Promise<LoadResult> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(workerUrl, {
      name: "fig-load",
      workerData: { file, environment: { ...environment }, options },
    });
    worker.unref();
    worker.once("message", (result: LoadResult) => {
      resolve(frozen(result));
      void worker.terminate();
    });
    worker.once("error", reject);
    worker.once("exit", (code) => reject(new Error(`the loading thread ended with ${code}`)));
  });
}
