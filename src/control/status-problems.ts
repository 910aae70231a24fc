import type { ConfigProblem, FrontDoorConfig } from "../domain/config.ts";
import { goneRoutes, type LedgerState, positionOf } from "../domain/fold.ts";
import { driftText, editedSteps, editedText, stepText } from "../domain/migration-plan.ts";
import type { RouteDefinition } from "../domain/route.ts";
import { countText, numberText } from "../domain/wording.ts";
import type { RouteEvidence } from "./evidence.ts";
import { splitText } from "./gates.ts";

/** A share among fewer keyed requests than this says nothing about the split. */
const MIN_KEYED = 200;
const MAX_KEY_SHARE = 0.2;

function heavyKey({ id }: RouteDefinition, { counts }: RouteEvidence): string | undefined {
  const { keyed, topKey } = counts;
  if (keyed < MIN_KEYED || topKey / keyed <= MAX_KEY_SHARE) return undefined;
  const share = numberText((topKey / keyed) * 100, 1);
  return `${id}: one sticky key makes ${share} % of ${countText(keyed)} requests, so the split cannot follow the percentage; choose a finer sticky, or set trustedProxies if it is a proxy's address`;
}

/** The split that the last entry noted, when it is not today's and clients are on both sides. */
function movedClients(state: LedgerState, route: RouteDefinition): string | undefined {
  const known = state.routes.get(route.id);
  const { modern } = positionOf(state, route);
  if (known === undefined || modern <= 0 || modern >= 100) return undefined;
  const noted = known.last.evidence.split;
  if (typeof noted !== "object" || noted === null) return undefined;
  const was: unknown = Object.entries(noted).find(([id]) => id === known.lastChange.route)?.[1];
  if (typeof was !== "string" || was === splitText(route)) return undefined;
  return `${route.id} is splitting and its split changed (from ${was} to ${splitText(route)}), so clients have changed sides; put it back, or shift ${route.id} --fresh to accept it`;
}

export function definitionDrifted(state: LedgerState, route: RouteDefinition): boolean {
  const known = state.routes.get(route.id);
  return known !== undefined && known.lastChange.hash !== route.hash;
}

function routeProblems(state: LedgerState, route: RouteDefinition, evidence: RouteEvidence | undefined) {
  const problems: (string | undefined)[] = [driftText(state, route), movedClients(state, route)];
  if (definitionDrifted(state, route)) {
    const revision = state.routes.get(route.id)?.last.revision ?? 0;
    problems.push(
      `${route.id}: its definition here is not the one revision ${revision} was written with (definitionDrift); where front doors have different files, bring them together, else the next shift settles it`,
    );
  }
  if (evidence !== undefined && !route.retired) problems.push(heavyKey(route, evidence));
  return problems.filter((problem) => problem !== undefined);
}

function fileProblem({ file, line, column, message, remedy }: ConfigProblem): string {
  return `${file}:${line}:${column}: ${message}; ${remedy}`;
}

/** What is wrong, one sentence each: files first, then the ledger against the files, then routes. */
export function statusProblems(
  config: FrontDoorConfig,
  state: LedgerState,
  evidence: ReadonlyMap<string, RouteEvidence>,
  facts: { readonly problems: readonly string[]; readonly invalid: readonly ConfigProblem[] },
): readonly string[] {
  const problems = [...facts.problems, ...facts.invalid.map(fileProblem)];
  for (const { route, position } of goneRoutes(state, config.routes)) {
    problems.push(
      `${route} is in no route file, but its modern stands at ${position.modern}: put it back, or name it in another route's formerly`,
    );
  }
  for (const edited of editedSteps(state, config.migrations)) {
    problems.push(`${editedText(edited)}: restore it, and put the change into a new migration`);
  }
  const files = new Set(config.migrations.map((step) => step.number));
  for (const { mark, revision } of state.applied) {
    if (files.has(mark.number)) continue;
    problems.push(
      `step ${stepText(mark)} was applied (revision ${revision}), but its file is gone: restore it`,
    );
  }
  for (const route of config.routes) problems.push(...routeProblems(state, route, evidence.get(route.id)));
  return [...new Set(problems)];
}
