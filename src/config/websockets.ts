import type { SourcePlace } from "../domain/route.ts";
import { CONNECTION_FIELD } from "../domain/socket-fields.ts";
import {
  CONNECT_KEY,
  DEFAULT_KEY,
  DISCONNECT_KEY,
  type SocketRoute,
  type WebSocketApi,
} from "../domain/websocket-api.ts";
import { type ConfigDocument, textAt, valueAt } from "./document.ts";
import { EnvironmentText } from "./environment.ts";
import { type RouteInput, routeSchema } from "./route-schema.ts";
import {
  checkRoute,
  checkUpstream,
  definitionOf,
  Interned,
  type PlacedId,
  type PlacedRoute,
  type RouteContext,
  readRoutes,
} from "./routes.ts";
import { parsePart, shown, soundMembers } from "./schema-problems.ts";
import { type WebSocketInput, websocketSchema } from "./websocket-schema.ts";

interface RouteFile {
  readonly routes: readonly PlacedRoute[];
  readonly ids: readonly PlacedId[];
  readonly websockets: readonly PlacedApi[];
}

export interface PlacedApi {
  readonly api: WebSocketApi;
  readonly place: SourcePlace;
}

type MessageRouteInput = WebSocketInput["routes"][string];

/** Reads one document's routes, and its WebSocket APIs with theirs. */
export function readRouteFile(document: ConfigDocument, context: RouteContext): RouteFile {
  const { routes, ids } = readRoutes(document, context);
  const list = valueAt(document.value, ["websockets"]);
  if (!Array.isArray(list)) return { routes, ids, websockets: [] };
  const all = [...routes];
  const allIds = [...ids];
  const websockets: PlacedApi[] = [];
  for (const [index, value] of list.entries()) {
    const base = ["websockets", index];
    const id = textAt(value, ["id"]);
    const given = valueAt(value, ["id"]);
    const subject =
      id === undefined ? "" : `WebSocket API ${given instanceof EnvironmentText ? shown(given) : id}`;
    const input = parsePart(websocketSchema, document, base, subject, context.problems);
    if (input === undefined) continue;
    const read = new ApiReader(input, document, base, context);
    websockets.push({ api: read.api(), place: document.place([...base, "id"]) });
    all.push(...read.routes);
    allIds.push(...read.ids);
  }
  return { routes: all, ids: allIds, websockets };
}

const noDollar = (key: string) => key.replace(/^\$/, "");

class ApiReader {
  readonly routes: PlacedRoute[] = [];
  readonly ids: PlacedId[] = [];
  private readonly input: WebSocketInput;
  private readonly document: ConfigDocument;
  private readonly base: readonly (string | number)[];
  private readonly context: RouteContext;
  private readonly interned = new Interned();

  constructor(
    input: WebSocketInput,
    document: ConfigDocument,
    base: readonly (string | number)[],
    context: RouteContext,
  ) {
    this.input = input;
    this.document = document;
    this.base = base;
    this.context = context;
  }

  api(): WebSocketApi {
    const { input } = this;
    const { id, path, limits, names } = input;
    const routes: Record<string, SocketRoute> = {};
    for (const [key, route] of Object.entries(input.routes)) {
      const routeId = route.id ?? `${id}.${noDollar(key)}`;
      routes[key] = { route: routeId, respond: route.respond };
      this.route(key, routeId, route, ["routes", key]);
    }
    this.check(routes);
    if (routes[CONNECT_KEY] === undefined) this.unaskedConnect();
    return {
      ...{ id, path, host: input.host, select: input.select, routes, binary: input.binary },
      subprotocols: input.subprotocols,
      names: { api: names.api ?? id, stage: names.stage ?? path.slice(1) },
      callers: (input.connections?.keys ?? []).map((key) => ({ accessKeyId: key.id, secret: key.secret })),
      limits: {
        ...{ idleMs: limits.idle, lifetimeMs: limits.lifetime, tags: limits.tags },
        ...{ messageBytes: limits.message, frameBytes: limits.frame, bufferBytes: limits.buffer },
        ...{ connections: limits.connections, messageRate: limits.rate, concurrency: limits.concurrency },
      },
    };
  }

  /** Who is let in without a question has a route too: policies, counters and the log line are its. */
  private unaskedConnect(): void {
    const { input } = this;
    const [key, first] = Object.entries(input.routes).sort(([a]) => (a === DEFAULT_KEY ? -1 : 1))[0] ?? [];
    if (key === undefined || first === undefined) return;
    const { modern } = first;
    const route = { ...soundMembers(routeSchema, { id: "", match: { path: "/" }, modern: "" }), modern };
    this.route(CONNECT_KEY, `${input.id}.connect`, { ...(route as RouteInput), retired: true }, [], true);
  }

  private route(
    key: string,
    id: string,
    given: Omit<MessageRouteInput, "id" | "respond" | "safe"> & { readonly safe?: boolean },
    own: readonly (string | number)[],
    unasked = false,
  ): void {
    const { context, document, input, interned } = this;
    const base = [...this.base, ...own];
    const { safe, ...route } = given;
    const messages = key !== CONNECT_KEY;
    const match = routeSchema.shape.match.parse({
      path: input.path,
      ...(input.host === undefined ? {} : { host: input.host }),
    });
    const full: RouteInput = {
      ...(route as Omit<RouteInput, "id" | "match" | "sticky" | "policies">),
      ...{ id, match },
      // Connections, not clients, are what messages are told apart by; routes of one API move a connection together.
      cohort: route.cohort ?? (messages ? input.id : id),
      sticky: messages ? [{ kind: "header", name: CONNECTION_FIELD }] : [{ kind: "client" }, { kind: "ip" }],
      policies: messages ? {} : input.policies,
      shadow: safe === true ? { ...route.shadow, safe: true } : route.shadow,
    };
    for (const side of ["legacy", "modern"]) {
      if (own.length === 0) break;
      checkUpstream(document, [...base, side], `route ${id}: ${side}`, context);
      checkUpstream(document, [...base, side, "upstream"], `route ${id}: ${side}`, context);
    }
    const message = { api: input.id, key, ...(unasked ? { unasked: true as const } : {}) };
    const definition = definitionOf(full, document, base, context, interned, message);
    const placed = { definition, document, base };
    if (own.length > 0) checkRoute(placed, full, context);
    this.routes.push(placed);
    this.ids.push({ id, place: document.place(base) });
  }

  private check(routes: Readonly<Record<string, SocketRoute>>): void {
    const { document, input, context } = this;
    const { problems } = context;
    const subject = `WebSocket API ${input.id}`;
    if (Object.keys(routes).length === 0)
      problems.add(
        document.place([...this.base, "routes"]),
        `${subject}: routes is empty`,
        `write ${DEFAULT_KEY}, or a route key`,
      );
    for (const key of [CONNECT_KEY, DISCONNECT_KEY]) {
      const route = input.routes[key];
      if (route === undefined) continue;
      for (const [name, wrong] of [
        ["safe", route.safe || route.shadow.safe !== false],
        ["respond", route.respond],
      ] as const)
        if (wrong)
          problems.add(
            document.place([...this.base, "routes", key, name]),
            `${subject}: ${key}: ${name} is for messages alone`,
            "leave it out",
          );
    }
  }
}

/** What must hold between the WebSocket APIs of all files. */
export function checkWebSockets(apis: readonly PlacedApi[], { problems }: RouteContext): void {
  const seen = new Set<string>();
  for (const { api, place } of apis) {
    const { id } = api;
    if (seen.has(id)) problems.add(place, `two WebSocket APIs have the id ${id}`, "give each its own id");
    seen.add(id);
  }
}
