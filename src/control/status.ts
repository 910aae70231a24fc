import { defaultRoute } from "../domain/default-route.ts";
import { hasDrifted, type LedgerState, positionOf } from "../domain/fold.ts";
import { pendingSteps } from "../domain/migration-plan.ts";
import { phaseOf } from "../domain/position.ts";
import type { RouteDefinition } from "../domain/route.ts";
import type { ControlContext } from "./context.ts";
import type { RouteStatus, Status } from "./contract.ts";
import { noEvidence, type RouteEvidence, windowSummary } from "./evidence.ts";
import { readGone } from "./gone.ts";
import { noticedRules } from "./noticed.ts";
import { definitionDrifted, problemText, ruleProblems, statusProblems } from "./status-problems.ts";
import { apartProblems } from "./stood-apart.ts";
import { inTurns, ROUTES_A_TURN } from "./turns.ts";
import {
  awayNow,
  evidenceOrLast,
  isAway,
  ledgerOrInForce,
  marked,
  oldestRead,
  unknownOf,
} from "./unknown.ts";
import { webSockets } from "./web-sockets.ts";

export function routeStatus(
  state: LedgerState,
  route: RouteDefinition,
  evidence: RouteEvidence,
): RouteStatus {
  const position = positionOf(state, route);
  const last = state.routes.get(route.id)?.last;
  return {
    id: route.id,
    cohort: route.cohort,
    phase: phaseOf(position, route.retired),
    position,
    ...windowSummary(evidence),
    lastShift:
      last === undefined
        ? null
        : { revision: last.revision, at: last.at, by: last.by, reason: last.reason, kind: last.kind },
    drifted: hasDrifted(state, route),
    definitionDrift: definitionDrifted(state, route),
  };
}

/** Where every route stands, what its evidence window holds, and what is wrong. `(default)` comes last. */
export async function status(context: ControlContext): Promise<Status> {
  const { facts, store } = context;
  const config = facts.config();
  // Counters that cannot be written are a problem that status names, not a reason to show nothing.
  await facts.flush().catch(() => undefined);
  // While the store is away, status shows what is in force here and what was read last, and says so.
  const { state, failed: unread } = await ledgerOrInForce(context);
  const routes = [...config.routes, defaultRoute(config)];
  const { evidence, failed: uncounted } = await evidenceOrLast(context, state, routes, true);
  const away = awayNow(context, unread || uncounted);
  const unlessAway =
    <T>(instead: T) =>
    (error: unknown): T => {
      if (!isAway(context, error)) throw error;
      return instead;
    };
  const problems = statusProblems(config, state, evidence, {
    problems: facts.problems(),
    invalid: facts.invalid(),
    gone: await readGone(store, state, config.routes).catch(unlessAway([])),
  });
  const noticed = await noticedRules(context, config.routes, evidence).catch(unlessAway(new Map()));
  const apart = await apartProblems(store, state).catch(unlessAway([]));
  const all = [...problems, ...apart, ...ruleProblems(noticed)];
  const said = new Map(all.map((problem) => [problemText(problem), problem.route]));
  const rows: RouteStatus[] = [];
  for await (const route of inTurns(routes, ROUTES_A_TURN)) {
    rows.push(routeStatus(state, route, evidence.get(route.id) ?? noEvidence(route)));
  }
  const shown = await marked(context, rows, evidence, away);
  return {
    stateId: store.stateId,
    revision: state.revision,
    problems: [...said.keys()],
    problemRoutes: [...said.values()],
    routes: shown,
    migrations: {
      applied: state.applied.length,
      pending: pendingSteps(state, config.migrations).length,
    },
    ...(facts.upstreams === undefined ? {} : { upstreams: await facts.upstreams() }),
    ...(facts.certificates === undefined ? {} : { certificates: await facts.certificates() }),
    ...(facts.sockets === undefined ? {} : { websockets: await webSockets(context, shown) }),
    ...(away === undefined ? {} : { unknown: unknownOf(away, oldestRead(context, evidence, routes)) }),
  };
}
