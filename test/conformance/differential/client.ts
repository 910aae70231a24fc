/** One client connection: writes a stream's requests, and takes down what comes back. */
import { connect } from "node:net";
import { readRecorded } from "./reader.ts";
import { type Stream, textOf } from "./streams.ts";
import { writePieces } from "./turns.ts";

export interface Received {
  readonly text: string;
  /** The front door ended the connection. */
  readonly closed: boolean;
  /** By a reset, which may have taken bytes with it. */
  readonly reset: boolean;
}

/** Ticks without any movement until a client gives up. */
const STILL_TICKS = 8;
const TICK_MS = 25;

/** Counts ticks in which nothing moves: late ones are not made up for, so that a busy machine is not taken for silence. */
export class Stillness {
  private readonly watched = new Set<{
    still: number;
    readonly onStill: () => void;
    readonly ticks: number;
  }>();
  private readonly timer = setInterval(() => this.tick(), TICK_MS);

  watch(onStill: () => void, patience: number): { touch: () => void; stop: () => void } {
    const entry = { still: 0, onStill, ticks: STILL_TICKS * patience };
    this.watched.add(entry);
    return {
      touch: () => {
        entry.still = 0;
      },
      stop: () => this.watched.delete(entry),
    };
  }

  close(): void {
    clearInterval(this.timer);
  }

  private tick(): void {
    for (const entry of this.watched) {
      if (++entry.still >= entry.ticks) entry.onStill();
    }
  }
}

/** Resolves when the connection is over at both ends. `patience` 1 is for a first run. */
export function drive(
  stream: Stream,
  port: number,
  localAddress: string,
  stillness: Stillness,
  patience: number,
  onTouch: (touch: () => void) => void,
): Promise<Received> {
  return new Promise((resolve) => {
    // How many answers a hostile request gets is for the front door to say.
    const hostile = stream.exchanges.some(({ sent }) => sent.kind === "hostile");
    const counted = stream.finish === "close" && !hostile;
    const methods = stream.exchanges.map(({ sent }) => sent.method);
    const socket = connect({ port, host: "127.0.0.1", localAddress, noDelay: true, allowHalfOpen: true });
    let text = "";
    let at = 0;
    let finals = 0;
    let lastHead = "";
    let closed = false;
    let reset = false;
    let written = false;
    let halfClosed = false;
    let over = false;
    const finish = () => {
      if (over) return;
      over = true;
      watch.stop();
      socket.destroy();
      resolve({ text, closed, reset });
    };
    const part = () => {
      if (stream.finish === "reset") socket.resetAndDestroy();
      finish();
    };
    const onStill = () => {
      if (stream.finish === "half-close" && !halfClosed) {
        halfClosed = true;
        watch.touch();
        socket.end();
      } else {
        part();
      }
    };
    const watch = stillness.watch(onStill, patience);
    onTouch(watch.touch);
    const count = () => {
      while (finals < methods.length) {
        const read = readRecorded(text, at, methods[finals], false);
        if (read === undefined || !read.message.whole) return;
        at = read.next;
        lastHead = read.message.head;
        if (!/^HTTP\/1\.1 1/.test(read.message.head)) finals++;
      }
      // An answer too many would come with the last: it is waited for as long as it takes to arrive.
      const ends = /\r\nconnection: close\r\n/i.test(lastHead);
      if (written && !ends && counted) setImmediate(() => setImmediate(part));
    };
    socket.on("data", (chunk: Buffer) => {
      watch.touch();
      text += chunk.toString("latin1");
      count();
    });
    socket.on("end", () => {
      closed = true;
      finish();
    });
    socket.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "ECONNRESET" || error.code === "EPIPE") reset = true;
    });
    socket.on("close", () => {
      closed = true;
      finish();
    });
    socket.on("connect", () => {
      const write = (piece: string): boolean => {
        watch.touch();
        if (!socket.destroyed) socket.write(piece, "latin1");
        return !socket.destroyed;
      };
      writePieces(write, textOf(stream), stream.cuts, () => {
        written = true;
        count();
      });
    });
  });
}
