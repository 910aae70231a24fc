import { FigError } from "../domain/errors.ts";
import { cohortPins } from "../domain/pins.ts";
import { DEFAULT_ROUTE_ID, type RouteDefinition, type SideDefinition } from "../domain/route.ts";
import type { LiveRoute, MatchInput, MatchResult, RouteTable, TableRequests } from "./contract.ts";
import { Matcher, pathEnd } from "./matcher.ts";
import { type PathTemplate, type RewritePart, rewriteOf, templateOf } from "./template.ts";

interface CompiledRoute {
  readonly definition: RouteDefinition;
  readonly template: PathTemplate;
  readonly legacy: readonly RewritePart[] | undefined;
  readonly modern: readonly RewritePart[] | undefined;
}

/** What every table of one set of files shares. */
interface Compiled {
  readonly matcher: Matcher;
  readonly routes: readonly CompiledRoute[];
  readonly indexById: ReadonlyMap<string, number>;
  readonly clients: boolean;
  readonly byOperation: boolean;
  readonly pins: RouteTable["pins"];
}

function invalid(
  definition: RouteDefinition,
  found: { readonly problem: string; readonly remedy: string },
): FigError {
  return new FigError("invalid_route", `route ${definition.id}: ${found.problem}`, { remedy: found.remedy });
}

function compileSide(definition: RouteDefinition, side: SideDefinition | undefined, template: PathTemplate) {
  if (side?.path === undefined) return undefined;
  const parts = rewriteOf(side.path, template.names);
  if ("problem" in parts) throw invalid(definition, parts);
  return parts;
}

function compileRoute(definition: RouteDefinition): CompiledRoute {
  const template = templateOf(definition.match.path);
  if ("problem" in template) throw invalid(definition, template);
  const legacy = compileSide(definition, definition.legacy, template);
  const modern = compileSide(definition, definition.modern, template);
  return { definition, template, legacy, modern };
}

const NONE: MatchResult = Object.freeze({ kind: "none" });
const TWO_READINGS: MatchResult = Object.freeze({ kind: "ambiguous" });

class Table implements RouteTable {
  readonly routes: readonly LiveRoute[];
  readonly fallback: LiveRoute | undefined;
  readonly requests: TableRequests = { active: 0 };
  readonly clients: boolean;
  readonly byOperation: boolean;
  readonly pins: RouteTable["pins"];
  private readonly compiled: Compiled;

  constructor(compiled: Compiled, routes: readonly LiveRoute[], fallback: LiveRoute | undefined) {
    this.compiled = compiled;
    this.clients = compiled.clients;
    this.byOperation = compiled.byOperation;
    this.pins = compiled.pins;
    this.routes = routes;
    this.fallback = fallback;
  }

  byId(id: string): LiveRoute | undefined {
    if (id === DEFAULT_ROUTE_ID) return this.fallback;
    const index = this.compiled.indexById.get(id);
    return index === undefined ? undefined : this.routes[index];
  }

  match(input: MatchInput): MatchResult {
    const match = this.compiled.matcher.match(input);
    if (match === undefined) return NONE;
    if (match === "ambiguous") return TWO_READINGS;
    const { index: place, captures } = match;
    return { kind: "route", route: this.routes[place] as LiveRoute, place, captures };
  }

  rewrite(route: LiveRoute, side: "legacy" | "modern", target: string, captures: readonly string[]): string {
    if (!route.rewrites) return target;
    const index = this.compiled.indexById.get(route.id);
    const parts = index === undefined ? undefined : this.compiled.routes[index]?.[side];
    if (parts === undefined) return target;
    let path = "";
    for (const part of parts) path += typeof part === "string" ? part : (captures[part] ?? "");
    return path + target.slice(pathEnd(target));
  }

  withRoutes(changed: readonly LiveRoute[]): RouteTable {
    const routes = this.routes.slice();
    let { fallback } = this;
    for (const route of changed) {
      const { id } = route.definition;
      const index = this.compiled.indexById.get(id);
      if (index !== undefined) routes[index] = route;
      else if (id === DEFAULT_ROUTE_ID && fallback !== undefined) fallback = route;
    }
    return new Table(this.compiled, routes, fallback);
  }
}

/**
 * Compiles definitions to a table. Matching costs the length of the path, not the number of routes. Throws FigError
 * `invalid_route` for a path that is no template or an id given twice; loading the files reports both with their place.
 */
export function compileTable(routes: readonly LiveRoute[], fallback: LiveRoute | undefined): RouteTable {
  const compiled = routes.map((route) => compileRoute(route.definition));
  const indexById = new Map<string, number>();
  for (const [index, { definition }] of compiled.entries()) {
    if (indexById.has(definition.id)) {
      throw new FigError("invalid_route", `two routes have the id ${definition.id}`, {
        remedy: "give each its own id",
      });
    }
    indexById.set(definition.id, index);
  }
  const clients = routes.some(({ sticky }) => sticky.some(({ kind }) => kind === "client"));
  const pins = cohortPins(routes.map(({ definition }) => definition));
  const byOperation = routes.some(({ definition }) => definition.match.operations !== undefined);
  const shared = { matcher: new Matcher(compiled), routes: compiled, indexById, clients, byOperation, pins };
  return new Table(shared, routes.slice(), fallback);
}
