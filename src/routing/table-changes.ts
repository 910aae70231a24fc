import { changedClients } from "../domain/changed-clients.ts";
import type { RouteDefinition, SideDefinition } from "../domain/route.ts";
import type { RouteImage, SideImage, TableImage } from "../domain/table-image.ts";
import { WindowTally } from "../domain/tally.ts";
import { CONNECT_KEY, DEFAULT_KEY, DISCONNECT_KEY, isMessageRoute } from "../domain/websocket-api.ts";
import { type Example, Examples } from "./change-examples.ts";
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
  /** Routes whose requests would be shadowed otherwise: `from` and `to` in percent of those that may be. */
  readonly shadows: readonly {
    readonly route: string;
    readonly from: number;
    readonly to: number;
    /** Which requests may be. */
    readonly of: string;
  }[];
  /** Routes of the new table that no request would reach, and one would before. */
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

function definitionOf(image: RouteImage): RouteDefinition {
  const { id, match, message, cohort, retired, formerly, modernPercent } = image;
  const side = ({ upstream, path }: SideImage): SideDefinition => ({ upstream, path: path ?? undefined });
  return {
    ...{ id, cohort, retired, formerly, sticky: [], hash: "" },
    match: {
      path: match.path,
      methods: match.methods ?? undefined,
      host: match.host ?? undefined,
      headers: match.headers,
      query: match.query,
      ...(match.operations ? { operations: match.operations } : {}),
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
    ...(message ? { message } : {}),
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

/** Of a message of a WebSocket: the route that takes it, as the front door chooses it. */
function messageRoute({ routes }: TableImage, api: string, key: string): RouteImage | null {
  const of = (name: string) => routes.find(({ message }) => message?.api === api && message.key === name);
  return of(key) ?? of(DEFAULT_KEY) ?? null;
}

/** Takes requests: it is none of a WebSocket API's messages. */
function isAsked({ message }: RouteImage): boolean {
  return !isMessageRoute({ message: message ?? undefined });
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

/** Of a route that goes on, or begins. */
function shadowChange(was: RouteImage | undefined, { id, shadow: is }: RouteImage): TableChanges["shadows"] {
  // An older fig does not tell.
  if (is === undefined || (was !== undefined && was.shadow === undefined)) return [];
  const before = was?.shadow ?? { percent: 0, of: is.of };
  if (before.percent === is.percent && (is.percent === 0 || before.of === is.of)) return [];
  return [{ route: id, from: before.percent, to: is.percent, of: is.of }];
}

/** Who goes on with each id: a route of that id, else one that was formerly it (domain/fold). */
function heirsOf({ routes }: TableImage): ReadonlyMap<string, string> {
  const former = routes.flatMap(({ id, formerly }) => formerly.map((name) => [name, id] as const));
  return new Map([...former, ...routes.map(({ id }) => [id, id] as const)]);
}

type Standing = Pick<RouteImage, "modernPercent"> & { readonly shadow: number | undefined };

/** A table as it would be: what the ledger has placed stands there, all else at its start. */
function placed(now: TableImage, next: TableImage): TableImage {
  const heirs = heirsOf(next);
  const standing = new Map<string, Standing>();
  const stand = (id: string, modernPercent: number, shadow: number | undefined) => {
    const heir = heirs.get(id);
    // Its own ledger comes before that of an id it had.
    if (heir !== undefined && (heir === id || !standing.has(heir)))
      standing.set(heir, { modernPercent, shadow });
  };
  for (const { id, modern, shadow } of now.left ?? []) stand(id, modern, shadow);
  for (const { id, modernPercent, shadow, shifted, retired } of now.routes)
    if (shifted !== false && !retired) stand(id, modernPercent, shadow?.percent);
  return {
    ...next,
    routes: next.routes.map((route) => {
      const known = standing.get(route.id);
      if (route.retired || known === undefined) return route;
      const { modernPercent, shadow } = known;
      if (route.shadow === undefined || shadow === undefined) return { ...route, modernPercent };
      const percent = route.legacy === null ? 0 : shadow;
      return { ...route, modernPercent, shadow: { ...route.shadow, percent } };
    }),
  };
}

/** Routes that are in both tables and that the same requests match: between two of them nothing moves. */
function unchanged(
  now: TableImage,
  next: TableImage,
  heir: ReadonlyMap<string, string>,
): ReadonlySet<RouteImage> {
  const byId = new Map(next.routes.map((route) => [route.id, route]));
  const pairs = now.routes.flatMap((route) => {
    const found = byId.get(heir.get(route.id) ?? "");
    return found !== undefined && JSON.stringify(found.match) === JSON.stringify(route.match)
      ? [route, found]
      : [];
  });
  return new Set(pairs);
}

/**
 * What changes for clients from one table to the next. Found by requests: of each route of both tables, and of every two of which one
 * is new, gone or matches otherwise, one of every method that a route names and one of a method that none does.
 */
export function tableChanges(now: TableImage, planned: TableImage): TableChanges {
  const next = placed(now, planned);
  const [before, after] = [new Side(now), new Side(next)];
  const heir = heirsOf(next);
  const [asked, askedNext] = [now.routes.filter(isAsked), next.routes.filter(isAsked)];
  const examples = new Examples([...asked, ...askedNext].map(({ match }) => match));
  const moved = new Map<string, Omit<MovedRequests, "whole">>();
  const note = (from: RouteImage | null, to: RouteImage | null, example: string) => {
    if (from?.id === to?.id || (from !== null && to !== null && heir.get(from.id) === to.id)) return false;
    const key = `${from?.id ?? ""}\t${to?.id ?? ""}`;
    if (!moved.has(key))
      moved.set(key, {
        ...{ from: from?.id ?? null, to: to?.id ?? null, example },
        clients: changedClients(from, to),
      });
    return true;
  };
  /** By route, where its own requests went that moved; null among them: some did not. */
  const went = new Map<string, Set<string | null | undefined>>();
  const look = ({ input, text }: Example, own?: RouteImage) => {
    const [from, to] = [before.of(input), after.of(input)];
    const goes = note(from, to, text);
    if (own === undefined || from?.id !== own.id) return;
    const places = went.get(own.id) ?? new Set();
    went.set(own.id, places.add(goes ? (to?.id ?? null) : undefined));
  };
  for (const route of asked) for (const example of examples.of(route)) look(example, route);
  for (const route of askedNext) for (const example of examples.of(route)) look(example);
  const same = unchanged(now, next, heir);
  for (const was of asked)
    for (const is of askedNext)
      if (!(same.has(was) && same.has(is))) for (const example of examples.ofBoth(was, is)) look(example);
  for (const example of examples.ofNone()) look(example);
  noteMessages(now, next, note);
  const kept = now.routes.flatMap((route) => {
    const found = after.byId.get(heir.get(route.id) ?? "");
    return found === undefined ? [] : [[route, found] as const];
  });
  const reaches = (table: Side, route: RouteImage) =>
    examples.of(route).some(({ input }) => table.of(input)?.id === route.id);
  const unreachable = askedNext.flatMap((route) => {
    const [example] = examples.of(route);
    if (example === undefined || reaches(after, route)) return [];
    const was = asked.find(({ id }) => heir.get(id) === route.id);
    if (was !== undefined && !reaches(before, was)) return [];
    return [{ route: route.id, by: after.of(example.input)?.id ?? null, example: example.text }];
  });
  const pairs = [...kept, ...(now.fallback && next.fallback ? [[now.fallback, next.fallback] as const] : [])];
  return {
    added: next.routes
      .filter(({ id }) => !now.routes.some((route) => heir.get(route.id) === id))
      .map(({ id }) => id),
    removed: now.routes.filter(({ id }) => !heir.has(id)).map(({ id }) => id),
    moved: [...moved.values()].map((found) => {
      const places = found.from === null ? undefined : went.get(found.from);
      return { ...found, whole: places?.size === 1 && places.has(found.to) };
    }),
    answers: pairs.flatMap(([was, is]) => {
      const clients = changedClients(was, is);
      return clients === 0 ? [] : [{ route: is.id, clients, why: why(was, is) }];
    }),
    shadows: next.routes.flatMap((route) =>
      shadowChange(
        (kept.find(([{ id }]) => id === route.id) ?? kept.find(([, is]) => is === route))?.[0],
        route,
      ),
    ),
    unreachable,
    policies: pairs.flatMap(([was, is]) => {
      const added = is.policies.filter((name) => !was.policies.includes(name));
      const removed = was.policies.filter((name) => !is.policies.includes(name));
      return added.length + removed.length === 0 ? [] : [{ route: is.id, added, removed }];
    }),
  };
}

/** Messages of APIs that both tables have: of one that comes or goes `$connect` says it. */
function noteMessages(
  now: TableImage,
  next: TableImage,
  note: (from: RouteImage | null, to: RouteImage | null, example: string) => boolean,
): void {
  const named = [...now.routes, ...next.routes].flatMap(({ message }) => message ?? []);
  const has = ({ routes }: TableImage, api: string) => routes.some(({ message }) => message?.api === api);
  for (const { api, key } of named) {
    if (key === CONNECT_KEY || key === DISCONNECT_KEY || !has(now, api) || !has(next, api)) continue;
    note(messageRoute(now, api, key), messageRoute(next, api, key), `a message ${key} of ${api}`);
  }
}

/** Whether a client would be answered by another server, or not at all. */
export function changesAnswers({ moved, answers, unreachable }: TableChanges): boolean {
  return moved.some(({ clients }) => clients > 0) || answers.length > 0 || unreachable.length > 0;
}
