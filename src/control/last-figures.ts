import { type LedgerState, revisionOf } from "../domain/fold.ts";
import type { RouteDefinition } from "../domain/route.ts";
import type { RouteEvidence } from "./evidence.ts";

/** The figures of the evidence windows as this process read them last, for the time in which the store cannot be read. */
export class LastFigures {
  private readonly routes = new Map<string, RouteEvidence>();
  private readonly times = new WeakMap<RouteEvidence, number>();

  /** `whole`: of every route there is, so that others are forgotten. */
  keep(evidence: ReadonlyMap<string, RouteEvidence>, at: number, whole: boolean): void {
    if (whole) this.routes.clear();
    for (const [id, each] of evidence) {
      this.routes.set(id, each);
      this.times.set(each, at);
    }
  }

  /** Of these routes, where the window that was read is the one that is open. */
  of(state: LedgerState, routes: readonly RouteDefinition[]): ReadonlyMap<string, RouteEvidence> {
    const known = routes.flatMap(({ id }) => {
      const found = this.routes.get(id);
      return found === undefined || found.window.revision !== revisionOf(state, id)
        ? []
        : [[id, found] as const];
    });
    return new Map(known);
  }

  /** When it was read, ms since the epoch; undefined: it was not. */
  readAt(evidence: RouteEvidence | undefined): number | undefined {
    return evidence === undefined ? undefined : this.times.get(evidence);
  }
}
