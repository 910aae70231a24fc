import { mostFirst } from "../domain/most-first.ts";
import type { Phase } from "../domain/position.ts";
import {
  SOCKET_DIRECTIONS,
  SOCKET_END_NAMES,
  SOCKET_ERRORS,
  SOCKET_RESULTS,
  type SocketEnd,
} from "../domain/socket-counts.ts";
import type { SocketRoute, WebSocketApi } from "../domain/websocket-api.ts";
import type { ControlContext } from "./context.ts";
import type { RouteStatus, SocketsHere, WebSocketApiStatus } from "./contract.ts";
import { sideRates } from "./rates.ts";
import { isAway } from "./unknown.ts";

type Closes = WebSocketApiStatus["closes"];

const MOST_CLOSED = mostFirst<Closes[number]>(
  ({ count }) => count,
  ({ code, reason }) => `${code} ${reason}`,
);

type Lately = Awaited<ReturnType<typeof sideRates>>;

/** The WebSocket APIs in force: their connections at this front door, and their messages in `rows`. Nothing where nobody serves. */
export async function webSockets(
  context: ControlContext,
  rows: readonly RouteStatus[],
): Promise<readonly WebSocketApiStatus[]> {
  const { facts } = context;
  const { websockets = [] } = facts.config();
  if (facts.sockets === undefined || websockets.length === 0) return [];
  const byId = new Map(rows.map((row) => [row.id, row]));
  const [here, lately] = await Promise.all([facts.sockets(), latelyOf(context, websockets)]);
  return websockets.map((api) => statusOf(api, here, byId, lately));
}

/** Undefined: the store does not answer. */
async function latelyOf(context: ControlContext, apis: readonly WebSocketApi[]): Promise<Lately | undefined> {
  const ids = apis.flatMap(({ routes }) => Object.values(routes).map(({ route }) => route));
  await context.facts.rollUp().catch(() => undefined);
  return sideRates(context, ids).catch((error: unknown) => {
    if (!isAway(context, error)) throw error;
    return undefined;
  });
}

function statusOf(
  { id, path, host, routes }: WebSocketApi,
  { open, counts, fleet }: SocketsHere,
  rows: ReadonlyMap<string, RouteStatus>,
  lately: Lately | undefined,
): WebSocketApiStatus {
  const counted = new Map<string, [label: string, count: number][]>();
  for (const [key, count] of Object.entries(counts)) {
    const [kind = "", api, label = ""] = key.split("\t");
    if (api === id) counted.set(kind, [...(counted.get(kind) ?? []), [label, count]]);
  }
  const of = <Name extends string>(kind: string, names: readonly Name[]) => {
    const known = new Map(counted.get(kind));
    return Object.fromEntries(names.map((name) => [name, known.get(name) ?? 0])) as Record<Name, number>;
  };
  return {
    ...{ id, path, host: host ?? null, open: open[id] ?? 0 },
    openInFleet: fleet === null ? null : (fleet[id] ?? 0),
    connects: of("connect", SOCKET_RESULTS),
    messages: of("message", SOCKET_DIRECTIONS),
    errors: of("error", SOCKET_ERRORS),
    limits: Object.fromEntries(counted.get("limit") ?? []),
    closes: closesOf(counted.get("close") ?? []),
    routes: Object.entries(routes).flatMap(([key, route]) => messageRoute(key, route, rows, lately)),
  };
}

function closesOf(counted: readonly (readonly [string, number])[]): Closes {
  return counted
    .flatMap(([label, count]) => {
      const [code = "", word = ""] = label.split(" ");
      const reason = SOCKET_END_NAMES.find((name: SocketEnd) => name === word);
      return reason === undefined ? [] : [{ code, reason, count }];
    })
    .sort(MOST_CLOSED);
}

/** None: its row is not there yet, of files that came in force this very moment. */
function messageRoute(
  key: string,
  { route }: SocketRoute,
  rows: ReadonlyMap<string, RouteStatus>,
  lately: Lately | undefined,
): WebSocketApiStatus["routes"] {
  const row = rows.get(route);
  if (row === undefined) return [];
  const { position, shadow, comparisons } = row;
  const phase: Phase = row.phase;
  const side = (name: "legacy" | "modern") => ({
    ...{ messages: row[name].requests, errors: row[name].errors },
    perSecond: lately === undefined ? null : (lately.routes.get(route)?.[name] ?? 0),
  });
  return [
    {
      ...{ key, route, phase, position },
      sides: { legacy: side("legacy"), modern: side("modern") },
      shadowed: shadow.legacy.requests + shadow.modern.requests,
      compared: comparisons.match + comparisons.mismatch,
      mismatches: comparisons.mismatch,
    },
  ];
}
