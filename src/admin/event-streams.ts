import type { ServerResponse } from "node:http";
import type { Clock } from "../domain/clock.ts";
import { FigError } from "../domain/errors.ts";
import type { EventBus, FigEvent } from "../observe/contract.ts";
import { EventHistory } from "./event-history.ts";

interface EventStreamsOptions {
  readonly events: EventBus;
  readonly clock: Pick<Clock, "micros" | "hex">;
  /** Default 15 s. */
  readonly heartbeatMs?: number;
  /** A stream whose unsent bytes pass this is disconnected. Default 256 KiB. */
  readonly maxUnsentBytes?: number;
}

interface StreamReader {
  /** False: what a reader who has not logged in may see. */
  readonly whole: boolean;
  /** False: its session is over. The reader is disconnected, and gets what it may still see when it comes back. */
  readonly lasts: () => boolean;
  /** Where the reader lost the stream before. */
  readonly lastEventId: string | undefined;
}

export interface EventStreams {
  /** Answers with an event stream that lasts until the client or `close` ends it. Throws `too_many_streams`. */
  open(response: ServerResponse, reader: StreamReader): void;
  readonly count: number;
  /** Disconnected so far, since what was sent to them was not read. */
  readonly unread: number;
  close(): void;
}

export const MAX_STREAMS = 100;
/** Of them by readers who have not logged in: who acts still gets one. */
export const MAX_OPEN_STREAMS = 75;
/** Comparisons come with traffic: past this many a second they are only counted. */
export const MAX_COMPARISONS_A_SECOND = 50;
/** Events that come closer together go out in one write a stream. */
const BATCH_MS = 200;
const MAX_BATCH_CHARS = 64 * 1024;

/** What is left of an event for a reader who has not logged in: nothing that a client or an upstream sent. */
const REDUCED: Readonly<Partial<Record<FigEvent["type"], (data: object) => object>>> = {
  comparison: (data) => ({ ...data, path: "", requestId: "", mismatches: [] }),
  shift: (data) => ({ ...data, evidence: {} }),
};

/** Lets so many a second of one kind through. */
class Budget {
  private second = 0;
  private used = 0;

  take(second: number): boolean {
    if (second !== this.second) {
      this.second = second;
      this.used = 0;
    }
    return ++this.used <= MAX_COMPARISONS_A_SECOND / 2;
  }
}

/**
 * Server-sent events (HTML Living Standard §9.2). One subscription and one encoding serve all streams, and what comes within
 * a fifth of a second goes out together; the bus is left when nobody listens, so that publishers make no events for nobody.
 */
export function createEventStreams(options: EventStreamsOptions): EventStreams {
  const { events, clock, heartbeatMs = 15_000, maxUnsentBytes = 256 * 1024 } = options;
  const streams = new Map<ServerResponse, Pick<StreamReader, "whole" | "lasts">>();
  const history = new EventHistory(clock.hex(4));
  const batch = { whole: "", reduced: "" };
  const [mismatches, others] = [new Budget(), new Budget()];
  let unsubscribe: (() => void) | undefined;
  let heartbeat: NodeJS.Timeout | undefined;
  let sending: NodeJS.Timeout | undefined;
  let second = 0;
  let skipped = 0;
  let closed = false;
  let unread = 0;

  function write(stream: ServerResponse, text: string): void {
    if (streams.get(stream)?.lasts() === false) {
      forget(stream);
      stream.end();
      return;
    }
    if (stream.writableLength <= maxUnsentBytes) {
      stream.write(text);
      return;
    }
    // Forgotten at once: a write to a destroyed response would be an error of its own.
    forget(stream);
    unread++;
    stream.destroy();
  }

  function sendBatch(): void {
    sending = undefined;
    const { whole, reduced } = batch;
    batch.whole = "";
    batch.reduced = "";
    for (const [stream, reader] of [...streams]) write(stream, reader.whole ? whole : reduced);
  }

  function sendNow(): void {
    clearTimeout(sending);
    sendBatch();
  }

  function add(type: string, data: object, reduced: object = data): void {
    const event = history.add(type, data, reduced);
    batch.whole += event.whole;
    batch.reduced += event.reduced;
    if (batch.whole.length >= MAX_BATCH_CHARS) sendNow();
    else sending ??= setTimeout(sendBatch, BATCH_MS).unref();
  }

  function addSkipped(): void {
    if (skipped > 0) add("skipped", { type: "comparison", count: skipped });
    skipped = 0;
  }

  function hear({ type, at, data }: FigEvent): void {
    const all = typeof data === "object" && data !== null ? { at, ...data } : { at, data };
    if (type === "comparison") {
      const now = Math.floor(clock.micros() / 1_000_000);
      if (now !== second) {
        second = now;
        addSkipped();
      }
      // Matches, however many, leave the mismatches their half.
      const budget = "outcome" in all && all.outcome === "mismatch" ? mismatches : others;
      if (!budget.take(now)) {
        skipped++;
        return;
      }
    }
    add(type, all, REDUCED[type]?.(all));
  }

  function forget(stream: ServerResponse): void {
    streams.delete(stream);
    if (streams.size > 0) return;
    unsubscribe?.();
    unsubscribe = undefined;
    clearInterval(heartbeat);
    clearTimeout(sending);
    sending = undefined;
    batch.whole = "";
    batch.reduced = "";
    skipped = 0;
    // What happens while nobody listens is not known here: who comes back has to read everything anew.
    history.clear();
  }

  function begin(): void {
    unsubscribe = events.subscribe(hear);
    heartbeat = setInterval(() => {
      addSkipped();
      for (const stream of [...streams.keys()]) write(stream, ": still here\n\n");
    }, heartbeatMs);
    heartbeat.unref();
  }

  return {
    open(response, { whole, lasts, lastEventId }) {
      if (closed) throw new FigError("too_many_streams", "The front door is closing.");
      if (streams.size >= MAX_STREAMS) {
        throw new FigError("too_many_streams", `There are already ${MAX_STREAMS} event streams open.`);
      }
      const open = [...streams.values()].filter((reader) => !reader.whole).length;
      if (!whole && open >= MAX_OPEN_STREAMS) {
        throw new FigError(
          "too_many_streams",
          `There are already ${MAX_OPEN_STREAMS} event streams of readers who have not logged in.`,
        );
      }
      response.writeHead(200, { "content-type": "text/event-stream; charset=utf-8" });
      // What waits to be sent would come twice to who asks for what came after an id.
      if (sending !== undefined) sendNow();
      const missed = lastEventId === undefined ? "" : history.after(lastEventId, whole);
      response.write(`retry: 3000\nid: ${history.newest}\n\n${missed}`);
      streams.set(response, { whole, lasts });
      response.once("close", () => forget(response)).on("error", () => forget(response));
      if (unsubscribe === undefined) begin();
    },
    get count() {
      return streams.size;
    },
    get unread() {
      return unread;
    },
    close() {
      closed = true;
      for (const stream of [...streams.keys()]) {
        forget(stream);
        stream.end();
      }
    },
  };
}
