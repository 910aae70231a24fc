import type { RawHeaders } from "../domain/message.ts";
import type { StoppedShadow } from "../domain/outcomes.ts";
import type { RouteDefinition } from "../domain/route.ts";
import type { LiveRoute } from "../routing/contract.ts";
import { carriesCookies, rewrittenCookie } from "./session-cookies.ts";
import type { ShadowTap } from "./shadow-tap.ts";

/** Routes whose copies are no longer sent: one of them wrote a session of its client's. */
export class StoppedShadows {
  private readonly stopped = new Map<string, StoppedShadow>();
  private readonly tell: (stopped: readonly StoppedShadow[]) => void;

  /** `tell` hears when a route is no longer shadowed, or is again: all that are not. */
  constructor(tell: (stopped: readonly StoppedShadow[]) => void) {
    this.tell = tell;
  }

  has({ id, definition }: LiveRoute): boolean {
    return this.stopped.size > 0 && this.stopped.has(id) && definition.shadow.headers === undefined;
  }

  /** Whether this answer to a copy is the one that stops its route. */
  stops({ decision, request }: ShadowTap, answer: RawHeaders): boolean {
    const { id, definition } = decision.live;
    const cookie = rewrittenCookie(request.headers, answer);
    if (cookie === undefined || this.stopped.has(id)) return false;
    const side = decision.shadowSide;
    if (!carriesCookies(definition, side)) return false;
    this.stopped.set(id, { route: id, cookie, side });
    return true;
  }

  /** These routes are in the files now. Whose copies may be sent after all are sent again. */
  retain(routes: readonly RouteDefinition[]): void {
    const known = new Map(routes.map((route) => [route.id, route]));
    let resumed = false;
    for (const { route: id, side } of this.stopped.values()) {
      const route = known.get(id);
      if (route !== undefined && carriesCookies(route, side)) continue;
      this.stopped.delete(id);
      resumed = true;
    }
    if (resumed) this.told();
  }

  told(): void {
    this.tell([...this.stopped.values()]);
  }
}
