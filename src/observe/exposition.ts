import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { Shape } from "../domain/counter-shapes.ts";
import { COUNTER_LIST } from "../domain/counters.ts";
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
    this.gauge("fig_connections").set(gauges.connections);
    this.gauge("fig_shadow_bytes_held").set(gauges.shadowBytesHeld);
    this.gauge("fig_body_bytes_held").set(gauges.bodyBytesHeld);
    this.gauge("fig_build_info").set({ version: build.version, node: build.node }, 1);
    this.count("fig_lane_requests_total", gauges.laneRequests, (lane) => ({ lane }));
    this.count("fig_lane_handovers_total", gauges.laneHandovers, (reason) => ({ reason }));
    this.count("fig_rejected_total", gauges.rejected, (code) => ({ code }));
    this.count("fig_client_cookies_total", gauges.clientCookies, (cache) => ({ cache }));
    this.count("fig_request_fields_dropped_total", gauges.fieldsDropped, (field) => ({ field }));
    this.count("fig_admin_refused_total", gauges.adminRefused, (reason) => ({ reason }));
    this.count("fig_guard_trips_total", gauges.guardTrips ?? {}, (route) => ({ route }));
    this.counters.get("fig_shadow_reservations_refused_total")?.inc(gauges.shadowsRefused);
    this.counters.get("fig_body_reservations_refused_total")?.inc(gauges.bodiesRefused);
    this.counters.get("fig_half_closed_cancelled_total")?.inc(gauges.halfClosedCancelled);
    this.counters.get("fig_log_lines_dropped_total")?.inc(gauges.logLinesDropped);
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
