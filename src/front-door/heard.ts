import { createRecent } from "../compare/index.ts";
import type { ComparisonsQuery } from "../control/contract.ts";
import type { EndedSessions } from "../domain/ended-sessions.ts";
import type { GuardWitness } from "../domain/guards.ts";
import { plainComparison, type RecentComparison, type StoppedShadow } from "../domain/outcomes.ts";
import type { WholeSample } from "../domain/whole/sample.ts";
import type { EventBus } from "../observe/contract.ts";
import type { AskedSockets, ServingEvents, ServingProblem, VoidPath } from "../serving/contract.ts";
import type { SocketFleet } from "./socket-fleet.ts";

/** What those that serve have said of their own accord. */
export class Heard implements ServingEvents {
  /** What is wrong with upstreams and senders. */
  problems: readonly ServingProblem[] = [];
  /** Routes whose shadows are no longer sent. */
  stopped: readonly StoppedShadow[] = [];
  /** Who watches. */
  onGuarded: ((witnesses: readonly GuardWitness[]) => void) | undefined;
  onCompared: ((comparisons: readonly RecentComparison[]) => void) | undefined;
  /** Who writes whole answers to the state. */
  onKept: ((samples: readonly WholeSample[]) => void) | undefined;
  /** Who keeps in the state what providers ended. */
  onEnded: ((ended: readonly EndedSessions[]) => void) | undefined;
  /** Who tells the other front doors of the state. */
  onVoid: ((paths: readonly VoidPath[]) => void) | undefined;
  /** Who knows where in the fleet connections are. */
  onSockets: Pick<SocketFleet, "seat" | "seatGone" | "hear"> | undefined;
  private readonly recent = createRecent<RecentComparison>();
  private readonly events: EventBus;

  constructor(events: EventBus) {
    this.events = events;
  }

  onProblems(problems: readonly ServingProblem[]): void {
    this.problems = problems;
  }

  onWitnesses(witnesses: readonly GuardWitness[]): void {
    this.onGuarded?.(witnesses);
  }

  onWholes(samples: readonly WholeSample[]): void {
    this.onKept?.(samples);
  }

  /** Those that serve here have told each other. */
  onInvalidated(paths: readonly VoidPath[]): void {
    this.onVoid?.(paths);
  }

  onSessionsEnded(ended: readonly EndedSessions[]): void {
    this.onEnded?.(ended);
  }

  onSeat(seat: string): void {
    this.onSockets?.seat(seat);
  }

  onSeatGone(seat: string): void {
    this.onSockets?.seatGone(seat);
  }

  onSocketAsk(asked: AskedSockets): void {
    void this.onSockets?.hear(asked);
  }

  onStopped(stopped: readonly StoppedShadow[]): void {
    this.stopped = stopped;
  }

  onComparisons(comparisons: readonly RecentComparison[]): void {
    const { events, recent } = this;
    this.onCompared?.(comparisons);
    for (const comparison of comparisons) {
      recent.add(comparison);
      if (events.listeners === 0) continue;
      const data = plainComparison(comparison);
      events.publish({ type: "comparison", at: data.at, data });
    }
  }

  /** The newest comparisons, newest first, of a route and with an outcome if those are given. */
  comparisons({ route, outcome }: ComparisonsQuery) {
    return this.recent
      .list()
      .filter(
        (each) =>
          (route === undefined || each.route === route) &&
          (outcome === undefined || each.outcome === outcome),
      )
      .map(plainComparison);
  }
}
