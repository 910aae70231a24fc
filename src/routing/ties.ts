import type { RouteDefinition } from "../domain/route.ts";
import { isMessageRoute } from "../domain/websocket-api.ts";
import { foldAscii } from "./bytes.ts";
import { type Conditions, conditionsOf, numberOf } from "./conditions.ts";
import { templateOf } from "./template.ts";

/** What two routes must share before anything else can make them tie: host and the shape of the path. */
function shapeOf(definition: RouteDefinition): string | undefined {
  const template = templateOf(definition.match.path);
  if ("problem" in template) return undefined;
  const { host, caseSensitive } = definition.match;
  const folds = caseSensitive === false;
  const shape = template.segments.map((segment) => {
    if (segment.kind !== "literal") return [segment.kind];
    return folds ? foldAscii(segment.text) : segment.text;
  });
  return JSON.stringify([host ?? null, folds, shape]);
}

/** No request can hold both: the same header or parameter would need two values. */
function exclude(
  a: readonly { readonly name: string; readonly value: string }[],
  b: readonly { readonly name: string; readonly value: string }[],
): boolean {
  return a.some(({ name, value }) => b.some((other) => other.name === name && other.value !== value));
}

/** Both ask for operations, and for none that the other does. */
function areApart(a: Conditions["operations"], b: Conditions["operations"]): boolean {
  return a !== undefined && b !== undefined && a.isDisjointFrom(b);
}

interface Shaped {
  readonly definition: RouteDefinition;
  readonly conditions: Conditions;
}

function tie({ conditions: a }: Shaped, { conditions: b }: Shaped): boolean {
  if ((a.methods === undefined) !== (b.methods === undefined)) return false;
  if (a.methods !== undefined && !a.methods.some((method) => b.methods?.includes(method))) return false;
  if (numberOf(a) !== numberOf(b)) return false;
  return (
    !exclude(a.headers, b.headers) && !exclude(a.query, b.query) && !areApart(a.operations, b.operations)
  );
}

/**
 * Pairs of routes that a single request could match with equal precedence (docs/contract.md, Matching): the same host or both
 * without, the same path but for the names of captures (and but for case, where it does not count for both), methods that overlap or none on both, as many conditions, and no
 * condition that one asks for and the other rules out. Routes whose path is no template are left out.
 */
export function findTies(
  definitions: readonly RouteDefinition[],
): readonly (readonly [first: RouteDefinition, second: RouteDefinition])[] {
  const byShape = new Map<string, Shaped[]>();
  for (const definition of definitions) {
    // No request matches it.
    if (isMessageRoute(definition)) continue;
    const shape = shapeOf(definition);
    if (shape === undefined) continue;
    const shaped = { definition, conditions: conditionsOf(definition.match) };
    const same = byShape.get(shape);
    if (same === undefined) byShape.set(shape, [shaped]);
    else same.push(shaped);
  }
  const ties: (readonly [RouteDefinition, RouteDefinition])[] = [];
  for (const same of byShape.values()) {
    for (const [index, first] of same.entries()) {
      for (let other = index + 1; other < same.length; other++) {
        const second = same[other] as Shaped;
        if (tie(first, second)) ties.push([first.definition, second.definition]);
      }
    }
  }
  return ties;
}
