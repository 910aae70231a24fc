import { pino } from "pino";
import { FigError } from "../domain/errors.ts";
import type { Log } from "./contract.ts";
import { createLineWriter } from "./line-writer.ts";
import { redactLine } from "./redact.ts";

interface LogOptions {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** File descriptor; default 2, stderr. */
  readonly fd?: number;
  /** Other processes write to it too. */
  readonly shared?: boolean;
  readonly level?: "info" | "warn" | "error" | "silent";
}

export interface ClosableLog extends Log {
  /** Lines so far of which something was left out, because it was too long. */
  readonly cut: number;
  /** Waits at most a second for what was logged to be written. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

const MAX_BYTES = 1024 * 1024;
const FLUSH_MS = 1_000;

/** An `err` field: message, code and remedy always, the stack only of errors nobody threw on purpose. */
function errorFields(error: unknown): object {
  if (!(error instanceof Error)) return { message: String(error) };
  const cause = error.cause === undefined ? {} : { cause: errorFields(error.cause) };
  if (error instanceof FigError) {
    const { code, message, remedy, details } = error;
    return { code, message, remedy, details, ...cause };
  }
  const code = "code" in error ? { code: error.code } : {};
  return { ...code, message: error.message, stack: error.stack, ...cause };
}

/** The operational log: JSON lines, credentials in URLs and fields replaced, never blocking. */
export function createLog(options: LogOptions): ClosableLog {
  const { now, fd = 2, level = "info", shared = false } = options;
  const writer = createLineWriter({ to: fd, gatherBytes: 0, maxBytes: MAX_BYTES, shared });
  const cuts = { lines: 0 };
  const lines = pino(
    {
      base: null,
      level,
      timestamp: () => `,"time":"${new Date(now()).toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: errorFields, error: errorFields },
    },
    { write: (line: string) => writer.write(redactLine(line, cuts)) },
  );
  return {
    info: (fields, message) => lines.info(fields, message),
    warn: (fields, message) => lines.warn(fields, message),
    error: (fields, message) => lines.error(fields, message),
    get cut() {
      return cuts.lines;
    },
    flush: () => writer.flush(FLUSH_MS),
    close: () => writer.close(FLUSH_MS),
  };
}
