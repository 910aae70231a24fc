/** A process that serves: the far end of the channel that it was started with. It lives as long as whoever started it. */
import { systemClock } from "../../clock.ts";
import type { RecentComparison } from "../../domain/outcomes.ts";
import { tuneCollector } from "../../engine.ts";
import type { BoundSocket } from "../../lanes/contract.ts";
import { createLog } from "../../observe/log.ts";
import { serveOver } from "../channel/far.ts";
import type { AskedSockets, ServingEvents } from "../contract.ts";
import { Serving } from "../serving.ts";
import type { Hello, SocketMessage } from "./hello.ts";

/** Comparisons that end meanwhile are told together. */
const GATHER_MS = 100;

class Gathered implements ServingEvents {
  private readonly events: ServingEvents;
  private comparisons: RecentComparison[] = [];

  constructor(events: ServingEvents) {
    this.events = events;
  }

  onProblems(...args: Parameters<ServingEvents["onProblems"]>): void {
    this.events.onProblems(...args);
  }

  onStopped(...args: Parameters<ServingEvents["onStopped"]>): void {
    this.events.onStopped(...args);
  }

  onWholes(...args: Parameters<ServingEvents["onWholes"]>): void {
    this.events.onWholes(...args);
  }

  onInvalidated(...args: Parameters<ServingEvents["onInvalidated"]>): void {
    this.events.onInvalidated(...args);
  }

  onSessionsEnded(ended: Parameters<NonNullable<ServingEvents["onSessionsEnded"]>>[0]): void {
    this.events.onSessionsEnded?.(ended);
  }

  onWitnesses(...args: Parameters<ServingEvents["onWitnesses"]>): void {
    this.events.onWitnesses(...args);
  }

  onPinned(pins: Parameters<NonNullable<ServingEvents["onPinned"]>>[0]): void {
    this.events.onPinned?.(pins);
  }

  onKeys(news: Parameters<NonNullable<ServingEvents["onKeys"]>>[0]): void {
    this.events.onKeys?.(news);
  }

  onSeat(seat: string): void {
    this.events.onSeat?.(seat);
  }

  onSocketAsk(asked: AskedSockets): void {
    this.events.onSocketAsk?.(asked);
  }

  onLimitAsks(asks: Parameters<NonNullable<ServingEvents["onLimitAsks"]>>[0]): void {
    this.events.onLimitAsks?.(asks);
  }

  onComparisons(comparisons: readonly RecentComparison[]): void {
    if (this.comparisons.length === 0) setTimeout(() => this.tell(), GATHER_MS);
    this.comparisons.push(...comparisons);
  }

  tell(): void {
    if (this.comparisons.length > 0) this.events.onComparisons(this.comparisons);
    this.comparisons = [];
  }
}

const begun = tuneCollector();
// A terminal and a service manager send them to the whole group; when to end is for whoever started this process to say.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP", "SIGUSR1"] as const) process.on(signal, () => {});
process.on("disconnect", () => process.exit(0));

const bound: BoundSocket[] = [];
let listener: ((message: unknown) => void) | undefined;
let gathered: Gathered | undefined;

process.on("message", (message: Hello | SocketMessage | { readonly kind: "order" }, socket) => {
  if (message.kind === "socket") {
    bound.push(socket as BoundSocket);
  } else if (message.kind === "hello") {
    const { config, ticketSecret, quiet } = message as Hello;
    const log = createLog({
      now: systemClock.now,
      shared: true,
      ...(quiet ? { level: "silent" as const } : {}),
    });
    const channel = {
      post: (said: unknown) => {
        // Nobody hears it any more: `disconnect` follows.
        process.send?.(said, undefined, undefined, () => {});
      },
      onMessage: (hear: (message: unknown) => void) => {
        listener = hear;
      },
    };
    serveOver(channel, config, (given, events) => {
      gathered = new Gathered(events);
      return new Serving(given, gathered, {
        clock: systemClock,
        log,
        quiet,
        worker: { bound, ticketSecret, linesCut: () => log.cut },
      });
    });
    begun();
  } else {
    // Before what counts them is answered.
    gathered?.tell();
    listener?.(message);
  }
});
