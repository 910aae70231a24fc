import type { MetricInfo } from "./metric-info.ts";

/** Of the processes that serve, where there are several. */
export const WORKER_METRICS = {
  fig_workers: {
    type: "gauge",
    labels: ["state"],
    help: "Processes that serve, by what they do: serving, starting, or waiting to be started again. All other metrics but those of node and process are the sum over them.",
    appears: "With `workers` above 1; three series.",
  },
  fig_worker_exits_total: {
    type: "counter",
    labels: ["reason"],
    help: "Workers that ended unasked: by a signal (`signal`), by themselves (`error`), or because they no longer answered (`hung`). Each is replaced.",
    appears: "With the first of that reason; at most three.",
  },
  fig_worker_uncounted_seconds_total: {
    type: "counter",
    labels: [],
    help: "Seconds for which workers that ended had not told what they counted: usually less than one each. What they counted then is in no metric and no evidence.",
    appears: "With the first worker that ended.",
  },
} as const satisfies Readonly<Record<string, MetricInfo>>;
