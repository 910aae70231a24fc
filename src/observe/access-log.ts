import { pino } from "pino";
import type { LogFormat } from "../domain/log-format.ts";
import { Sampler } from "../domain/sampler.ts";
import { thresholdOf } from "../domain/split.ts";
import type { AccessLog, Log } from "./contract.ts";
import { createLineWriter } from "./line-writer.ts";
import { lineOf } from "./log-line.ts";
import type { LogLine } from "./log-values.ts";
import { isCutInLog, redactHost, redactId, redactTarget } from "./redact.ts";

interface AccessLogOptions {
  /** Of requests without an error, 0 to 100. */
  readonly samplePercent: number;
  /** What the sample is drawn from: 24 hex digits or more of chance. */
  readonly secret: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Default: fig's own fields. */
  readonly format?: LogFormat;
  /** The front door's `name`. */
  readonly environment?: string | undefined;
  /** File descriptor, or a file's path; default 1, stdout. */
  readonly to?: number | string;
  /** Bytes held while the reader is slow; past it lines are dropped and counted. Default 8 MiB. */
  readonly maxBytes?: number;
  /** Other processes write to it too. */
  readonly shared?: boolean;
  /** Hears once when lines get through again after some were dropped. */
  readonly log?: Log;
}

export interface ClosableAccessLog extends AccessLog {
  readonly dropped: number;
  /** Lines so far of which a target, Host, method or request id was cut. */
  readonly cut: number;
  /** Why lines are lost now, as the system's code; undefined: they are not. */
  readonly failure: string | undefined;
  /** Opens its file anew: the one that has its name is another. */
  reopen(): void;
  /** Writes what is gathered, waiting at most a second for a slow reader. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

const FLUSH_MS = 1_000;

/**
 * One line a request. Without a format it is JSON: time, level, msg "request" and the fields of AccessRecord, durations in ms.
 */
export function createAccessLog(options: AccessLogOptions): ClosableAccessLog {
  const { samplePercent, now, to = 1, maxBytes = 8 * 1024 * 1024, shared = false, log } = options;
  const threshold = thresholdOf(samplePercent);
  const writer = createLineWriter({
    to,
    gatherBytes: 16 * 1024,
    maxBytes,
    shared,
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
  const { format = { kind: "fields" }, environment } = options;
  const formatted = format.kind === "fields" ? undefined : lineOf(format);
  let cut = 0;
  const sampler = new Sampler(options.secret);

  return {
    wants(status, error) {
      if (error !== undefined || status >= 500 || status === 0) return true;
      if (threshold === 0) return false;
      return sampler.next() < threshold;
    },
    write(whole, request) {
      const { requestId, method, target, host, micros, ...record } = whole;
      const isCut = isCutInLog(target, host, method, requestId);
      if (formatted !== undefined) {
        const line: LogLine = { record: whole, request, nowMs: now(), environment, isCut };
        writer.write(`${formatted(line)}\n`);
        if (line.isCut === true) cut++;
        return;
      }
      if (isCut) cut++;
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
    get cut() {
      return cut;
    },
    get failure() {
      return writer.failure;
    },
    reopen: () => writer.reopen(),
    flush: () => writer.flush(FLUSH_MS),
    close: () => writer.close(FLUSH_MS),
  };
}
