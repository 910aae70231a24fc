import { once } from "node:events";
import { write } from "node:fs";
import { Writable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { openTarget } from "./log-target.ts";

/** Where log lines go: never blocks, never throws, holds a bounded number of bytes. */
interface LineWriter {
  /** One line with its line break. */
  write(line: string): void;
  /** Lines dropped so far: the bound was reached, or the file took no more. */
  readonly dropped: number;
  /** Why the last lines were not written, as the system's code; undefined: they were. */
  readonly failure: string | undefined;
  /** Opens its file anew: another may have its name now. Lines go whole into the one or the other, and none is lost. */
  reopen(): void;
  /** Resolves when every line has been handed to the operating system or dropped, or after `deadlineMs`. */
  flush(deadlineMs: number): Promise<void>;
  /** Flushes, then takes no more. */
  close(deadlineMs: number): Promise<void>;
}

interface LineWriterOptions {
  /** A file descriptor: 1 stdout, 2 stderr; or a file's path. */
  readonly to: number | string;
  /** Lines are gathered up to this many bytes, or for a second; 0: written at once. */
  readonly gatherBytes: number;
  /** Bytes held while the reader is slow. */
  readonly maxBytes: number;
  /** Other processes write to the same file: lines must not end up within each other. */
  readonly shared?: boolean;
  /** Called when at most half of the bound is held again after lines were dropped, with how many. */
  readonly onRecovered?: (dropped: number) => void;
}

const GATHER_MS = 1_000;
/** How soon a full pipe is tried again. */
const RETRY_MS = 50;

/** A pipe takes so many bytes as one whole (PIPE_BUF of Linux), between those of others. */
const WHOLE_BYTES = 4096;
const LINE_BREAK = 10;

/** Where to end a write that begins at `from`: behind the last line that a pipe takes whole. A longer line goes by itself. */
function endOfWhole(bytes: Uint8Array, from: number): number {
  if (bytes.length - from <= WHOLE_BYTES) return bytes.length;
  const last = bytes.lastIndexOf(LINE_BREAK, from + WHOLE_BYTES - 1);
  return (last >= from ? last : bytes.indexOf(LINE_BREAK, from)) + 1 || bytes.length;
}

/** Writes all of `bytes`, or up to where the file takes no more; says how many, and what was wrong. */
function writeAll(
  file: { readonly fd: number; readonly shared: boolean },
  bytes: Uint8Array,
  from: number,
  done: (written: number, error?: string) => void,
): void {
  const end = file.shared ? endOfWhole(bytes, from) : bytes.length;
  write(file.fd, bytes, from, end - from, null, (error, count) => {
    if (error?.code === "EAGAIN") setTimeout(writeAll, RETRY_MS, file, bytes, from, done).unref();
    else if (error !== null) done(from, error.code);
    else if (from + count === bytes.length) done(from + count);
    else writeAll(file, bytes, from + count, done);
  });
}

/** The stream keeps lines in order and gathers them (`cork`). It never learns of an error: lines are lost, not the log. */
export function createLineWriter(options: LineWriterOptions): LineWriter {
  const { gatherBytes, maxBytes, onRecovered } = options;
  const target = openTarget(options.to, options.shared ?? false);
  let batchBytes = 0;
  let cutMidLine = false;
  let dropped = 0;
  let droppedSinceWritten = 0;
  let closed = false;
  let writing = false;
  let reopening = false;
  let failure = target.failure;
  let notReopened: string | undefined;
  let timer: NodeJS.Timeout | undefined;

  function drop(count: number): void {
    dropped += count;
    droppedSinceWritten += count;
  }

  /** Between two batches. A file that cannot be opened leaves the old one in its place. */
  function renew(): void {
    reopening = false;
    notReopened = target.reopen();
    if (notReopened === undefined) cutMidLine = false;
  }

  function writeBatch(lines: readonly Uint8Array[], done: () => void): void {
    if (reopening || target.fd < 0) renew();
    if (target.fd < 0) {
      failure = notReopened;
      drop(lines.length);
      setTimeout(done, RETRY_MS);
      return;
    }
    writing = true;
    const bytes = Buffer.concat(cutMidLine ? [Buffer.from("\n"), ...lines] : lines);
    batchBytes = bytes.length;
    writeAll(target, bytes, 0, (written, error) => {
      writing = false;
      // A full disk, or a reader that went away: these lines are lost, later ones may get through.
      const lost = written < bytes.length;
      failure = lost ? (error ?? "EIO") : undefined;
      if (lost) drop(lines.length);
      // Where nothing was written the file ends as it did.
      if (written > 0) cutMidLine = bytes[written - 1] !== LINE_BREAK;
      batchBytes = 0;
      if (reopening) renew();
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
    get failure() {
      return notReopened ?? failure;
    },
    reopen() {
      if (closed) return;
      if (writing) reopening = true;
      else renew();
    },
    flush,
    async close(deadlineMs) {
      if (closed) return;
      closed = true;
      await flush(deadlineMs);
      if (stream.writableLength === 0) target.close();
    },
  };
}
