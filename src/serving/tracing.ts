import { isDeepStrictEqual } from "node:util";
import { compileNetworks, type TrustedNetworks } from "../domain/client-address.ts";
import type { Clock } from "../domain/clock.ts";
import { Sampler } from "../domain/sampler.ts";
import type { ServingConfig } from "../domain/serving-config.ts";
import { thresholdOf } from "../domain/split.ts";
import type { EndedSpan, SpanAttributes, Trace, TracingSettings } from "../domain/tracing.ts";
import type { Tracing } from "../layers/contract.ts";
import { SpanExporter } from "../observe/span-exporter.ts";
import { VERSION } from "../version.ts";
import type { ServingProblem } from "./contract.ts";

/** Spans that wait when a front door ends, or when traces go elsewhere, are sent for so long. */
const LAST_SPANS_MS = 1_000;
const TRACE_BYTES = 16;
const SPAN_BYTES = 8;

interface InForce {
  readonly settings: TracingSettings;
  readonly exporter: SpanExporter;
}

/** How requests are traced, by the files that were read last; and what became of the spans, by all files so far. */
export class TracingInForce {
  private readonly clock: Clock;
  private readonly sampler: Sampler;
  /** Of exporters that files have left: spans of requests that began under those files are still counted there. */
  private readonly past: SpanExporter["counts"][] = [];
  private now: InForce | undefined;

  constructor(clock: Clock) {
    this.clock = clock;
    this.sampler = new Sampler(clock.hex(16));
  }

  /** For chains of these files. Spans that end under others whose traces went elsewhere are dropped, and counted. */
  of({ tracing, trustedProxies }: Pick<ServingConfig, "tracing" | "trustedProxies">): Tracing | undefined {
    const trusted = compileNetworks(trustedProxies);
    if (isDeepStrictEqual(this.now?.settings, tracing)) return this.tracing(trusted);
    const { now } = this;
    if (now !== undefined) {
      this.past.push(now.exporter.counts);
      void now.exporter.close(LAST_SPANS_MS);
    }
    const random = () => this.sampler.next() / 2 ** 32;
    this.now = tracing && {
      settings: tracing,
      exporter: new SpanExporter({ settings: tracing, version: VERSION, random }),
    };
    return this.tracing(trusted);
  }

  /** Since this process began. */
  counts(): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const each of [...this.past, ...(this.now === undefined ? [] : [this.now.exporter.counts])])
      for (const [result, count] of Object.entries(each)) counts[result] = (counts[result] ?? 0) + count;
    return Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0));
  }

  get held(): number {
    return this.now?.exporter.held ?? 0;
  }

  problems(): readonly ServingProblem[] {
    const message = this.now?.exporter.problem();
    return message === undefined ? [] : [{ kind: "tracing", message }];
  }

  async close(): Promise<void> {
    await this.now?.exporter.close(LAST_SPANS_MS);
  }

  private tracing(trusted: TrustedNetworks): Tracing | undefined {
    if (this.now === undefined) return undefined;
    const { settings, exporter } = this.now;
    const { clock, sampler } = this;
    const { xray, parents, samplePercent } = settings;
    const threshold = thresholdOf(samplePercent);
    return {
      ...{ clock, xray, parents },
      draw: () => sampler.next() < threshold,
      trusts: (address) => trusted.has(address),
      begin: (traceId) => new RequestTrace(traceId ?? freshTraceId(clock, xray), clock, exporter),
    };
  }
}

/** X-Ray wants the time of a trace's beginning in its id. */
function freshTraceId(clock: Clock, xray: boolean): string {
  if (!xray) return clock.hex(TRACE_BYTES);
  const seconds = Math.floor(clock.now() / 1000);
  return seconds.toString(16).padStart(8, "0") + clock.hex(TRACE_BYTES - 4);
}

class RequestTrace implements Trace {
  readonly traceId: string;
  readonly spanId: string;
  private readonly clock: Clock;
  private readonly exporter: SpanExporter;
  /** What `micros` of the clock is ahead of the epoch. */
  private readonly offset: number;

  constructor(traceId: string, clock: Clock, exporter: SpanExporter) {
    this.traceId = traceId;
    this.clock = clock;
    this.exporter = exporter;
    this.spanId = this.fresh();
    this.offset = clock.now() * 1000 - clock.micros();
  }

  fresh(): string {
    return this.clock.hex(SPAN_BYTES);
  }

  at(micros: number): number {
    return Math.round(micros + this.offset);
  }

  end(span: Omit<EndedSpan, "traceId">): void {
    this.exporter.ended({ ...span, traceId: this.traceId });
  }

  child(name: string, attributes: SpanAttributes = {}): ReturnType<Trace["child"]> {
    const { clock } = this;
    const startMicros = this.at(clock.micros());
    return (error, more = {}) =>
      this.end({
        spanId: this.fresh(),
        parentId: this.spanId,
        name,
        kind: "internal",
        startMicros,
        endMicros: this.at(clock.micros()),
        attributes: { ...attributes, ...more, "error.type": error },
        error,
      });
  }
}
