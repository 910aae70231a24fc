import type { RouteDefinition } from "../domain/route.ts";
import { conditionsOf } from "./conditions.ts";
import { templateOf } from "./template.ts";

/** What two routes must share before anything else can make them tie: host and the shape of the path. */
function shapeOf(definition: RouteDefinition): string | undefined {
  const template = templateOf(definition.match.path);
  if ("problem" in template) return undefined;
  const shape = template.segments.map((segment) =>
    segment.kind === "literal" ? segment.text : [segment.kind],
  );
  return JSON.stringify([definition.match.host ?? null, shape]);
}

/** No request can hold both: the same header or parameter would need two values. */
function exclude(
  a: readonly { readonly name: string; readonly value: string }[],
  b: readonly { readonly name: string; readonly value: string }[],
): boolean {
  return a.some(({ name, value }) => b.some((other) => other.name === name && other.value !== value));
}

function tie(a: RouteDefinition, b: RouteDefinition): boolean {
  const x = conditionsOf(a.match);
  const y = conditionsOf(b.match);
  if ((x.methods === undefined) !== (y.methods === undefined)) return false;
  if (x.methods !== undefined && !x.methods.some((method) => y.methods?.includes(method))) return false;
  if (x.headers.length + x.query.length !== y.headers.length + y.query.length) return false;
  return !exclude(x.headers, y.headers) && !exclude(x.query, y.query);
}

/**
 * Pairs of routes that a single request could match with equal precedence (DESIGN "Matching"): the same host or both
 * without, the same path but for the names of captures, methods that overlap or none on both, as many conditions, and no
 * condition that one asks for and the other rules out. Routes whose path is no template are left out.
 */
export function findTies(
  definitions: readonly RouteDefinition[],
): readonly (readonly [first: RouteDefinition, second: RouteDefinition])[] {
  const byShape = new Map<string, RouteDefinition[]>();
  for (const definition of definitions) {
    const shape = shapeOf(definition);
    if (shape === undefined) continue;
    const same = byShape.get(shape);
    if (same === undefined) byShape.set(shape, [definition]);
    else same.push(definition);
  }
  const ties: (readonly [RouteDefinition, RouteDefinition])[] = [];
  for (const same of byShape.values()) {
    for (const [index, first] of same.entries()) {
      for (const second of same.slice(index + 1)) if (tie(first, second)) ties.push([first, second]);
    }
  }
  return ties;
}
