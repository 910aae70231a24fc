import { type Aliases, aliasesOf } from "../domain/fold.ts";
import type { RouteDefinition } from "../domain/route.ts";

/** The routes of one set of files, ready to be looked up. */
interface IndexedRoutes {
  readonly byId: ReadonlyMap<string, RouteDefinition>;
  readonly aliases: Aliases;
}

/** Indexes the routes in force once, not with every request: a reload brings another list. */
export class RouteIndex {
  private routes: readonly RouteDefinition[] | undefined;
  private indexed: IndexedRoutes = { byId: new Map(), aliases: new Map() };

  of(routes: readonly RouteDefinition[]): IndexedRoutes {
    if (this.routes !== routes) {
      const byId = new Map(routes.map((route) => [route.id, route]));
      this.indexed = { byId, aliases: aliasesOf(routes) };
      this.routes = routes;
    }
    return this.indexed;
  }
}
