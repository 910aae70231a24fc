import type { Shape } from "../domain/counter-shapes.ts";
import { COUNTER_LIST, type CounterMetric } from "../domain/counters.ts";

/** Every metric of our own: the names, labels and words that both the exposition and its reference page are made from. */
export interface MetricInfo {
  readonly type: "counter" | "gauge" | "histogram";
  readonly labels: readonly string[];
  readonly help: string;
  /** When a series appears, and how many there can be. */
  readonly appears: string;
}

const ONE = "Always; one series.";

/** By what a counter of this shape is told apart, beside the route, and in how many ways. */
function labelsOf(shape: Shape): readonly (readonly [label: string, names: number])[] {
  if (shape.kind === "record") return [[shape.label, shape.names.length]];
  if (shape.kind !== "group") return [];
  const parts = Object.values(shape.parts);
  return [[shape.label, parts.length], ...labelsOf(parts[0] as Shape)];
}

function ofCounters(): Readonly<Record<CounterMetric, MetricInfo>> {
  const metrics = COUNTER_LIST.flatMap(([, { shape, metric, help }]): (readonly [string, MetricInfo])[] => {
    if (metric === undefined) return [];
    const all = labelsOf(shape);
    const labels = all.map(([label]) => label);
    const appears =
      all.length === 0
        ? "With a route's first; at most one for each route."
        : `With a route's first of that ${labels.join(" and ")}; routes × ${all.map(([, names]) => names).join(" × ")}.`;
    return [[metric, { type: "counter", labels: ["route", ...labels], help, appears }]];
  });
  return Object.fromEntries(metrics) as Record<CounterMetric, MetricInfo>;
}

export const METRICS = {
  fig_requests_total: {
    type: "counter",
    labels: ["route", "side", "code"],
    help: "Client requests answered, by route, serving side and status code; code 0: no status was sent.",
    appears: "With a route's first answer of that side and code; routes × 2 × codes seen.",
  },
  fig_request_duration_seconds: {
    type: "histogram",
    labels: ["route", "side"],
    help: "Seconds from a client request's head to the end of its answer.",
    appears: "With a route's first answer of that side; routes × 2.",
  },
  fig_request_duration_quantile_seconds: {
    type: "gauge",
    labels: ["route", "side", "percentile"],
    help: "Percentiles 50, 95 and 99 of fig_request_duration_seconds since the process began, within 1.6 %.",
    appears: "With a route's first answer of that side; routes × 2 × 3.",
  },
  fig_shadow_duration_seconds: {
    type: "histogram",
    labels: ["route", "side"],
    help: "Seconds from sending a shadow to the end of its answer.",
    appears: "With a route's first shadow answer of that side; routes × 2.",
  },
  fig_shadow_duration_quantile_seconds: {
    type: "gauge",
    labels: ["route", "side", "percentile"],
    help: "Percentiles 50, 95 and 99 of fig_shadow_duration_seconds since the process began, within 1.6 %.",
    appears: "With a route's first shadow answer of that side; routes × 2 × 3.",
  },
  ...ofCounters(),
  fig_position_percent: {
    type: "gauge",
    labels: ["route", "kind"],
    help: "Where a route stands: percent served by modern, percent shadowed.",
    appears: "For every route of the table in force; routes × 2.",
  },
  fig_guard_trips_total: {
    type: "counter",
    labels: ["route"],
    help: "Shifts back that a guard made by itself. There are no guards yet.",
    appears: "With a route's first trip; at most one for each route.",
  },
  fig_rejected_total: {
    type: "counter",
    labels: ["code"],
    help: "Requests that the front door answered with an error of its own, by error code.",
    appears: "With the first error of that code; at most one for each code of the errors reference.",
  },
  fig_client_cookies_total: {
    type: "counter",
    labels: ["cache"],
    help: "Pages opened without fig_client (sticky: client). Their answers set it, and were private (`kept`), became it where nothing was said of caches (`private`) or a shared cache could have stored them (`made_private`), or went without it because they are meant for shared caches (`left_out`).",
    appears: "With the first of that kind; at most four.",
  },
  fig_request_fields_dropped_total: {
    type: "counter",
    labels: ["field"],
    help: "Fields of requests that were dropped or replaced because their sender is not believed: X-Forwarded-* and the rest of that family, and spellings with underscores of what the front door writes or strips (`underscore`). Also trailers that were not announced, or that would change how a request is read (`trailer`).",
    appears: "With the first of that field; at most eleven.",
  },
  fig_ledger_revision: {
    type: "gauge",
    labels: [],
    help: "The ledger revision in force in this process.",
    appears: ONE,
  },
  fig_store_reachable: {
    type: "gauge",
    labels: [],
    help: "1 while the state store answers, 0 while the last known positions stay in force without it.",
    appears: ONE,
  },
  fig_connections: {
    type: "gauge",
    labels: [],
    help: "Client connections open now.",
    appears: ONE,
  },
  fig_half_closed_cancelled_total: {
    type: "counter",
    labels: [],
    help: "Requests cancelled because their clients had ended their side of the connection, and nothing was written to them within timeouts.halfClosed. Tunnels too, of which either end had ended and nothing passed for so long.",
    appears: ONE,
  },
  fig_lane_requests_total: {
    type: "counter",
    labels: ["lane"],
    help: "Client requests by the lane that took them: fast (raw sockets) or node (node:http).",
    appears: "With the first request of a lane; at most two.",
  },
  fig_lane_handovers_total: {
    type: "counter",
    labels: ["reason"],
    help: "Connections that the fast lane handed to the node lane, by what was not plain enough. All later requests on them stay there.",
    appears: "With the first handover of that reason; at most eleven.",
  },
  fig_shadow_bytes_held: {
    type: "gauge",
    labels: [],
    help: "Bytes held for shadows now, across tee, queue and comparison.",
    appears: ONE,
  },
  fig_shadow_reservations_refused_total: {
    type: "counter",
    labels: [],
    help: "Times that a shadow asked for bytes beyond limits.shadowMemory and was shed.",
    appears: ONE,
  },
  fig_body_bytes_held: {
    type: "gauge",
    labels: [],
    help: "Bytes of request bodies that layers hold now.",
    appears: ONE,
  },
  fig_body_reservations_refused_total: {
    type: "counter",
    labels: [],
    help: "Times a layer asked for bytes past limits.bodyMemory and did without.",
    appears: ONE,
  },
  fig_admin_refused_total: {
    type: "counter",
    labels: ["reason"],
    help: "What the admin API refused: tokens that are not the one (`wrong_token`), tries of an address that sent too many of those (`too_many_attempts`), and older connections closed to make room for a new one (`connection_limit`).",
    appears: "Always; three series.",
  },
  fig_log_lines_dropped_total: {
    type: "counter",
    labels: [],
    help: "Access log lines dropped because their destination could not keep up.",
    appears: ONE,
  },
  fig_build_info: {
    type: "gauge",
    labels: ["version", "node"],
    help: "Always 1; the versions are in the labels.",
    appears: ONE,
  },
} as const satisfies Readonly<Record<string, MetricInfo>>;

export type MetricName = keyof typeof METRICS;
