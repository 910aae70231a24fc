import { changedClients } from "../domain/changed-clients.ts";
import type { RouteDefinition, SideDefinition } from "../domain/route.ts";
import type { RouteImage, SideImage, TableImage } from "../domain/table-image.ts";
import { WindowTally } from "../domain/tally.ts";
import type { MatchInput, RouteTable } from "./contract.ts";
import { liveRoute } from "./live-route.ts";
import { compileTable } from "./table.ts";

/** Requests that another route would take than does now. */
interface MovedRequests {
  /** Null: none takes them, and they get 404. */
  readonly from: string | null;
  readonly to: string | null;
  /** One of them. */
  readonly example: string;
  /** Percent of their clients whom another upstream, or another path of it, would answer. */
  readonly clients: number;
  /** True: all of `from`'s requests, as far as its template tells; false: some of them. */
  readonly whole: boolean;
}

/** What another table would change for live traffic. */
export interface TableChanges {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly moved: readonly MovedRequests[];
  /** Routes that keep their requests, and that would answer some clients otherwise: by other sides, another split, another position. */
  readonly answers: readonly { readonly route: string; readonly clients: number; readonly why: string }[];
  /** Routes of the new table that no request would reach. */
  readonly unreachable: readonly {
    readonly route: string;
    readonly by: string | null;
    readonly example: string;
  }[];
  readonly policies: readonly {
    readonly route: string;
    readonly added: readonly string[];
    readonly removed: readonly string[];
  }[];
}

/** No literal of anybody's files. */
const SEGMENT = "fig-any";

function definitionOf(image: RouteImage): RouteDefinition {
  const { id, match, cohort, retired, formerly, modernPercent } = image;
  const side = ({ upstream, path }: SideImage): SideDefinition => ({ upstream, path: path ?? undefined });
  return {
    ...{ id, cohort, retired, formerly, sticky: [], hash: "" },
    match: {
      path: match.path,
      methods: match.methods ?? undefined,
      host: match.host ?? undefined,
      headers: match.headers,
      query: match.query,
      ...(match.caseSensitive ? {} : { caseSensitive: false as const }),
      ...(match.trailingSlash === "any" ? { trailingSlash: "any" as const } : {}),
      ...(match.encodedSlash === "keep" ? { encodedSlash: "keep" as const } : {}),
    },
    legacy: image.legacy === null ? undefined : side(image.legacy),
    modern: side(image.modern),
    start: { modern: modernPercent, shadow: 0 },
    shadow: { writes: "never", timeoutMs: 1, maxBodyBytes: 0, concurrency: 0 },
    compare: { headers: [], ignore: [], arrays: {}, tolerance: {}, redact: [], samples: 0 },
    source: { file: "", line: 0, column: 0 },
  };
}

class Side {
  readonly byId: ReadonlyMap<string, RouteImage>;
  private readonly table: RouteTable;
  private readonly fallback: RouteImage | null;

  constructor({ routes, fallback }: TableImage) {
    this.byId = new Map(routes.map((route) => [route.id, route]));
    this.fallback = fallback;
    const live = routes.map((route) => {
      const position = { modern: route.modernPercent, shadow: 0 };
      const placement = { route: route.id, position, revision: 0, epoch: 0 };
      return liveRoute(definitionOf(route), placement, (window) => new WindowTally(window));
    });
    this.table = compileTable(live, undefined);
  }

  /** The route that takes a request; null: none does. */
  of(input: MatchInput): RouteImage | null {
    const found = this.table.match(input);
    if (found.kind === "route") return this.byId.get(found.route.id) ?? null;
    return this.fallback;
  }
}

/** A request that a route takes, if none that is more exact does; one for each method that is of interest. */
function requestsOf({ match }: RouteImage, methods: readonly string[]): readonly MatchInput[] {
  const path = match.path.replaceAll(/\{[^}]*\}/g, SEGMENT);
  const query = new URLSearchParams(match.query).toString();
  const headers = Object.entries(match.headers).flat();
  return (match.methods ?? methods).map((method) => ({
    ...{ method, headers, host: match.host ?? "" },
    target: query === "" ? path : `${path}?${query}`,
  }));
}

function shown({ method, target, host }: MatchInput): string {
  return `${method} ${host === "" ? "" : `//${host}`}${target.replaceAll(SEGMENT, "…")}`;
}

function why(before: RouteImage, after: RouteImage): string {
  const said: string[] = [];
  const side = (name: "legacy" | "modern") => {
    const [was, is] = [before[name], after[name]];
    const text = (of: SideImage | null) =>
      of === null ? "none" : `${of.upstream}${of.path === null ? "" : ` ${of.path}`}`;
    if (was?.server !== is?.server || was?.path !== is?.path)
      said.push(
        text(was) === text(is) ? `${text(is)} is another server` : `${name}: ${text(was)} → ${text(is)}`,
      );
  };
  side("legacy");
  side("modern");
  if (before.cohort !== after.cohort) said.push(`cohort: ${before.cohort} → ${after.cohort}`);
  if (before.sticky.join() !== after.sticky.join())
    said.push(`sticky: ${before.sticky.join(", ")} → ${after.sticky.join(", ")}`);
  if (before.modernPercent !== after.modernPercent)
    said.push(`modern: ${before.modernPercent} → ${after.modernPercent} %`);
  return said.join("; ");
}

/** A table as it would be where routes that go on stand where they stand now. */
function placed(now: TableImage, next: TableImage): TableImage {
  const standing = new Map(now.routes.map((route) => [route.id, route]));
  return {
    ...next,
    routes: next.routes.map((route) => {
      const known = [route.id, ...route.formerly]
        .map((id) => standing.get(id))
        .find((found) => found !== undefined);
      return route.retired || known === undefined ? route : { ...route, modernPercent: known.modernPercent };
    }),
  };
}

/**
 * What changes for clients from one table to the next. Found by requests: of each route of both tables one of every method that a
 * route names, which tells of what lies within another route's template too, as far as one example can.
 */
export function tableChanges(now: TableImage, planned: TableImage): TableChanges {
  const next = placed(now, planned);
  const [before, after] = [new Side(now), new Side(next)];
  const heir = new Map(
    next.routes.flatMap(({ id, formerly }) => [id, ...formerly].map((name) => [name, id])),
  );
  const named = [...now.routes, ...next.routes].flatMap(({ match }) => match.methods ?? []);
  const methods = [...new Set(["GET", "POST", ...named])];
  const moved = new Map<string, MovedRequests>();
  const note = (input: MatchInput, whole: boolean) => {
    const [from, to] = [before.of(input), after.of(input)];
    if (from?.id === to?.id || (from !== null && to !== null && heir.get(from.id) === to.id)) return;
    const key = `${from?.id ?? ""}\t${to?.id ?? ""}`;
    const known = moved.get(key);
    const found = {
      ...{ from: from?.id ?? null, to: to?.id ?? null, example: known?.example ?? shown(input) },
      clients: changedClients(from, to),
      whole: (known?.whole ?? false) || whole,
    };
    moved.set(key, found);
  };
  for (const route of now.routes)
    for (const input of requestsOf(route, methods)) note(input, before.of(input)?.id === route.id);
  for (const route of next.routes) for (const input of requestsOf(route, methods)) note(input, false);
  const went = (id: string) => !heir.has(id);
  const kept = now.routes.flatMap((route) => {
    const found = after.byId.get(heir.get(route.id) ?? "");
    return found === undefined ? [] : [[route, found] as const];
  });
  const unreachable = next.routes.flatMap((route) => {
    const inputs = requestsOf(route, methods);
    const takers = inputs.map((input) => after.of(input));
    if (takers.some((taker) => taker?.id === route.id) || inputs.length === 0) return [];
    return [{ route: route.id, by: takers[0]?.id ?? null, example: shown(inputs[0] as MatchInput) }];
  });
  const pairs = [...kept, ...(now.fallback && next.fallback ? [[now.fallback, next.fallback] as const] : [])];
  return {
    added: next.routes
      .filter(({ id, formerly }) => ![id, ...formerly].some((name) => before.byId.has(name)))
      .map(({ id }) => id),
    removed: now.routes.filter(({ id }) => went(id)).map(({ id }) => id),
    moved: [...moved.values()],
    answers: pairs.flatMap(([was, is]) => {
      const clients = changedClients(was, is);
      return clients === 0 ? [] : [{ route: is.id, clients, why: why(was, is) }];
    }),
    unreachable,
    policies: pairs.flatMap(([was, is]) => {
      const added = is.policies.filter((name) => !was.policies.includes(name));
      const removed = was.policies.filter((name) => !is.policies.includes(name));
      return added.length + removed.length === 0 ? [] : [{ route: is.id, added, removed }];
    }),
  };
}

/** Whether a client would be answered by another server, or not at all. */
export function changesAnswers({ moved, answers, unreachable }: TableChanges): boolean {
  return moved.some(({ clients }) => clients > 0) || answers.length > 0 || unreachable.length > 0;
}
