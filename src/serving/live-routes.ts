import { defaultRoute } from "../domain/default-route.ts";
import type { Placement } from "../domain/placement.ts";
import type { RouteDefinition } from "../domain/route.ts";
import type { ServingConfig } from "../domain/serving-config.ts";
import { WindowTally } from "../domain/tally.ts";
import type { TallyBook } from "../domain/tally-book.ts";
import type { LiveRoute, RouteTable, TableRef } from "../routing/contract.ts";
import { compileTable, createTableRef, liveRoute } from "../routing/index.ts";
import type { GuardFeed } from "./guard-feed.ts";
import type { RecentBook } from "./recent-clients.ts";

const NOWHERE: Omit<Placement, "route"> = { position: { modern: 0, shadow: 0 }, revision: 0, epoch: 0 };

/** The files' routes, compiled; their positions are not known yet, so nothing counts in the tallies that they have. */
export interface CompiledRoutes {
  readonly definitions: ReadonlyMap<string, RouteDefinition>;
  readonly table: RouteTable;
}

/** Throws `invalid_route`. */
export function compileRoutes(config: ServingConfig): CompiledRoutes {
  const other = config.defaultUpstream === undefined ? undefined : defaultRoute(config);
  const all = other === undefined ? config.routes : [...config.routes, other];
  const draft = (route: RouteDefinition) =>
    liveRoute(route, { ...NOWHERE, route: route.id }, (window) => new WindowTally(window));
  return {
    definitions: new Map(all.map((route) => [route.id, route])),
    table: compileTable(config.routes.map(draft), other === undefined ? undefined : draft(other)),
  };
}

/** The table in force: every change is one swap, and the book knows which windows still count. */
export class LiveRoutes {
  readonly table: TableRef = createTableRef(compileTable([], undefined));
  private definitions: CompiledRoutes["definitions"] = new Map();
  private readonly book: TallyBook;
  private readonly guards: GuardFeed;
  private readonly recent: RecentBook;

  constructor(book: TallyBook, guards: GuardFeed, recent: RecentBook) {
    this.book = book;
    this.guards = guards;
    this.recent = recent;
  }

  replace({ definitions, table }: CompiledRoutes, placements: readonly Placement[]): void {
    this.definitions = definitions;
    this.recent.retain(new Set(definitions.keys()));
    this.swap(table.withRoutes(this.placed(placements)));
  }

  place(placements: readonly Placement[]): void {
    const moved = this.placed(placements);
    if (moved.length > 0) this.swap(this.table.current.withRoutes(moved));
  }

  private placed(placements: readonly Placement[]): readonly LiveRoute[] {
    return placements.flatMap((placement) => {
      const definition = this.definitions.get(placement.route);
      if (definition === undefined) return [];
      return [
        liveRoute(
          definition,
          placement,
          (window) => this.book.tally(window),
          this.guards.tapOf,
          this.recent.of,
        ),
      ];
    });
  }

  private swap(table: RouteTable): void {
    this.table.swap(table);
    const tallies = table.routes.map((route) => route.tally);
    if (table.fallback !== undefined) tallies.push(table.fallback.tally);
    this.book.retain(tallies, table.requests);
  }
}
