import { defaultRoute } from "../domain/default-route.ts";
import type { LoginPolicy } from "../domain/policies/login.ts";
import type { RouteDefinition } from "../domain/route.ts";
import { WindowTally } from "../domain/tally.ts";
import { compileTable, liveRoute } from "../routing/index.ts";
import { type ConfigDocument, type ProblemList, valueAt } from "./document.ts";
import type { FrontDoorSettings } from "./front-door.ts";
import type { PlacedRoute } from "./routes.ts";

const START = { position: { modern: 0, shadow: 0 }, revision: 0, epoch: 0 };
const OWN_PATHS = ["callback", "start", "logout", "backchannel"] as const;

function live(definition: RouteDefinition) {
  return liveRoute(definition, { route: definition.id, ...START }, (window) => new WindowTally(window));
}

/**
 * A policy answers its own paths on the routes that have it: each of them must lead to one. Where files are right but for that, a
 * login would never come back.
 */
export function checkLoginPaths(
  routes: readonly PlacedRoute[],
  settings: FrontDoorSettings,
  fig: ConfigDocument,
  problems: ProblemList,
): void {
  const common = settings.policies.login;
  if (common === undefined && routes.every(({ definition }) => definition.policies?.login === undefined))
    return;
  const definitions = routes.map(({ definition }) => definition);
  const fallback =
    settings.defaultUpstream === undefined ? undefined : defaultRoute({ ...settings, routes: definitions });
  const table = compileTable(definitions.map(live), fallback && live(fallback));
  const same = (one: LoginPolicy | undefined, other: LoginPolicy) =>
    JSON.stringify(one) === JSON.stringify(other);
  const lost = (policy: LoginPolicy, host: string) =>
    OWN_PATHS.find((key) => {
      const target = policy[key];
      if (target === undefined) return false;
      const method = key === "backchannel" ? "POST" : "GET";
      const found = table.match({ method, target, host, headers: [] });
      const route =
        found.kind === "route" ? found.route.definition : found.kind === "none" ? fallback : undefined;
      return !same(route?.policies?.login, policy);
    });
  const told = new Set<string>();
  for (const { definition, document, base } of routes) {
    const policy = definition.policies?.login;
    if (policy === undefined) continue;
    const key = lost(policy, definition.match.host ?? "");
    if (key === undefined) continue;
    const own = valueAt(document.value, [...base, "policies", "login"]) !== undefined;
    const place = own ? document.place([...base, "policies", "login"]) : fig.place(["policies", "login"]);
    const message = `policies.login.${key}: ${policy[key]} leads to no route with this login`;
    const which = own ? `route ${definition.id}: ${message}` : message;
    if (told.has(which)) continue;
    told.add(which);
    problems.add(
      place,
      which,
      `write callback, start and logout below a path of the route, or add a route for /.fig/{rest+} with the same login`,
    );
  }
}
