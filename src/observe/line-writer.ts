import { once } from "node:events";
import { closeSync, constants, fstatSync, openSync, write } from "node:fs";
import { Writable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";

/** Where log lines go: never blocks, never throws, holds a bounded number of bytes. */
interface LineWriter {
  /** One line with its line break. */
  write(line: string): void;
  /** Lines dropped so far: the bound was reached, or the file took no more. */
  readonly dropped: number;
  /** Resolves when every line has been handed to the operating system or dropped, or after `deadlineMs`. */
  flush(deadlineMs: number): Promise<void>;
  /** Flushes, then takes no more. */
  close(deadlineMs: number): Promise<void>;
}

interface LineWriterOptions {
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

/** Writes all of `bytes`, or up to where the file takes no more; says how many. */
function writeAll(fd: number, bytes: Uint8Array, from: number, done: (written: number) => void): void {
  write(fd, bytes, from, (error, count) => {
    if (error?.code === "EAGAIN") setTimeout(writeAll, RETRY_MS, fd, bytes, from, done).unref();
    else if (error !== null || from + count === bytes.length) done(from + count);
    else writeAll(fd, bytes, from + count, done);
  });
}

/** The stream keeps lines in order and gathers them (`cork`). It never learns of an error: lines are lost, not the log. */
export function createLineWriter(options: LineWriterOptions): LineWriter {
  const { gatherBytes, maxBytes, onRecovered } = options;
  const target = openWithoutBlocking(options.fd);
  let batchBytes = 0;
  let cutMidLine = false;
  let dropped = 0;
  let droppedSinceWritten = 0;
  let closed = false;
  let timer: NodeJS.Timeout | undefined;

  function drop(count: number): void {
    dropped += count;
    droppedSinceWritten += count;
  }

  function writeBatch(lines: readonly Uint8Array[], done: () => void): void {
    const bytes = Buffer.concat(cutMidLine ? [Buffer.from("\n"), ...lines] : lines);
    cutMidLine = false;
    batchBytes = bytes.length;
    writeAll(target.fd, bytes, 0, (written) => {
      // A full disk, or a reader that went away: these lines are lost, later ones may get through.
      const lost = written < bytes.length;
      if (lost) drop(lines.length);
      cutMidLine = lost && written > 0;
      batchBytes = 0;
      done();
      if (lost || droppedSinceWritten === 0 || stream.writableLength > maxBytes / 2) return;
      const count = droppedSinceWritten;
      droppedSinceWritten = 0;
      onRecovered?.(count);
    });
  }

  const stream = new Writable({
    highWaterMark: 0, // so that "drain" follows whenever nothing is held any more
    write: (line, _encoding, done) => writeBatch([line], done),
    writev: (chunks, done) =>
      writeBatch(
        chunks.map(({ chunk }) => chunk),
        done,
      ),
  });

  function pass(): void {
    clearTimeout(timer);
    timer = undefined;
    stream.uncork();
  }

  async function flush(deadlineMs: number): Promise<void> {
    pass();
    if (stream.writableLength === 0) return;
    const over = new AbortController();
    const { signal } = over;
    await Promise.race([once(stream, "drain", { signal }), delay(deadlineMs, undefined, { signal })]);
    over.abort();
  }

  return {
    write(line) {
      const bytes = Buffer.from(line);
      if (closed || stream.writableLength + bytes.length > maxBytes) return drop(1);
      if (stream.writableCorked === 0) stream.cork();
      stream.write(bytes);
      if (stream.writableLength - batchBytes > gatherBytes) pass();
      else timer ??= setTimeout(pass, GATHER_MS).unref();
    },
    get dropped() {
      return dropped;
    },
    flush,
    async close(deadlineMs) {
      if (closed) return;
      closed = true;
      await flush(deadlineMs);
      if (stream.writableLength === 0 && target.own) closeSync(target.fd);
    },
  };
}
