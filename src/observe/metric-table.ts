import type { Shape } from "../domain/counter-shapes.ts";
import { COUNTER_LIST, type CounterMetric } from "../domain/counters.ts";
import { type MetricInfo, ONE_SERIES as ONE } from "./metric-info.ts";
import { POLICY_METRICS } from "./policy-metrics.ts";
import { SOCKET_METRICS } from "./socket-metrics.ts";
import { WORKER_METRICS } from "./worker-metrics.ts";

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

/** Every metric of our own: the names, labels and words that both the exposition and its reference page are made from. */
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
    help: "Seconds from a client request's head to the end of its answer, of a WebSocket until it opens.",
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
    help: "Alarms of guards by which this front door took a route back. The one whose entry is in the ledger, and those that lost to it, each count one.",
    appears: "With a route's first trip; at most one for each route.",
  },
  fig_autopilot_state: {
    type: "gauge",
    labels: ["state"],
    help: "1 for what the autopilot is in, as this front door saw it last: `off`, `running`, or `paused` by a person or since a route was taken back. The others are 0.",
    appears: "Always; three series.",
  },
  fig_autopilot_moves_total: {
    type: "counter",
    labels: [],
    help: "Steps that the autopilot applied through this front door. Of a fleet one door applies each.",
    appears: ONE,
  },
  fig_guard_state: {
    type: "gauge",
    labels: ["route"],
    help: "How near a guard is to taking the route back, on this front door: the logarithm of its evidence by that of the alarm's. 0: nothing speaks for it, 1: it does.",
    appears:
      "With the first failure or comparison of a route with guards where it stands; at most one for each route.",
  },
  fig_guard_events_dropped_total: {
    type: "counter",
    labels: [],
    help: "Failures of routes with guards that guards were not told, because more than 1,000 came within 50 ms.",
    appears: ONE,
  },
  fig_webhook_notices_total: {
    type: "counter",
    labels: ["result"],
    help: "Notices to webhooks: `sent`, `failed` (a try that did not succeed), `given_up` after eight tries, `dropped` because 100 were waiting.",
    appears: "With the first of that kind; at most four.",
  },
  fig_rejected_total: {
    type: "counter",
    labels: ["code"],
    help: "Requests that the front door answered with an error of its own, by error code.",
    appears: "With the first error of that code; at most one for each code of the errors reference.",
  },
  ...POLICY_METRICS,
  fig_client_cookies_total: {
    type: "counter",
    labels: ["cache"],
    help: "Pages opened without fig_client (sticky: client). Their answers set it, and were private (`kept`), became it where nothing was said of caches (`private`) or a shared cache could have stored them (`made_private`), or went without it because they are meant for shared caches (`left_out`).",
    appears: "With the first of that kind; at most four.",
  },
  fig_pins_dropped_total: {
    type: "counter",
    labels: [],
    help: "Clients that a process forgot before their pinAfterWrite was over, because more than 16,384 wrote meanwhile. Those that keep cookies are pinned all the same.",
    appears: ONE,
  },
  fig_request_fields_dropped_total: {
    type: "counter",
    labels: ["field"],
    help: "Fields of requests that were dropped or replaced because their sender is not believed: X-Forwarded-* and the rest of that family, and spellings with underscores of what the front door writes or strips (`underscore`). Also trailers that were not announced, or that would change how a request is read (`trailer`).",
    appears: "With the first of that field; at most twelve.",
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
  fig_flush_pause_seconds: {
    type: "gauge",
    labels: [],
    help: "The pause between two writes of counters to the state store: 1 s, longer where a write takes more than 20 ms, 10 s at most. A process that is killed takes with it what it counted since the last one.",
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
    help: "Client requests by the lane that took them: fast (raw sockets), node (node:http) or h2 (HTTP/2).",
    appears: "With the first request of a lane; at most three.",
  },
  fig_lane_handovers_total: {
    type: "counter",
    labels: ["reason"],
    help: "Connections that the lane which accepted them handed on, by what was not plain enough: to the node lane, and of reason http2 to the HTTP/2 lane. All later requests on them stay there.",
    appears: "With the first handover of that reason; at most twelve.",
  },
  fig_http2_sessions_ended_total: {
    type: "counter",
    labels: ["reason"],
    help: "HTTP/2 connections that ended with an error of HTTP/2's (RFC 9113 section 7), by its name, or `connection_lost`. `enhance_your_calm`: a client that floods.",
    appears: "With the first connection that ended so; at most fifteen.",
  },
  fig_http2_limits_total: {
    type: "counter",
    labels: ["limit"],
    help: "How often HTTP/2 connections came to a limit: as many requests at once as limits.streams (`streams`: its client waits), or more streams reset (`resets`), PING and SETTINGS frames (`control_frames`) or bytes that belong to no request and no body (`overhead_bytes`) than a connection may have, which ended it.",
    appears: "With the first of that limit; at most four.",
  },
  fig_tls_handshakes_total: {
    type: "counter",
    labels: ["result"],
    help: "TLS handshakes of clients: `full` and `resumed` ones succeeded. The others: plain HTTP on a TLS port (`plain_http`), no valid client certificate where one is required (`client_certificate`), too slow (`timeout`), closed for a newer one at limits.handshakes (`limit`), left by the client (`client_left`), or no agreement on version, cipher and the like (`failed`). `acme_challenge` is a certificate authority that looked for a tls-alpn-01 challenge and found it.",
    appears: "With the first of that result; at most nine.",
  },
  fig_tls_handshakes_under_way: {
    type: "gauge",
    labels: [],
    help: "Client connections that are in a TLS handshake, or before the end of a PROXY header, now.",
    appears: ONE,
  },
  fig_certificate_expires_seconds: {
    type: "gauge",
    labels: ["name"],
    help: "When the TLS certificate in force ends, seconds since 1970, by its first name; of several with one name, the first to end. A client certificate is `upstream NAME`, by who is shown it.",
    appears: "For every name of a certificate of `listen`, and every upstream with `tls.cert`.",
  },
  fig_acme_orders_total: {
    type: "counter",
    labels: ["result"],
    help: "Certificates that this front door ordered by ACME, by how that ended: `issued` or `failed`. After a failure the last certificate stays in force, and it is tried again.",
    appears: "With the first of that result; at most two.",
  },
  fig_acme_challenges_total: {
    type: "counter",
    labels: ["type"],
    help: "Challenges of ACME that a certificate authority asked this front door for and found, whichever one of the fleet ordered: `http-01` or `tls-alpn-01`.",
    appears: "With the first of that type; at most two.",
  },
  fig_proxy_protocol_refused_total: {
    type: "counter",
    labels: ["reason"],
    help: "Connections closed on a listener with proxyProtocol: their sender is not in trustedProxies (`untrusted`), began with something else than a PROXY header (`malformed`), was too slow (`timeout`), left (`client_left`), or was closed for a newer one at limits.handshakes (`limit`).",
    appears: "With the first of that reason; at most five.",
  },
  fig_reads_rested_total: {
    type: "counter",
    labels: [],
    help: "Times that a connection, a client's or an upstream's, was not read for a turn, since it had brought its share of it: others go first.",
    appears: ONE,
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
  fig_controls_total: {
    type: "counter",
    labels: ["outcome"],
    help: "Times that legacy was to be asked once more beside a shadow (compare.control), by outcome: sent, shed (a bound was reached, the shadow went alone), timeout, error, raced (a write of the same sticky key overlapped it).",
    appears: "With the first of that outcome; at most five.",
  },
  fig_noise_paths: {
    type: "gauge",
    labels: [],
    help: "Paths known now of which controls said something, in all evidence windows.",
    appears: ONE,
  },
  fig_earlier_writes: {
    type: "gauge",
    labels: [],
    help: "Sticky keys of which it is remembered that a write differed, or reached one side alone.",
    appears: ONE,
  },
  fig_earlier_writes_forgotten_total: {
    type: "counter",
    labels: [],
    help: "Those that made room for others: differences after their writes are no longer told so.",
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
  fig_mismatch_bytes_held: {
    type: "gauge",
    labels: [],
    help: "Bytes that differences and their samples take in memory now, about.",
    appears: ONE,
  },
  fig_mismatch_rows_folded_total: {
    type: "counter",
    labels: [],
    help: "Differences that were added to the `(other)` row of their kind, as there were too many paths or bytes of them.",
    appears: ONE,
  },
  fig_whole_answers_total: {
    type: "counter",
    labels: ["outcome"],
    help: "Differing requests on routes with compare.samples.bodies: kept whole (`kept`); not made, as those that are kept tell as much (`enough`), others were being made (`busy`) or the comparing thread failed (`failed`); not written, as the state was away for too long (`unwritten`) or their key cannot be read (`unsealed`); or taken out of the state, at samples.total (`evicted`).",
    appears: "With the first of an outcome; 7.",
  },
  fig_files_dropped_total: {
    type: "counter",
    labels: ["reason"],
    help: "Sets of files that were in force and are known by their entry in the ledger alone: larger than one may be (`too_large`), or the oldest beyond the number and the bytes that are kept (`gave_way`).",
    appears: "With the first of a reason; 2.",
  },
  fig_waiting_bytes_held: {
    type: "gauge",
    labels: [],
    help: "Bytes of bodies that were read and that their receivers, clients and upstreams, have not taken yet.",
    appears: ONE,
  },
  fig_reads_shortened_total: {
    type: "counter",
    labels: [],
    help: "Reads that were to bring 16 KiB at most instead of 256, as more than 32 MiB waited for receivers.",
    appears: ONE,
  },
  fig_upstream_tries_total: {
    type: "counter",
    labels: ["upstream", "result"],
    help: "Requests sent to an upstream, each try by itself: the head of an answer came (`answered`), or what kept it from coming: no connection (`refused`, `connect_timeout`, `certificate`), or no answer (`timeout`, `reset`, `invalid`).",
    appears: "With an upstream's first try of that result; upstreams × 7.",
  },
  fig_upstream_retries_total: {
    type: "counter",
    labels: ["upstream"],
    help: "Tries that `retries` added, after a try that failed; messages of a batch that are sent again.",
    appears: "With an upstream's first retry; at most one for each upstream.",
  },
  fig_upstream_ejections_total: {
    type: "counter",
    labels: ["upstream"],
    help: "Times that an address was left out for a while because requests to it failed.",
    appears: "With an upstream's first ejection; at most one for each upstream.",
  },
  fig_upstream_health_checks_total: {
    type: "counter",
    labels: ["upstream", "result"],
    help: "Health checks, `passed` or `failed`. They are no traffic and are counted nowhere else.",
    appears: "With an upstream's first check of that result; upstreams × 2.",
  },
  fig_upstream_limits_total: {
    type: "counter",
    labels: ["upstream", "limit"],
    help: "Times that a bound of an upstream was reached: a request waited too long for one of `connections.max` (`connections`) or found the queue for them full (`queue`), an address was not left out because too many are (`ejection`), a request was not tried again because the budget was spent (`retry_budget`), all HTTP/2 connections to an address were full and one more was made (`streams`), one took no further requests because too many on it were given up (`resets`), one was silent and did not answer a ping (`silence`).",
    appears: "With the first of that bound; upstreams × 7.",
  },
  fig_upstream_members: {
    type: "gauge",
    labels: ["upstream", "condition"],
    help: "Addresses of an upstream by whether they get requests: `up`, `down` (their health checks fail), `ejected`, `trial` (one request is to tell whether it is back), `standby` (of a family that cannot be reached while the other can).",
    appears: "For every upstream of the files in force; upstreams × 5.",
  },
  fig_upstream_connections: {
    type: "gauge",
    labels: ["upstream", "state"],
    help: "Connections to an upstream, `busy` with a request or a tunnel, or `idle`.",
    appears: "For every upstream of the files in force; upstreams × 2.",
  },
  fig_upstream_waiting: {
    type: "gauge",
    labels: ["upstream"],
    help: "Requests that wait for a connection to an upstream, or for its name to be looked up.",
    appears: "For every upstream of the files in force; at most one for each.",
  },
  fig_upstream_addresses_left_out: {
    type: "gauge",
    labels: ["upstream"],
    help: "Addresses of an upstream's names beyond the 256 of each name that are used.",
    appears: "For every upstream of the files in force; at most one for each.",
  },
  fig_admin_refused_total: {
    type: "counter",
    labels: ["reason"],
    help: "What the admin API refused: tokens that are not the one (`wrong_token`), tries of an address that sent too many of those (`too_many_attempts`), older connections closed to make room for a new one (`connection_limit`), event streams disconnected as their readers did not read them (`unread_stream`), and connections ended because too many of their requests waited for an answer to be taken (`pipelined`).",
    appears: "Always; five series.",
  },
  fig_log_lines_dropped_total: {
    type: "counter",
    labels: [],
    help: "Access log lines dropped: their destination could not keep up, or took none.",
    appears: ONE,
  },
  fig_log_lines_cut_total: {
    type: "counter",
    labels: ["log"],
    help: "Lines of the `access` log and of the operational log (`door`) of which something was left out, because it was too long to be looked through for credentials.",
    appears: "Always; two series.",
  },
  ...SOCKET_METRICS,
  ...WORKER_METRICS,
  fig_build_info: {
    type: "gauge",
    labels: ["version", "node"],
    help: "Always 1; the versions are in the labels.",
    appears: ONE,
  },
} as const satisfies Readonly<Record<string, MetricInfo>>;

export type MetricName = keyof typeof METRICS;
