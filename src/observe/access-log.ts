import { pino } from "pino";
import { Sampler } from "../domain/sampler.ts";
import { thresholdOf } from "../domain/split.ts";
import type { AccessLog, Log } from "./contract.ts";
import { createLineWriter } from "./line-writer.ts";
import { redactHost, redactId, redactTarget } from "./redact.ts";

interface AccessLogOptions {
  /** Of requests without an error, 0 to 100. */
  readonly samplePercent: number;
  /** What the sample is drawn from: 24 hex digits or more of chance. */
  readonly secret: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** File descriptor; default 1, stdout. */
  readonly fd?: number;
  /** Bytes held while the reader is slow; past it lines are dropped and counted. Default 8 MiB. */
  readonly maxBytes?: number;
  /** Hears once when lines get through again after some were dropped. */
  readonly log?: Log;
}

export interface ClosableAccessLog extends AccessLog {
  readonly dropped: number;
  /** Writes what is gathered, waiting at most a second for a slow reader. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

const FLUSH_MS = 1_000;

/** One JSON line a request: time, level, msg "request" and the fields of AccessRecord, durations in ms. */
export function createAccessLog(options: AccessLogOptions): ClosableAccessLog {
  const { samplePercent, now, fd = 1, maxBytes = 8 * 1024 * 1024, log } = options;
  const threshold = thresholdOf(samplePercent);
  const writer = createLineWriter({
    fd,
    gatherBytes: 4096,
    maxBytes,
    onRecovered: (lines) => {
      log?.warn({ lines }, "access log lines were dropped: the reader of the log did not keep up");
    },
  });
  const lines = pino(
    {
      base: null,
      timestamp: () => `,"time":"${new Date(now()).toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    writer,
  );
  const sampler = new Sampler(options.secret);

  return {
    wants(status, error) {
      if (error !== undefined || status >= 500 || status === 0) return true;
      if (threshold === 0) return false;
      return sampler.next() < threshold;
    },
    write({ requestId, method, target, host, micros, ...record }) {
      // What a client chooses freely. The other fields are the front door's own.
      const safe = {
        method: redactId(method),
        requestId: redactId(requestId),
        target: redactTarget(target),
        host: redactHost(host),
      };
      lines.info({ ...record, ...safe, durationMs: Math.round(micros) / 1000 }, "request");
    },
    get dropped() {
      return writer.dropped;
    },
    flush: () => writer.flush(FLUSH_MS),
    close: () => writer.close(FLUSH_MS),
  };
}
