import { closeSync, constants, fstatSync, openSync, write } from "node:fs";

/** Where log lines go: never blocks, never throws, holds a bounded number of bytes. */
export interface LineWriter {
  /** One line with its line break. */
  write(line: string): void;
  /** Lines dropped so far: the bound was reached, or the file took no more. */
  readonly dropped: number;
  /** Resolves when every line has been handed to the operating system or dropped, or after `deadlineMs`. */
  flush(deadlineMs: number): Promise<void>;
  /** Flushes, then takes no more. */
  close(deadlineMs: number): Promise<void>;
}

export interface LineWriterOptions {
  /** A file descriptor: 1 stdout, 2 stderr. */
  readonly fd: number;
  /** Lines are gathered up to this many bytes, or for a second; 0: written at once. */
  readonly gatherBytes: number;
  /** Bytes held while the reader is slow. */
  readonly maxBytes: number;
  /** Called when at most half of the bound is held again after lines were dropped, with how many. */
  readonly onRecovered?: (dropped: number) => void;
}

const GATHER_MS = 1_000;
/** How soon a full pipe is tried again. */
const RETRY_MS = 50;
const MAX_WRITE_BYTES = 64 * 1024;

/**
 * A full pipe blocks whoever writes to it: a pool thread that hangs in write(2) even keeps the process from exiting. So
 * a pipe or terminal is opened a second time, not blocking; the first descriptor, which others share, stays as it is.
 */
function openWithoutBlocking(fd: number): { readonly fd: number; readonly own: boolean } {
  try {
    const stat = fstatSync(fd);
    if (stat.isFIFO() || stat.isCharacterDevice()) {
      const own = openSync(`/proc/self/fd/${fd}`, constants.O_WRONLY | constants.O_NONBLOCK);
      return { fd: own, own: true };
    }
  } catch {
    // No /proc, or not allowed: written to as it is.
  }
  return { fd, own: false };
}

export function createLineWriter(options: LineWriterOptions): LineWriter {
  const { gatherBytes, maxBytes, onRecovered } = options;
  const target = openWithoutBlocking(options.fd);
  let lines: string[] = [];
  let waitingBytes = 0;
  let batch: { readonly bytes: Uint8Array; readonly lines: number; written: number } | undefined;
  let timer: NodeJS.Timeout | undefined;
  let cutMidLine = false;
  let dropped = 0;
  let droppedSinceWritten = 0;
  let closed = false;
  let idle: (() => void)[] = [];

  function drop(count: number): void {
    dropped += count;
    droppedSinceWritten += count;
  }

  function later(ms: number, act: () => void): void {
    if (timer !== undefined) return;
    timer = setTimeout(() => {
      timer = undefined;
      act();
    }, ms);
    timer.unref();
  }

  /** Up to MAX_WRITE_BYTES of waiting lines, at least one. */
  function nextBatch(): void {
    let count = 0;
    let bytes = 0;
    while (count < lines.length && (count === 0 || bytes < MAX_WRITE_BYTES)) {
      bytes += Buffer.byteLength(lines[count] as string);
      count++;
    }
    const text = (cutMidLine ? "\n" : "") + lines.slice(0, count).join("");
    lines = lines.slice(count);
    waitingBytes -= bytes;
    cutMidLine = false;
    batch = { bytes: Buffer.from(text), lines: count, written: 0 };
  }

  function pump(): void {
    if (batch === undefined) {
      if (lines.length === 0) {
        for (const resolve of idle.splice(0)) resolve();
        return;
      }
      nextBatch();
    }
    const current = batch;
    if (current === undefined) return;
    write(target.fd, current.bytes, current.written, (error, bytes) => {
      if (error?.code === "EAGAIN") return later(RETRY_MS, pump);
      if (error !== null) {
        // A full disk, or a reader that went away: these lines are lost, later ones may get through.
        cutMidLine ||= current.written > 0;
        drop(current.lines);
        return finish();
      }
      current.written += bytes;
      if (current.written < current.bytes.length) return pump();
      finish();
      if (droppedSinceWritten === 0 || waitingBytes > maxBytes / 2) return;
      const count = droppedSinceWritten;
      droppedSinceWritten = 0;
      onRecovered?.(count);
    });
  }

  function finish(): void {
    batch = undefined;
    if (waitingBytes > gatherBytes || idle.length > 0) pump();
    else if (lines.length > 0) later(GATHER_MS, pump);
  }

  function flush(deadlineMs: number): Promise<void> {
    if (batch === undefined && lines.length === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const deadline = setTimeout(resolve, deadlineMs);
      idle.push(() => {
        clearTimeout(deadline);
        resolve();
      });
      if (batch !== undefined) return;
      clearTimeout(timer);
      timer = undefined;
      pump();
    });
  }

  return {
    write(line) {
      const bytes = Buffer.byteLength(line);
      const held = waitingBytes + (batch?.bytes.length ?? 0);
      if (closed || held + bytes > maxBytes) return drop(1);
      lines.push(line);
      waitingBytes += bytes;
      if (batch !== undefined) return;
      if (waitingBytes <= gatherBytes) return later(GATHER_MS, pump);
      clearTimeout(timer);
      timer = undefined;
      pump();
    },
    get dropped() {
      return dropped;
    },
    flush,
    async close(deadlineMs) {
      if (closed) return;
      closed = true;
      await flush(deadlineMs);
      idle = [];
      if (batch === undefined && target.own) closeSync(target.fd);
    },
  };
}
