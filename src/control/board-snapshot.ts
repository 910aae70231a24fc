import type { FrontDoorConfig } from "../domain/config.ts";
import { defaultRoute } from "../domain/default-route.ts";
import { type LedgerState, revisionOf } from "../domain/fold.ts";
import type { RouteDefinition } from "../domain/route.ts";
import type { ControlContext } from "./context.ts";
import type { RouteStatus, Unknown } from "./contract.ts";
import { noEvidence, type RouteEvidence } from "./evidence.ts";
import { paceMicros, type SharedAnswers } from "./shared-answers.ts";
import { routeStatus } from "./status.ts";
import { inTurns, ROUTES_A_TURN } from "./turns.ts";
import { awayNow, evidenceOrLast, ledgerOrInForce, marked, oldestRead, unknownOf } from "./unknown.ts";

/** Every route's row at one moment, shared by all who ask. */
export interface Snapshot {
  /** ms since the epoch. */
  readonly at: number;
  readonly config: FrontDoorConfig;
  readonly state: LedgerState;
  /** The files' and `(default)`, last. */
  readonly routes: readonly RouteDefinition[];
  readonly evidence: ReadonlyMap<string, RouteEvidence>;
  readonly rows: readonly RouteStatus[];
  /** The store is away: rows are what memory has. */
  readonly unknown: Unknown | undefined;
}

/**
 * Reads every route's figures at most once a second however many pages ask, and less often where that takes long. What a
 * shift or a reload changes shows at once: then only the routes concerned are read again.
 */
export class Snapshots {
  private readonly context: ControlContext;
  private readonly shared: SharedAnswers;
  private current: Snapshot | undefined;
  private making: Promise<Snapshot> | undefined;
  /** The clock's µs at which the figures are read anew. */
  private due = 0;

  constructor(context: ControlContext, shared: SharedAnswers) {
    this.context = context;
    this.shared = shared;
  }

  async get(): Promise<Snapshot> {
    const { current } = this;
    if (current !== undefined && this.isInForce(current) && this.context.clock.micros() < this.due)
      return current;
    const joined = await this.making;
    // What was begun before a shift does not show it.
    if (joined !== undefined && this.isInForce(joined)) return joined;
    this.making ??= this.make(this.current).finally(() => {
      this.making = undefined;
    });
    return this.making;
  }

  private isInForce({ config, state, unknown }: Snapshot): boolean {
    const { facts } = this.context;
    if (this.cameOrWent({ unknown })) return false;
    return config === facts.config() && state.revision >= (facts.inForce()?.state.revision ?? 0);
  }

  /** Then what was read is not what is known now. By its age alone it would stay long: a store that hangs is slow to read. */
  private cameOrWent({ unknown }: Pick<Snapshot, "unknown">): boolean {
    return (unknown === undefined) !== (this.context.facts.away() === undefined);
  }

  private async make(before: Snapshot | undefined): Promise<Snapshot> {
    const { facts, clock } = this.context;
    const start = clock.micros();
    const config = facts.config();
    const all =
      before === undefined || before.config !== config || this.cameOrWent(before) || start >= this.due;
    // A store that is away is a problem that the overview names, not a reason to show nothing.
    if (all) await this.shared.rollUp();
    const { state, failed: unread } = await ledgerOrInForce(this.context);
    const routes = before?.config === config ? before.routes : [...config.routes, defaultRoute(config)];
    const { evidence, failed } = await this.evidence(state, routes, all ? undefined : before?.evidence);
    const away = awayNow(this.context, unread || failed);
    const rows: RouteStatus[] = [];
    for await (const route of inTurns(routes, ROUTES_A_TURN)) {
      rows.push(routeStatus(state, route, evidence.get(route.id) ?? noEvidence(route)));
    }
    const made: Snapshot = {
      ...{ at: clock.now(), config, state, routes, evidence },
      rows: await marked(this.context, rows, evidence, away),
      unknown: away && unknownOf(away, oldestRead(this.context, evidence, routes)),
    };
    this.current = made;
    if (all) {
      const end = clock.micros();
      this.due = end + paceMicros(end - start);
    }
    return made;
  }

  /** All anew, or only the windows that `known` does not have. */
  private async evidence(
    state: LedgerState,
    routes: readonly RouteDefinition[],
    known: ReadonlyMap<string, RouteEvidence> | undefined,
  ): ReturnType<typeof evidenceOrLast> {
    if (known === undefined) return evidenceOrLast(this.context, state, routes, true);
    const wanted = routes.filter(({ id }) => known.get(id)?.window.revision !== revisionOf(state, id));
    const { evidence, failed } = await evidenceOrLast(this.context, state, wanted, false);
    return { evidence: new Map([...known, ...evidence]), failed };
  }
}
