import { pino } from "pino";
import { murmur2Latin1, thresholdOf } from "../domain/split.ts";
import type { AccessLog, Log } from "./contract.ts";
import { createLineWriter } from "./line-writer.ts";
import { redactHost, redactId, redactTarget } from "./redact.ts";

interface AccessLogOptions {
  /** Of requests without an error, 0 to 100. */
  readonly samplePercent: number;
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
  let asked = 0;

  return {
    wants(status, error, requestId) {
      if (error !== undefined || status >= 500 || status === 0) return true;
      if (threshold === 0) return false;
      // Its own prefix: which requests are logged must not follow which are shadowed, drawn from the same id.
      return murmur2Latin1(`log:${requestId ?? asked++}`) < threshold;
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
