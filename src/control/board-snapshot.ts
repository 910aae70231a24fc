import type { FrontDoorConfig } from "../domain/config.ts";
import { defaultRoute } from "../domain/default-route.ts";
import { emptyLedger, type LedgerState, revisionOf } from "../domain/fold.ts";
import type { RouteDefinition } from "../domain/route.ts";
import type { ControlContext } from "./context.ts";
import type { RouteStatus } from "./contract.ts";
import { noEvidence, type RouteEvidence, readEvidence } from "./evidence.ts";
import { paceMicros, type SharedAnswers } from "./shared-answers.ts";
import { routeStatus } from "./status.ts";
import { inTurns, ROUTES_A_TURN } from "./turns.ts";

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

  private isInForce({ config, state }: Snapshot): boolean {
    const { facts } = this.context;
    return config === facts.config() && state.revision >= (facts.inForce()?.state.revision ?? 0);
  }

  private async make(before: Snapshot | undefined): Promise<Snapshot> {
    const { facts, clock } = this.context;
    const start = clock.micros();
    const config = facts.config();
    const all = before === undefined || before.config !== config || start >= this.due;
    // A store that is away is a problem that the overview names, not a reason to show nothing.
    if (all) await this.shared.rollUp();
    const state = await this.ledger(config);
    const routes = before?.config === config ? before.routes : [...config.routes, defaultRoute(config)];
    const evidence = await this.evidence(state, routes, all ? undefined : before?.evidence);
    const rows: RouteStatus[] = [];
    for await (const route of inTurns(routes, ROUTES_A_TURN)) {
      rows.push(routeStatus(state, route, evidence.get(route.id) ?? noEvidence(route)));
    }
    const made = { at: clock.now(), config, state, routes, evidence, rows };
    this.current = made;
    if (all) {
      const end = clock.micros();
      this.due = end + paceMicros(end - start);
    }
    return made;
  }

  private async ledger(config: FrontDoorConfig): Promise<LedgerState> {
    const { ledger, facts } = this.context;
    try {
      return await ledger.read(config.routes);
    } catch {
      return facts.inForce()?.state ?? emptyLedger();
    }
  }

  /** All anew, or only the windows that `known` does not have. */
  private async evidence(
    state: LedgerState,
    routes: readonly RouteDefinition[],
    known: ReadonlyMap<string, RouteEvidence> | undefined,
  ): Promise<ReadonlyMap<string, RouteEvidence>> {
    const { store } = this.context;
    const wanted = routes.filter(({ id }) => known?.get(id)?.window.revision !== revisionOf(state, id));
    const read = await readEvidence(store, state, known === undefined ? routes : wanted).catch(
      () => undefined,
    );
    if (known === undefined) return read ?? this.current?.evidence ?? new Map();
    return new Map([...known, ...(read ?? [])]);
  }
}
