import type { ServerResponse } from "node:http";
import type { Clock } from "../domain/clock.ts";
import { FigError } from "../domain/errors.ts";
import type { EventBus, FigEvent } from "../observe/contract.ts";

export interface EventStreamsOptions {
  readonly events: EventBus;
  readonly clock: Pick<Clock, "micros">;
  /** Default 15 s. */
  readonly heartbeatMs?: number;
  /** A stream whose unsent bytes pass this is disconnected. Default 256 KiB. */
  readonly maxUnsentBytes?: number;
}

export interface EventStreams {
  /** Answers with an event stream that lasts until the client or `close` ends it. Throws `too_many_streams`. */
  open(response: ServerResponse): void;
  readonly count: number;
  close(): void;
}

export const MAX_STREAMS = 100;
/** Comparisons come with traffic: past this many a second they are only counted. */
export const MAX_COMPARISONS_A_SECOND = 50;

/**
 * Server-sent events (HTML Living Standard §9.2). One subscription and one encoding serve all streams; the bus is left
 * when nobody listens, so that publishers make no events for nobody.
 */
export function createEventStreams(options: EventStreamsOptions): EventStreams {
  const { events, clock, heartbeatMs = 15_000, maxUnsentBytes = 256 * 1024 } = options;
  const streams = new Set<ServerResponse>();
  let unsubscribe: (() => void) | undefined;
  let heartbeat: NodeJS.Timeout | undefined;
  let second = 0;
  let comparisons = 0;
  let skipped = 0;
  let closed = false;

  function send(text: string): void {
    for (const stream of streams) {
      stream.write(text);
      if (stream.writableLength <= maxUnsentBytes) continue;
      // Forgotten at once: a write to a destroyed response would be an error of its own.
      forget(stream);
      stream.destroy();
    }
  }

  function sendEvent(type: string, data: unknown): void {
    send(`event: ${type}\ndata: ${JSON.stringify(data)}\n\n`);
  }

  function sendSkipped(): void {
    if (skipped > 0) sendEvent("skipped", { type: "comparison", count: skipped });
    skipped = 0;
  }

  function hear({ type, at, data }: FigEvent): void {
    if (type === "comparison") {
      const now = Math.floor(clock.micros() / 1_000_000);
      if (now !== second) {
        second = now;
        comparisons = 0;
        sendSkipped();
      }
      comparisons++;
      if (comparisons > MAX_COMPARISONS_A_SECOND) {
        skipped++;
        return;
      }
    }
    sendEvent(type, typeof data === "object" ? { at, ...data } : { at, data });
  }

  function forget(stream: ServerResponse): void {
    streams.delete(stream);
    if (streams.size > 0) return;
    unsubscribe?.();
    unsubscribe = undefined;
    clearInterval(heartbeat);
    skipped = 0;
  }

  return {
    open(response) {
      if (closed) throw new FigError("too_many_streams", "The front door is closing.");
      if (streams.size >= MAX_STREAMS) {
        throw new FigError("too_many_streams", `There are already ${MAX_STREAMS} event streams open.`);
      }
      response.writeHead(200, { "content-type": "text/event-stream; charset=utf-8" });
      response.write("retry: 3000\n\n");
      streams.add(response);
      response.once("close", () => forget(response)).on("error", () => forget(response));
      if (unsubscribe !== undefined) return;
      unsubscribe = events.subscribe(hear);
      heartbeat = setInterval(() => {
        sendSkipped();
        send(": still here\n\n");
      }, heartbeatMs);
      heartbeat.unref();
    },
    get count() {
      return streams.size;
    },
    close() {
      closed = true;
      for (const stream of [...streams]) {
        forget(stream);
        stream.end();
      }
    },
  };
}
