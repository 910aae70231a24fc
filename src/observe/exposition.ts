import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { Shape } from "../domain/counter-shapes.ts";
import { COUNTER_LIST } from "../domain/counters.ts";
import { MEMBER_CONDITIONS, type UpstreamState } from "../domain/upstream-state.ts";
import type { MetricsGauges } from "./contract.ts";
import { LATENCY_EDGES_SECONDS } from "./latency-buckets.ts";
import { METRICS, type MetricName } from "./metric-table.ts";
import { type BuildInfo, PERCENTILES, type RouteSnapshot, type SideSnapshot } from "./metrics-snapshot.ts";

type Labels = Readonly<Record<string, string>>;

interface HistogramLine {
  readonly metricName: string;
  readonly value: number;
  readonly labels: { readonly le?: number | string };
  readonly sharedLabels: Labels;
}

/** A histogram whose buckets were counted elsewhere: prom-client only writes them down. */
class CountedHistogram extends Histogram {
  private readonly metricName: string;
  private readonly lines: HistogramLine[] = [];

  constructor(metricName: MetricName, registry: Registry) {
    const { help, labels } = METRICS[metricName];
    super({ name: metricName, help, labelNames: [...labels], registers: [registry] });
    this.metricName = metricName;
  }

  put(route: string, counts: SideSnapshot): void {
    const sharedLabels = { route, side: counts.side };
    const line = (suffix: string, value: number, labels: HistogramLine["labels"]) => {
      this.lines.push({ metricName: `${this.metricName}_${suffix}`, value, labels, sharedLabels });
    };
    counts.latencies.forEach((value, i) => {
      line("bucket", value, { le: LATENCY_EDGES_SECONDS[i] as number });
    });
    line("bucket", counts.requests, { le: "+Inf" });
    line("sum", counts.sumSeconds, {});
    line("count", counts.requests, {});
  }

  /** What a registry asks for, in place of `get`, where a metric has it (prom-client 15, lib/registry.js). */
  async getForPromString() {
    const { help } = METRICS[this.metricName as MetricName];
    return { name: this.metricName, help, type: "histogram", values: this.lines };
  }
}

/** What became of requests; the other words say what became of answers. */
const CACHE_RESULTS: ReadonlySet<string> = new Set(["hit", "miss", "stale", "revalidated", "bypass"]);

/** What is counted of WebSocket APIs, by kind: its metric, and what stands in its label. */
const SOCKET_COUNTERS: Readonly<Record<string, readonly [MetricName, ...string[]]>> = {
  connect: ["fig_websocket_connects_total", "result"],
  message: ["fig_websocket_messages_total", "direction"],
  error: ["fig_websocket_errors_total", "kind"],
  close: ["fig_websocket_closes_total", "code", "reason"],
  limit: ["fig_websocket_limits_total", "limit"],
  ask: ["fig_websocket_asks_total", "operation", "status"],
};

/** One scrape's metrics of our own. Series nobody counted in are not made. */
export class Exposition {
  private readonly registry = new Registry();
  private readonly counters = new Map<MetricName, Counter>();
  private readonly gauges = new Map<MetricName, Gauge>();
  private readonly requests: CountedHistogram;
  private readonly shadows: CountedHistogram;

  constructor() {
    for (const name of Object.keys(METRICS) as MetricName[]) {
      const { type, help, labels } = METRICS[name];
      if (type !== "counter") continue;
      const options = { name, help, labelNames: [...labels], registers: [this.registry] };
      this.counters.set(name, new Counter(options));
    }
    this.requests = new CountedHistogram("fig_request_duration_seconds", this.registry);
    this.shadows = new CountedHistogram("fig_shadow_duration_seconds", this.registry);
  }

  route({ route, answers, shadows, counts }: RouteSnapshot): void {
    for (const answer of answers) {
      this.requests.put(route, answer);
      this.quantiles("fig_request_duration_quantile_seconds", route, answer);
      this.count("fig_requests_total", answer.codes, (code) => ({ route, side: answer.side, code }));
    }
    for (const shadow of shadows) {
      this.shadows.put(route, shadow);
      this.quantiles("fig_shadow_duration_quantile_seconds", route, shadow);
    }
    for (const [name, { shape, metric }] of COUNTER_LIST) {
      if (metric !== undefined) this.counted(metric, shape, counts[name], { route });
    }
  }

  rest(gauges: MetricsGauges, build: BuildInfo): void {
    const positions = this.gauge("fig_position_percent");
    for (const { route, modern, shadow } of gauges.positions) {
      positions.set({ route, kind: "modern" }, modern);
      positions.set({ route, kind: "shadow" }, shadow);
    }
    this.gauge("fig_ledger_revision").set(gauges.ledgerRevision);
    this.gauge("fig_store_reachable").set(gauges.storeReachable ? 1 : 0);
    this.gauge("fig_flush_pause_seconds").set(gauges.counterPauseSeconds);
    if (gauges.apiKeysAgeSeconds !== undefined)
      this.gauge("fig_api_keys_age_seconds").set(gauges.apiKeysAgeSeconds);
    this.gauge("fig_connections").set(gauges.connections);
    this.gauge("fig_tls_handshakes_under_way").set(gauges.handshaking);
    for (const [name, seconds] of Object.entries(gauges.certificates))
      this.gauge("fig_certificate_expires_seconds").set({ name }, seconds);
    this.count("fig_tls_handshakes_total", gauges.handshakes, (result) => ({ result }));
    this.count("fig_acme_orders_total", gauges.acmeOrders, (result) => ({ result }));
    this.count("fig_acme_challenges_total", gauges.acmeChallenges, (type) => ({ type }));
    this.count("fig_proxy_protocol_refused_total", gauges.proxyRefused, (reason) => ({ reason }));
    this.gauge("fig_limit_keys").set(gauges.limitKeys);
    this.gauge("fig_limit_doors").set(gauges.limitDoors);
    this.gauge("fig_limit_bytes_held").set(gauges.limitBytesHeld);
    this.gauge("fig_shadow_bytes_held").set(gauges.shadowBytesHeld);
    this.gauge("fig_body_bytes_held").set(gauges.bodyBytesHeld);
    this.gauge("fig_compress_bytes_held").set(gauges.compressBytesHeld);
    this.gauge("fig_noise_paths").set(gauges.noisePaths);
    this.gauge("fig_earlier_writes").set(gauges.earlierWrites);
    this.count("fig_controls_total", gauges.controls, (outcome) => ({ outcome }));
    this.gauge("fig_mismatch_bytes_held").set(gauges.mismatchBytesHeld);
    this.gauge("fig_waiting_bytes_held").set(gauges.waitingBytesHeld);
    for (const [state, count] of Object.entries(gauges.workers ?? {}))
      this.gauge("fig_workers").set({ state }, count);
    this.count("fig_worker_exits_total", gauges.workerExits ?? {}, (reason) => ({ reason }));
    const { workerUncountedSeconds = 0 } = gauges;
    this.count("fig_worker_uncounted_seconds_total", { "": workerUncountedSeconds }, () => ({}));
    this.gauge("fig_build_info").set({ version: build.version, node: build.node }, 1);
    this.count("fig_lane_requests_total", gauges.laneRequests, (lane) => ({ lane }));
    this.count("fig_lane_handovers_total", gauges.laneHandovers, (reason) => ({ reason }));
    this.count("fig_http2_sessions_ended_total", gauges.sessionsEnded, (reason) => ({ reason }));
    this.count("fig_http2_limits_total", gauges.http2Limits, (limit) => ({ limit }));
    this.count("fig_policy_verdicts_total", gauges.policyVerdicts, (key) => {
      const [route = "", policy = "", verdict = ""] = key.split("\t");
      return { route, policy, verdict };
    });
    this.gauge("fig_token_cache_bytes").set(gauges.tokenCacheBytes);
    this.count("fig_token_cache_total", gauges.tokenCache, (result) => ({ result }));
    this.count("fig_identity_tokens_total", gauges.identityTokens, (result) => ({ result }));
    this.count("fig_jwks_fetches_total", gauges.keyFetches, (key) => {
      const [issuer = "", result = ""] = key.split("\t");
      return { issuer, result };
    });
    for (const [issuer, processes] of Object.entries(gauges.keysStale))
      this.gauge("fig_jwks_stale").set({ issuer }, processes);
    this.count("fig_authorizer_calls_total", gauges.authorizerCalls, (result) => ({ result }));
    this.count("fig_authorizer_answers_total", gauges.authorizerCache, (from) => ({ from }));
    this.count("fig_authorizer_limits_total", gauges.authorizerLimits, (limit) => ({ limit }));
    for (const [state, count] of Object.entries(gauges.authorizerQuestions))
      this.gauge("fig_authorizer_questions").set({ state }, count);
    this.gauge("fig_authorizer_kept_bytes").set(gauges.authorizerBytesKept);
    this.cache(gauges);
    this.count("fig_login_calls_total", gauges.loginCalls, (key) => {
      const [call = "", result = ""] = key.split("\t");
      return { call, result };
    });
    this.websockets(gauges);
    this.count("fig_login_limits_total", gauges.loginLimits, (limit) => ({ limit }));
    this.count("fig_rejected_total", gauges.rejected, (code) => ({ code }));
    this.count("fig_client_cookies_total", gauges.clientCookies, (cache) => ({ cache }));
    this.counters.get("fig_pins_dropped_total")?.inc(gauges.pinsDropped);
    this.count("fig_request_fields_dropped_total", gauges.fieldsDropped, (field) => ({ field }));
    this.count("fig_admin_refused_total", gauges.adminRefused, (reason) => ({ reason }));
    this.count("fig_body_work_failed_total", gauges.bodyWorkFailed, (reason) => ({ reason }));
    this.count("fig_spans_total", gauges.spans, (result) => ({ result }));
    this.gauge("fig_span_bytes_held").set(gauges.spanBytesHeld);
    this.count("fig_log_lines_cut_total", gauges.logLinesCut, (log) => ({ log }));
    for (const upstream of gauges.upstreams) this.upstream(upstream);
    const { moves = 0, state = "off" } = gauges.autopilot ?? {};
    for (const each of ["off", "running", "paused"] as const)
      this.gauge("fig_autopilot_state").set({ state: each }, each === state ? 1 : 0);
    this.counters.get("fig_autopilot_moves_total")?.inc(moves);
    this.count("fig_guard_trips_total", gauges.guardTrips ?? {}, (route) => ({ route }));
    for (const [route, nearness] of Object.entries(gauges.guardStates))
      this.gauge("fig_guard_state").set({ route }, nearness);
    this.count("fig_webhook_notices_total", gauges.webhooks, (result) => ({ result }));
    this.counters.get("fig_guard_events_dropped_total")?.inc(gauges.guardEventsDropped);
    this.counters.get("fig_shadow_reservations_refused_total")?.inc(gauges.shadowsRefused);
    this.counters.get("fig_limit_shared_total")?.inc(gauges.limitShared);
    this.counters.get("fig_limit_local_total")?.inc(gauges.limitLocal);
    this.count("fig_cache_voids_total", gauges.cacheVoids, (result) => ({ result }));
    this.count("fig_limit_told_total", gauges.limitTold, (result) => ({ result }));
    this.counters.get("fig_body_reservations_refused_total")?.inc(gauges.bodiesRefused);
    this.counters.get("fig_compress_reservations_refused_total")?.inc(gauges.compressionsRefused);
    this.counters.get("fig_reads_rested_total")?.inc(gauges.readsRested);
    this.count("fig_whole_answers_total", gauges.wholeAnswers, (outcome) => ({ outcome }));
    this.count("fig_files_dropped_total", gauges.filesDropped, (reason) => ({ reason }));
    this.counters.get("fig_mismatch_rows_folded_total")?.inc(gauges.mismatchRowsFolded);
    this.counters.get("fig_earlier_writes_forgotten_total")?.inc(gauges.earlierWritesForgotten);
    this.counters.get("fig_reads_shortened_total")?.inc(gauges.readsShortened);
    this.counters.get("fig_half_closed_cancelled_total")?.inc(gauges.halfClosedCancelled);
    this.counters.get("fig_log_lines_dropped_total")?.inc(gauges.logLinesDropped);
  }

  private cache({ cacheBytesHeld, cacheStored, cacheCounts }: MetricsGauges): void {
    this.gauge("fig_cache_bytes_held").set(cacheBytesHeld);
    for (const [key, value] of Object.entries(cacheStored)) {
      const [route = "", side = "", name = ""] = key.split("\t");
      this.gauge(name === "bytes" ? "fig_cache_bytes" : "fig_cache_entries").set({ route, side }, value);
    }
    for (const [key, value] of Object.entries(cacheCounts)) {
      const [route = "", side = "", name = ""] = key.split("\t");
      if (CACHE_RESULTS.has(name))
        this.count("fig_cache_requests_total", { [name]: value }, (result) => ({ route, side, result }));
      else this.count("fig_cache_events_total", { [name]: value }, (event) => ({ route, side, event }));
    }
  }

  private websockets({ websocketsOpen, websocketCounts }: MetricsGauges): void {
    for (const [api, open] of Object.entries(websocketsOpen))
      this.gauge("fig_websocket_connections").set({ api }, open);
    for (const [key, value] of Object.entries(websocketCounts)) {
      const [kind = "", api = "", label = ""] = key.split("\t");
      const counted = SOCKET_COUNTERS[kind];
      if (counted === undefined) continue;
      const [name, ...labels] = counted;
      const parts = label.split(" ");
      const named = Object.fromEntries(labels.map((each, at) => [each, parts[at] ?? ""]));
      this.count(name, { [label]: value }, () => ({ api, ...named }));
    }
  }

  private upstream(state: UpstreamState): void {
    const { name: upstream, members, tries, retries, ejections, limited } = state;
    const { addresses, ...limits } = limited;
    const health = { passed: state.checksPassed, failed: state.checksFailed };
    this.count("fig_upstream_tries_total", tries, (result) => ({ upstream, result }));
    this.count("fig_upstream_retries_total", { "": retries }, () => ({ upstream }));
    this.count("fig_upstream_ejections_total", { "": ejections }, () => ({ upstream }));
    this.count("fig_upstream_health_checks_total", health, (result) => ({ upstream, result }));
    this.count("fig_upstream_limits_total", limits, (limit) => ({ upstream, limit }));
    const inCondition = this.gauge("fig_upstream_members");
    for (const condition of MEMBER_CONDITIONS) {
      const count = members.filter((member) => member.condition === condition).length;
      inCondition.set({ upstream, condition }, count);
    }
    const sum = (of: "requests" | "idle") => members.reduce((total, member) => total + member[of], 0);
    this.gauge("fig_upstream_connections").set({ upstream, state: "busy" }, sum("requests"));
    this.gauge("fig_upstream_connections").set({ upstream, state: "idle" }, sum("idle"));
    this.gauge("fig_upstream_waiting").set({ upstream }, state.waiting);
    this.gauge("fig_upstream_addresses_left_out").set({ upstream }, addresses);
  }

  /** Prometheus text format 0.0.4. */
  text(): Promise<string> {
    return this.registry.metrics();
  }

  private gauge(name: MetricName): Gauge {
    let gauge = this.gauges.get(name);
    if (gauge === undefined) {
      const { help, labels } = METRICS[name];
      gauge = new Gauge({ name, help, labelNames: [...labels], registers: [this.registry] });
      this.gauges.set(name, gauge);
    }
    return gauge;
  }

  private quantiles(name: MetricName, route: string, { side, quantiles }: SideSnapshot): void {
    for (const [i, seconds] of quantiles.entries())
      this.gauge(name).set({ route, side, percentile: String(PERCENTILES[i]) }, seconds);
  }

  private counted(name: MetricName, shape: Shape, value: unknown, labels: Labels): void {
    const values = value as Readonly<Record<string, number>>;
    if (shape.kind === "count") this.count(name, { "": value as number }, () => labels);
    else if (shape.kind === "record") this.count(name, values, (key) => ({ ...labels, [shape.label]: key }));
    else if (shape.kind === "group") {
      for (const [key, part] of Object.entries(shape.parts))
        this.counted(name, part, values[key], { ...labels, [shape.label]: key });
    }
  }

  private count(
    name: MetricName,
    counts: Readonly<Record<string, number | undefined>>,
    labelsOf: (key: string) => Labels,
  ): void {
    const counter = this.counters.get(name);
    for (const key of Object.keys(counts)) {
      const value = counts[key] ?? 0;
      if (value > 0) counter?.inc(labelsOf(key), value);
    }
  }
}
