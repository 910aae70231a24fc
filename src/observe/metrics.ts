import { setImmediate as turn } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { Registry } from "prom-client";
import type { WindowCounts } from "../domain/counters.ts";
import { FigError } from "../domain/errors.ts";
import type { Metrics, MetricsGauges } from "./contract.ts";
import { type MetricsMessage, type RouteSnapshot, snapshotOf } from "./metrics-snapshot.ts";
import { threadMetrics } from "./node-metrics.ts";

type RouteTotal = readonly [route: string, counts: WindowCounts];

export interface MetricsOptions {
  /** Counts by route since serving began, each worked out when it is asked for. */
  readonly totals: () => Iterable<RouteTotal> | AsyncIterable<RouteTotal>;
  readonly gauges: () => MetricsGauges | Promise<MetricsGauges>;
  /** The package's version. */
  readonly version: string;
  /** A rendering that takes longer is given up, its thread ended. Default 10 s. */
  readonly deadlineMs?: number;
}

/** Routes counted before clients get a turn: under half a millisecond. */
const ROUTES_A_TURN = 16;

/** Old-space bound of the rendering thread: past it a scrape fails, not the process. */
const RENDER_HEAP_MB = 512;

/** tsc does not rewrite URLs: the worker has this file's own extension. */
const workerUrl = new URL(
  import.meta.url.endsWith(".ts") ? "./metrics-worker.ts" : "./metrics-worker.js",
  import.meta.url,
);

/** Node's own metrics are the process's, however many front doors it holds; collected from the first scrape on. */
let ofThread: Registry | undefined;

function unavailable(message: string, cause?: unknown): FigError {
  return new FigError("metrics_unavailable", message, { cause, remedy: "Scrape again." });
}

export function createMetrics(options: MetricsOptions): Metrics {
  const { totals, gauges, version, deadlineMs = 10_000 } = options;
  const build = { version, node: process.versions.node };
  let worker: Worker | undefined;
  let rendering: Promise<Uint8Array> | undefined;
  let closed = false;

  function startWorker(): Worker {
    const started = new Worker(workerUrl, {
      name: "fig-metrics",
      resourceLimits: { maxOldGenerationSizeMb: RENDER_HEAP_MB },
    });
    started.unref();
    // An error ends the thread, not the process: a scrape under way listens for itself, the next starts another.
    const forget = () => {
      if (worker === started) worker = undefined;
    };
    started.on("error", forget).on("exit", forget);
    return started;
  }

  /** Resolves with the worker's next message. Call before the last message is posted. */
  function answerOf(asked: Worker): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      const settle = (act: () => void) => {
        clearTimeout(timer);
        asked.off("message", onMessage).off("error", onError).off("exit", onExit).unref();
        act();
      };
      const onMessage = (body: Uint8Array) => settle(() => resolve(body));
      const onError = (cause: unknown) =>
        settle(() => reject(unavailable("Rendering the metrics failed.", cause)));
      const onExit = () => settle(() => reject(unavailable("The metrics thread ended.")));
      const timer = setTimeout(() => {
        settle(() => reject(unavailable(`Rendering the metrics took more than ${deadlineMs} ms.`)));
        if (worker === asked) worker = undefined;
        void asked.terminate();
      }, deadlineMs);
      asked.on("message", onMessage).on("error", onError).on("exit", onExit).ref();
    });
  }

  async function send(to: Worker): Promise<void> {
    const post = (message: MetricsMessage) => to.postMessage(message);
    let routes: RouteSnapshot[] = [];
    for await (const [route, counts] of totals()) {
      routes.push(snapshotOf(route, counts));
      if (routes.length < ROUTES_A_TURN) continue;
      post({ kind: "routes", routes });
      routes = [];
      await turn();
    }
    post({ kind: "routes", routes });
    ofThread ??= threadMetrics();
    post({ kind: "end", gauges: await gauges(), build, ofThread: await ofThread.metrics() });
  }

  async function scrape(): Promise<Uint8Array> {
    if (closed) throw unavailable("The front door is closing.");
    worker ??= startWorker();
    const asked = worker;
    const answer = answerOf(asked);
    // Sending may fail first; then nobody is left to hear of the answer's failure.
    answer.catch(() => {});
    try {
      await send(asked);
    } catch (cause) {
      // It has half a scrape: a fresh one starts clean.
      worker = undefined;
      void asked.terminate();
      throw unavailable("Reading the counters failed.", cause);
    }
    return answer;
  }

  return {
    contentType: Registry.PROMETHEUS_CONTENT_TYPE,
    render() {
      rendering ??= scrape().finally(() => {
        rendering = undefined;
      });
      return rendering;
    },
    async close() {
      closed = true;
      await worker?.terminate();
    },
  };
}
