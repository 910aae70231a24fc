import { defaultRoute } from "../domain/default-route.ts";
import { placementOf } from "../domain/placement.ts";
import type { RouteDefinition } from "../domain/route.ts";
import { WindowTally } from "../domain/tally.ts";
import { decide, valuesOf } from "../routing/decide.ts";
import { decisionSettings } from "../routing/decision-settings.ts";
import { liveRoute } from "../routing/live-route.ts";
import type { Admit, CompileTable, Decide } from "./context.ts";

/** Without a front door: the decision that one with these files, and the ledger as it is now, would make. */
export function decideFromStore(admit: Admit, compile: CompileTable): Decide {
  return async ({ clock, facts, ledger }, request) => {
    const config = facts.config();
    const { lane, limits, routes } = config;
    const head = admit(request, limits.headersBytes, lane);
    if (typeof head === "string") return head;
    const state = await ledger.read(routes);
    const live = (definition: RouteDefinition) =>
      liveRoute(definition, placementOf(state, definition, 0), (window) => new WindowTally(window));
    const other = config.defaultUpstream === undefined ? undefined : live(defaultRoute(config));
    return valuesOf(decide(compile(routes.map(live), other), decisionSettings(config), head, clock.hex));
  };
}
