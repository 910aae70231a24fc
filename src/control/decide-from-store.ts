import type { Clock } from "../domain/clock.ts";
import { defaultRoute } from "../domain/default-route.ts";
import type { Pins } from "../domain/pins.ts";
import { placementOf } from "../domain/placement.ts";
import { POLICY_ORDER, type Policies, type PolicyVerdict } from "../domain/policies.ts";
import type { RouteDefinition } from "../domain/route.ts";
import { WindowTally } from "../domain/tally.ts";
import { valuesOf } from "../routing/decide.ts";
import { decideWritten } from "../routing/decide-written.ts";
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
    const table = compile(routes.map(live), other);
    const values = valuesOf(
      decideWritten(table, decisionSettings(config), head, request, clock.hex, noneKnown(clock)),
    );
    return { ...values, policies: notAsked(values.route?.definition.policies) };
  };
}

/** Without a front door, the pins that clients send along are all that is known. */
function noneKnown({ now }: Pick<Clock, "now">): Pins {
  return { now, of: () => undefined };
}

/** What a policy says may depend on what only a front door that runs knows. */
function notAsked(policies: Policies | undefined): readonly PolicyVerdict[] {
  const names = POLICY_ORDER.filter((name) => policies?.[name] !== undefined);
  return names.map((policy) => ({
    policy,
    verdict: "not_asked",
    detail: "only a front door that runs can tell",
  }));
}
