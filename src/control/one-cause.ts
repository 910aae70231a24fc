import type { RouteDefinition } from "../domain/route.ts";
import { countText } from "../domain/wording.ts";
import type { Attention } from "./board-contract.ts";
import type { Problem } from "./status-problems.ts";

/** As many routes that fail on one upstream are one thing to look at. */
const TOGETHER = 3;
/** Names that an entry carries. */
const MAX_NAMED = 200;

/** What a dead upstream explains, where it serves or is shadowed. */
const EXPLAINED: ReadonlySet<Attention["kind"]> = new Set([
  "failing",
  "modern_errors",
  "mismatches",
  "no_evidence",
  "stale_evidence",
]);
const FAILING: ReadonlySet<Attention["kind"]> = new Set(["failing", "modern_errors"]);

type Routes = ReadonlyMap<string, RouteDefinition>;

function sidesOf(routes: Routes, id: string | null): readonly string[] {
  const route = id === null ? undefined : routes.get(id);
  return route === undefined ? [] : [route.modern.upstream, ...(route.legacy ? [route.legacy.upstream] : [])];
}

/** Upstreams of which no URL is left. */
export function deadUpstreams(
  problems: readonly Problem[],
  upstreams: ReadonlyMap<string, { readonly name?: string; readonly urls?: readonly string[] }>,
): ReadonlySet<string> {
  const out = new Map<string, number>();
  for (const { upstream } of problems)
    if (upstream !== undefined) out.set(upstream, (out.get(upstream) ?? 0) + 1);
  const dead = [...out].filter(([name, count]) => count >= (upstreams.get(name)?.urls?.length ?? 1));
  return new Set(dead.map(([name]) => name));
}

function gravest(items: readonly Attention[]): Attention["severity"] {
  return items.some(({ severity }) => severity === "error") ? "error" : "warning";
}

function named(items: readonly Attention[]): readonly string[] {
  return [...new Set(items.flatMap(({ route }) => route ?? []))].slice(0, MAX_NAMED);
}

/** One entry for each upstream that is out, with the routes that fail for it; their own entries go. */
function underDead(
  all: readonly Attention[],
  routes: Routes,
  dead: ReadonlySet<string>,
): readonly Attention[] {
  const causeOf = ({ kind, route }: Attention) =>
    EXPLAINED.has(kind) ? sidesOf(routes, route).find((name) => dead.has(name)) : undefined;
  const below = Map.groupBy(all, causeOf);
  const kept = below.get(undefined) ?? [];
  const said = new Set<string>();
  return kept.flatMap((item) => {
    const { upstream = "" } = item;
    if (item.kind !== "upstream" || !dead.has(upstream)) return item;
    // Of several URLs that are all out each says so; the routes are named once.
    if (said.has(upstream)) return item;
    said.add(upstream);
    const uses = [...routes.keys()].filter((id) => sidesOf(routes, id).includes(upstream)).length;
    const failing = below.get(upstream) ?? [];
    const count = uses === 1 ? "1 route goes there" : `${countText(uses)} routes go there`;
    return {
      ...item,
      message: `${item.message}; ${count}`,
      ...(failing.length === 0 ? {} : { routes: named(failing) }),
    };
  });
}

/** Many routes whose modern is one upstream and that fail at once have one cause, whether or not it is known to be out. */
function failingTogether(all: readonly Attention[], routes: Routes): readonly Attention[] {
  const upstreamOf = ({ kind, route }: Attention) =>
    FAILING.has(kind) ? sidesOf(routes, route)[0] : undefined;
  const by = Map.groupBy(all, upstreamOf);
  const said = new Set<string>();
  return all.flatMap((item) => {
    const upstream = upstreamOf(item);
    const together = upstream === undefined ? [] : (by.get(upstream) ?? []);
    if (upstream === undefined || together.length < TOGETHER) return item;
    if (said.has(upstream)) return [];
    said.add(upstream);
    const severity = gravest(together);
    const first = together.find((each) => each.severity === severity) ?? item;
    return {
      ...first,
      route: null,
      upstream,
      message: `upstream ${upstream}: ${countText(together.length)} routes fail there; the first: ${first.message}`,
      remedy: `Look at ${upstream} before you look at its routes: what fails together has one cause.`,
      routes: named(together),
    };
  });
}

/** One cause is one entry, however many routes feel it. The order stays. */
export function byCause(
  all: readonly Attention[],
  routes: Routes,
  dead: ReadonlySet<string>,
): readonly Attention[] {
  return failingTogether(underDead(all, routes, dead), routes);
}
