import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import type { EndedSpan, TracingSettings } from "../domain/tracing.ts";
import { envelopeOf, spanJson } from "./otlp.ts";

/** Spans in one batch, and how long the first of one waits. */
const BATCH_SPANS = 512;
const BATCH_WAIT_MS = 1_000;
/** Tries of one batch. */
const MAX_TRIES = 5;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;
/** Of an answer of the collector's that is read. */
const MAX_ANSWER_BYTES = 64 * 1024;
/** Statuses that ask for another try (OTLP specification, "Retryable Response Codes"). */
const RETRIED: ReadonlySet<number> = new Set([429, 502, 503, 504]);

type SpanResult = "exported" | "queue_full" | "rejected" | "failed";

interface SpanExporterOptions {
  readonly settings: TracingSettings;
  readonly version: string;
  /** 0 to below 1. */
  readonly random: () => number;
}

/** What became of one try. */
type Outcome =
  | { readonly kind: "taken"; readonly rejected: number }
  | { readonly kind: "again"; readonly waitMs: number | undefined; readonly why: string }
  | { readonly kind: "refused"; readonly why: string };

/**
 * Sends spans to an OTLP/HTTP collector, in batches, one at a time. What comes while the collector is slow waits within a bound;
 * past it spans are dropped and counted. Nobody waits for it.
 */
export class SpanExporter {
  readonly counts: Record<SpanResult, number> = { exported: 0, queue_full: 0, rejected: 0, failed: 0 };
  /** Bytes of spans that wait or are being sent. */
  held = 0;
  private readonly settings: TracingSettings;
  private readonly random: () => number;
  private readonly envelope: ReturnType<typeof envelopeOf>;
  private readonly agent: HttpAgent | HttpsAgent;
  private readonly url: URL;
  private queue: string[] = [];
  /** A span did not fit, and no batch has gone since. */
  private full = false;
  private timer: NodeJS.Timeout | undefined;
  private sending: Promise<void> | undefined;
  private closed = false;
  private readonly closing = new AbortController();
  /** What the collector did wrong last; undefined: it takes spans. */
  private trouble: string | undefined;

  constructor({ settings, version, random }: SpanExporterOptions) {
    this.settings = settings;
    this.random = random;
    this.envelope = envelopeOf(settings, version);
    this.url = new URL(settings.endpoint);
    const Agent = this.url.protocol === "https:" ? HttpsAgent : HttpAgent;
    this.agent = new Agent({ keepAlive: true, maxSockets: 1 });
  }

  ended(span: EndedSpan): void {
    if (this.closed) {
      this.counts.failed++;
      return;
    }
    // Of what will not be kept no text is made: a collector that hangs costs nothing more.
    const text = this.full ? "" : spanJson(span);
    this.full ||= this.held + text.length > this.settings.queueBytes;
    if (this.full) {
      this.counts.queue_full++;
      return;
    }
    this.held += text.length;
    this.queue.push(text);
    if (this.queue.length >= BATCH_SPANS) this.send();
    else if (this.timer === undefined && this.sending === undefined)
      this.timer = setTimeout(() => this.send(), BATCH_WAIT_MS);
  }

  /** In one sentence; undefined: nothing is wrong. */
  problem(): string | undefined {
    if (this.trouble === undefined) return undefined;
    return `tracing: the collector at ${this.url.origin} takes no spans: ${this.trouble}; up to ${this.settings.queueBytes} bytes wait, and more are dropped`;
  }

  /** Sends what waits, for so long, and ends. */
  async close(patienceMs: number): Promise<void> {
    this.closed = true;
    const timer = setTimeout(() => this.closing.abort(), patienceMs);
    this.send();
    while (this.sending !== undefined) await this.sending;
    clearTimeout(timer);
    clearTimeout(this.timer);
    this.agent.destroy();
  }

  private send(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.sending !== undefined || this.queue.length === 0) return;
    const batch = this.queue.splice(0, BATCH_SPANS);
    this.sending = this.sendBatch(batch).then(() => {
      this.sending = undefined;
      if (this.queue.length >= BATCH_SPANS || this.closed) this.send();
      else if (this.queue.length > 0) this.timer = setTimeout(() => this.send(), BATCH_WAIT_MS);
    });
  }

  private async sendBatch(batch: readonly string[]): Promise<void> {
    const { before, after } = this.envelope;
    const body = Buffer.from(`${before}${batch.join(",")}${after}`);
    let result: SpanResult = "failed";
    let rejected = 0;
    for (let tries = 1; tries <= MAX_TRIES && !this.closing.signal.aborted; tries++) {
      const outcome = await this.post(body);
      if (outcome.kind === "taken") {
        this.trouble = undefined;
        result = "exported";
        rejected = Math.min(batch.length, outcome.rejected);
        break;
      }
      this.trouble = outcome.why;
      if (outcome.kind === "refused") {
        result = "rejected";
        break;
      }
      if (tries < MAX_TRIES) await this.pause(outcome.waitMs ?? this.backoff(tries));
    }
    this.counts[result] += batch.length - rejected;
    this.counts.rejected += rejected;
    this.full = false;
    this.held -= batch.reduce((sum, text) => sum + text.length, 0);
  }

  /** Half of it is chance, so that many doors do not ask together. */
  private backoff(tries: number): number {
    const pause = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (tries - 1));
    return pause / 2 + (pause / 2) * this.random();
  }

  private pause(ms: number): Promise<void> {
    const { signal } = this.closing;
    return new Promise((resolve) => {
      const timer = setTimeout(over, ms);
      signal.addEventListener("abort", over, { once: true });
      function over() {
        clearTimeout(timer);
        signal.removeEventListener("abort", over);
        resolve();
      }
    });
  }

  private post(body: Buffer): Promise<Outcome> {
    const { agent, url, settings } = this;
    const send = url.protocol === "https:" ? httpsRequest : httpRequest;
    return new Promise((resolve) => {
      const asking = send(
        url,
        {
          method: "POST",
          agent,
          headers: {
            ...settings.headers,
            "content-type": "application/json",
            "content-length": body.length,
            "user-agent": "strangler-fig",
          },
          signal: AbortSignal.any([this.closing.signal, AbortSignal.timeout(settings.timeoutMs)]),
        },
        (answer) => {
          read(answer).then(
            (text) => resolve(outcomeOf(answer, text)),
            (error: Error) => resolve(again(error)),
          );
        },
      );
      asking.on("error", (error) => resolve(again(error)));
      asking.end(body);
    });
  }
}

function again(error: Error): Outcome {
  const code = (error as NodeJS.ErrnoException).code;
  return { kind: "again", waitMs: undefined, why: code ?? error.name };
}

async function read(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of answer) {
    bytes += (chunk as Buffer).length;
    if (bytes > MAX_ANSWER_BYTES) {
      answer.destroy();
      break;
    }
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString();
}

function outcomeOf({ statusCode = 0, headers }: IncomingMessage, text: string): Outcome {
  const why = `it answers ${statusCode}`;
  if (RETRIED.has(statusCode)) {
    const seconds = Number(headers["retry-after"] ?? Number.NaN);
    const waitMs = seconds >= 0 ? Math.min(LONGEST_PAUSE_MS, seconds * 1000) : undefined;
    return { kind: "again", waitMs, why };
  }
  return statusCode >= 200 && statusCode < 300
    ? { kind: "taken", rejected: rejectedOf(text) }
    : { kind: "refused", why };
}

/** Of a partial success (ExportTracePartialSuccess). */
function rejectedOf(text: string): number {
  try {
    const { partialSuccess } = JSON.parse(text) as { partialSuccess?: { rejectedSpans?: string | number } };
    const rejected = Number(partialSuccess?.rejectedSpans ?? 0);
    return Number.isSafeInteger(rejected) && rejected > 0 ? rejected : 0;
  } catch {
    return 0;
  }
}
