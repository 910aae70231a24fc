import type { Clock } from "../../domain/clock.ts";
import { messageOf } from "../../domain/errors.ts";
import { revisionOf } from "../../domain/fold.ts";
import { type Lowered, loweredBy, type Trip, tripDraft, tripsToday } from "../../domain/guard-plan.ts";
import type { GuardEvidence } from "../../domain/guards.ts";
import type { LedgerEntry } from "../../domain/ledger.ts";
import { guardedIds } from "../../domain/plan.ts";
import type { RouteDefinition } from "../../domain/route.ts";
import { countText, listText } from "../../domain/wording.ts";
import type { FigEvent, Log } from "../../observe/contract.ts";
import type { Store } from "../../store/contract.ts";
import type { DoorProblem } from "../contract.ts";
import type { LiveTable } from "../live-table.ts";

/** A store that has not answered for so long is not waited for by those who are to be told. */
const TELL_AFTER_MS = 3_000;

/** What people and machines are told of a trip. JSON. */
export interface GuardNotice extends GuardEvidence {
  readonly id: string;
  readonly at: string;
  /** This front door, as people call it. */
  readonly door: string;
  /** `tripped`: taken back. `left`: guards took it back as often as they may within a day, so it stays where it is. */
  readonly what: "tripped" | "left";
  /** Of the ledger; null: the state store is away, and this front door alone has taken it back. */
  readonly revision: number | null;
  readonly lowered: readonly Lowered[];
}

interface GuardTripsOptions {
  readonly table: LiveTable;
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  /** What people call this door. */
  readonly label: string;
  writable(): boolean;
  /** Has an entry in force when it resolves. */
  apply(entry: LedgerEntry): Promise<void>;
  onEvent?: ((event: FigEvent) => void) | undefined;
  onNotice?: ((notice: GuardNotice) => void) | undefined;
}

type Pending = Trip & { told: boolean };

interface Left {
  readonly notice: GuardNotice;
  /** Where the route stood. */
  readonly revision: number;
}

/** Takes routes back: here at once, in the ledger as soon as the store takes it, once. */
export class GuardTrips {
  /** By route: shifts back that this front door's guards made. */
  readonly counts: Record<string, number> = {};
  private readonly options: GuardTripsOptions;
  private pending: readonly Pending[] = [];
  /** Routes that guards leave where they are, by what they saw first there. */
  private readonly left = new Map<string, Left>();
  private writing = false;
  private why: string | undefined;

  constructor(options: GuardTripsOptions) {
    this.options = options;
  }

  /** A guard's alarm. In force here when it returns, as far as those that serve have heard it. */
  trip(route: RouteDefinition, evidence: GuardEvidence): void {
    const { table, clock, log } = this.options;
    const { state, whole } = table.ledger;
    const at = new Date(clock.now()).toISOString();
    const most = route.guards?.maxTrips ?? 0;
    const trips = tripsToday(state, route.id, clock.now()) + this.pendingOf(route.id);
    if (trips >= most) {
      this.leave(route, evidence, at, trips);
      return;
    }
    const { routes } = table.config();
    const lowered = loweredBy(state, routes, route, evidence.percent);
    // Of a ledger that was never read nobody knows what came before.
    const revision = whole ? state.revision : Number.POSITIVE_INFINITY;
    const trip: Pending = { id: clock.hex(8), at, revision, evidence, lowered, told: false };
    this.pending = [...this.pending, trip];
    this.hold();
    this.counts[route.id] = (this.counts[route.id] ?? 0) + 1;
    log.warn({ ...evidence, lowered }, `a guard took ${route.id} back`);
    setTimeout(() => this.tell(trip, null), TELL_AFTER_MS).unref();
    void this.settle();
  }

  /** Writes what is not in the ledger yet. Never rejects. */
  async settle(): Promise<void> {
    if (this.writing || this.pending.length === 0) return;
    this.writing = true;
    try {
      for (const trip of this.pending) await this.write(trip);
      this.why = undefined;
    } catch (error) {
      const why = messageOf(error);
      if (why !== this.why) this.options.log.warn({ err: error }, "a guard's trip is not in the ledger yet");
      this.why = why;
    } finally {
      this.writing = false;
    }
  }

  /** Other files: guards go by other rules from now on. What a route was left with is over when it moved, too. */
  forgetLeft(route: string): void {
    this.left.delete(route);
  }

  problems(): readonly DoorProblem[] {
    const alone = this.pending.map(({ evidence, lowered, at }): DoorProblem => {
      const to = listText(lowered.map((each) => `${each.route} to modern ${each.to.modern}`));
      return {
        kind: "guard",
        route: evidence.route,
        message: `this front door's guards took ${to} at ${at} (${evidence.guard}: ${evidence.seen}): it is written to the ledger once the store takes it`,
      };
    });
    const left = [...this.left.values()]
      .filter((each) => this.stays(each))
      .map(
        ({ notice: { route, guard, seen } }): DoorProblem => ({
          kind: "guard",
          route,
          message: `${route}: guards took it back as often as they may within a day (guards.maxTrips), so it stays where it is, though ${guard}: ${seen}`,
          remedy: `lower it, or roll it back: fig rollback ${route}`,
        }),
      );
    return [...alone, ...left];
  }

  private pendingOf(route: string): number {
    return this.pending.filter(({ evidence }) => evidence.route === route).length;
  }

  /** Nobody moved it since. */
  private stays({ notice, revision }: Left): boolean {
    return revisionOf(this.options.table.ledger.state, notice.route) === revision;
  }

  private leave(route: RouteDefinition, evidence: GuardEvidence, at: string, trips: number): void {
    const known = this.left.get(route.id);
    if (known !== undefined && this.stays(known)) return;
    const { log, label, clock } = this.options;
    const notice: GuardNotice = {
      ...evidence,
      ...{ id: clock.hex(8), at, door: label, what: "left", revision: null, lowered: [] },
    };
    this.left.set(route.id, { notice, revision: revisionOf(this.options.table.ledger.state, route.id) });
    log.error(
      { ...evidence },
      `guards took ${route.id} back ${countText(trips)} times within a day: it stays`,
    );
    this.say(notice);
  }

  private async write(trip: Pending): Promise<void> {
    const { table, store, label, writable, apply, log } = this.options;
    const { state, whole } = table.ledger;
    if (!whole || !writable()) {
      this.tell(trip, null);
      return;
    }
    const { routes } = table.config();
    const draft = tripDraft(state, routes, trip, label);
    if (draft === undefined) {
      // Another front door was first, or somebody took it back, or resumed it since.
      this.done(trip);
      return;
    }
    const ids = new Set(draft.changes.map(({ route }) => route));
    const touched = guardedIds(routes.filter(({ id }) => ids.has(id)));
    const result = await store.append(draft, { revision: state.revision, routes: touched });
    // A newer entry is on its way here: it is looked at with the next second.
    if (!result.ok) return;
    this.tell(trip, result.entry.revision);
    await apply(result.entry);
    this.done(trip);
    log.info({ id: trip.id, revision: result.entry.revision }, "a guard's trip is in the ledger");
  }

  private done(trip: Pending): void {
    trip.told = true;
    this.pending = this.pending.filter((other) => other !== trip);
    this.hold();
  }

  private hold(): void {
    this.options.table.lower(this.pending.flatMap(({ lowered }) => lowered));
  }

  /** Once. */
  private tell(trip: Pending, revision: number | null): void {
    if (trip.told) return;
    trip.told = true;
    const { id, at, evidence, lowered } = trip;
    this.say({ ...evidence, id, at, door: this.options.label, what: "tripped", revision, lowered });
  }

  private say(notice: GuardNotice): void {
    const { onEvent, onNotice } = this.options;
    onEvent?.({ type: "guard", at: notice.at, data: notice });
    onNotice?.(notice);
  }
}
