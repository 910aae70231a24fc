import type { StoppedShadow } from "../../domain/outcomes.ts";
import type { ServingEvents, ServingProblem, VoidPath } from "../contract.ts";

/** What workers say of their own accord, as of one that serves. */
export class Said {
  private readonly events: ServingEvents;
  /** The workers' own. */
  private readonly own: () => readonly ServingProblem[];
  private readonly invalidated: (worker: number, paths: readonly VoidPath[]) => void;
  private readonly problems = new Map<number, readonly ServingProblem[]>();
  private readonly stopped = new Map<number, readonly StoppedShadow[]>();
  private told = "";

  /** `invalidated`: what a worker found void is void for the others. */
  constructor(
    events: ServingEvents,
    own: () => readonly ServingProblem[],
    invalidated: (worker: number, paths: readonly VoidPath[]) => void,
  ) {
    this.events = events;
    this.own = own;
    this.invalidated = invalidated;
  }

  /** Hears a worker. */
  of(worker: number): ServingEvents {
    return {
      onProblems: (problems) => {
        this.problems.set(worker, problems);
        this.tell();
      },
      onStopped: (stopped) => {
        this.stopped.set(worker, stopped);
        this.tellStopped();
      },
      onComparisons: (comparisons) => this.events.onComparisons(comparisons),
      onWholes: (samples) => this.events.onWholes(samples),
      onSessionsEnded: (ended) => this.events.onSessionsEnded?.(ended),
      onWitnesses: (witnesses) => this.events.onWitnesses(witnesses),
      onInvalidated: (paths) => {
        this.invalidated(worker, paths);
        this.events.onInvalidated(paths);
      },
    };
  }

  /** It ended; the next has its own. */
  forget(worker: number): void {
    this.problems.delete(worker);
    if (this.stopped.delete(worker)) this.tellStopped();
  }

  /** Says what is wrong now, if that changed. Several say the same once. */
  tell(): void {
    const all = [...this.own(), ...[...this.problems.values()].flat()];
    const each = [...new Map(all.map((problem) => [problem.message, problem])).values()];
    const text = JSON.stringify(each);
    if (text === this.told) return;
    this.told = text;
    this.events.onProblems(each);
  }

  private tellStopped(): void {
    const all = [...this.stopped.values()].flat();
    this.events.onStopped([...new Map(all.map((one) => [one.route, one])).values()]);
  }
}
