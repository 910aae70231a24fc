import { isUtf8 } from "node:buffer";
import { setImmediate as turn } from "node:timers/promises";
import type { Clock } from "../domain/clock.ts";
import type { Deadlines } from "../domain/deadlines.ts";
import { headerLines } from "../domain/headers.ts";
import { type SelectRoute, selectionOf } from "../domain/route-selection.ts";
import type { SocketAsk, SocketReply } from "../domain/socket-asks.ts";
import {
  CONNECT_KEY,
  DEFAULT_KEY,
  DISCONNECT_KEY,
  type SocketRoute,
  type WebSocketApi,
} from "../domain/websocket-api.ts";
import { utf8Text } from "../routing/event-values.ts";
import { AtOnce } from "./at-once.ts";
import {
  type ClientMessage,
  Connection,
  type ConnectionListener,
  type SocketClose,
  type SocketLimit,
} from "./connection.ts";
import type { Asking, AskSide, FixedThresholds, Opening, SocketGate } from "./contract.ts";
import { SocketCounts } from "./counts.ts";
import { connectEvent, disconnectEvent, messageEvent, type SocketFacts } from "./event.ts";
import { Tags } from "./tags.ts";

/** Of one API: connections whose side is told at once that they ended. As many wait as may be open; further ones are not told. */
const DISCONNECTS_AT_ONCE = 100;
/** Of a broadcast, so many are sent in one turn. */
const SENDS_A_TURN = 250;

interface HubTools {
  readonly clock: Clock;
  readonly deadlines: Deadlines;
  readonly ask: AskSide;
  /** Where the API's message routes stand now. */
  readonly fix: (api: WebSocketApi) => FixedThresholds;
}

interface InForce {
  readonly api: WebSocketApi;
  readonly select: SelectRoute;
}

/** The connections of WebSocket APIs in one process. Their ids begin with its seat. */
export class SocketHub implements SocketGate, ConnectionListener {
  readonly seat: string;
  readonly counts = new SocketCounts();
  private readonly tools: HubTools;
  private readonly apis = new Map<string, InForce>();
  private readonly connections = new Map<string, Connection>();
  private readonly tags = new Tags();
  /** By API: open, and about to be. */
  private readonly held = new Map<string, number>();
  /** By API: one whose side is slow to hear keeps no other waiting. */
  private readonly disconnects = new Map<string, AtOnce>();
  private draining = false;

  constructor(tools: HubTools) {
    this.tools = tools;
    this.seat = tools.clock.hex(6);
  }

  /** These APIs are in force. Connections of others close. */
  use(apis: readonly WebSocketApi[]): void {
    this.apis.clear();
    for (const api of apis) {
      const select = selectionOf(api.select);
      if (typeof select === "function") this.apis.set(api.id, { api, select });
    }
    for (const connection of this.connections.values()) this.closeUnserved(connection);
  }

  /** Its API, or this door, went while it was open, or about to be. */
  private closeUnserved(connection: Connection): void {
    if (this.draining) connection.close(1001, "the front door goes away", "drain");
    else if (!this.apis.has(connection.api)) connection.close(1001, "this API is no more", "removed");
  }

  /** Connections whose end is not told yet. */
  get pending(): number {
    let pending = this.connections.size;
    for (const disconnects of this.disconnects.values()) pending += disconnects.pending;
    return pending;
  }

  /** By API. */
  open(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.held);
  }

  drain(): void {
    this.draining = true;
    for (const connection of this.connections.values()) this.closeUnserved(connection);
  }

  // Clients come in.

  begin(id: string, asking: Asking): ReturnType<SocketGate["begin"]> {
    const { clock } = this.tools;
    const api = this.apis.get(id)?.api;
    if (api === undefined || this.draining) {
      this.counts.add("connect", id, "unavailable");
      return undefined;
    }
    const open = this.held.get(id) ?? 0;
    if (open >= api.limits.connections) {
      this.counts.add("connect", id, "limit");
      this.counts.add("limit", id, "connections");
      return "limit";
    }
    this.held.set(id, open + 1);
    const [agent] = headerLines(asking.headers, "user-agent");
    const facts: SocketFacts = {
      id: this.seat + clock.hex(10),
      names: api.names,
      connectedAt: clock.now(),
      address: asking.address,
      userAgent: agent === undefined ? undefined : utf8Text(agent),
      host: asking.host,
      authorizer: asking.authorizer,
    };
    return this.opening(api, facts, asking);
  }

  notSocket(api: string): void {
    this.counts.add("connect", api, "not_websocket");
  }

  private opening(api: WebSocketApi, facts: SocketFacts, asking: Asking): Opening {
    const { clock, deadlines, fix } = this.tools;
    const { limits, binary } = api;
    const moment = { requestId: asking.requestId, nowMs: facts.connectedAt };
    return {
      id: facts.id,
      event: connectEvent(facts, moment, asking.headers, asking.query),
      protocol: protocolOf(asking, api),
      refused: () => {
        this.letGo(api.id);
        this.counts.add("connect", api.id, "refused");
      },
      open: (wire, tags) => {
        const connection = new Connection(wire, {
          ...{ facts, limits, binary, api: api.id, fixed: fix(api) },
          ...{ now: clock.now, listener: this },
        });
        this.connections.set(facts.id, connection);
        connection.schedule((ms) => deadlines.in(ms));
        deadlines.add(connection);
        this.counts.add("connect", api.id, "opened");
        if (tags !== undefined) this.tag(facts.id, tags);
        this.closeUnserved(connection);
        return connection;
      },
    };
  }

  tag(id: string, tags: string): void {
    const connection = this.connections.get(id);
    if (connection === undefined) return;
    const most = this.apis.get(connection.api)?.api.limits.tags ?? 0;
    if (this.tags.change(connection, tags, most) > 0) this.onLimit(connection, "tags");
  }

  // What connections tell.

  async onMessage(connection: Connection, message: ClientMessage): Promise<void> {
    const { counts, tools } = this;
    const { api: id, facts } = connection;
    const inForce = this.apis.get(id);
    if (inForce === undefined) return;
    const { api, select } = inForce;
    counts.add("message", id, "in");
    const key = message.base64 ? DEFAULT_KEY : select(message.text);
    const found = routeFor(api, key);
    const requestId = tools.clock.hex(16);
    if (found === undefined) {
      counts.add("error", id, "no_route");
      connection.fail("Forbidden", requestId);
      return;
    }
    const [routeKey, { route, respond }] = found;
    const moment = { requestId, nowMs: tools.clock.now() };
    const { status, body } = await tools.ask({
      ...{ api: id, route, key: routeKey, type: "MESSAGE", connection: facts.id, requestId },
      ...{ address: facts.address, host: facts.host, fixed: connection.fixed },
      event: JSON.stringify(messageEvent(facts, moment, routeKey, message)),
      maxBytes: api.limits.messageBytes,
    });
    if (status === 0 || status >= 500) {
      counts.add("error", id, "integration");
      connection.fail("Internal server error", requestId);
      return;
    }
    if (status >= 400) counts.add("error", id, "client");
    if (!respond || body.length === 0 || !connection.open) return;
    const given = this.give(connection, api, body);
    if (given === "sent") counts.add("message", id, "answer");
    else if (given === "full") connection.close(1008, "messages are read too slowly", "slow");
    else {
      counts.add("error", id, "integration");
      connection.fail("Internal server error", requestId);
    }
  }

  onLimit(connection: Connection, limit: SocketLimit): void {
    this.counts.add("limit", connection.api, limit);
  }

  onClosed(connection: Connection, { code, reason, why }: SocketClose): void {
    const { api: id, facts } = connection;
    const { tools } = this;
    this.connections.delete(facts.id);
    this.tags.forget(connection);
    tools.deadlines.remove(connection);
    this.letGo(id);
    this.counts.add("close", id, `${closeLabel(code)} ${why}`);
    const api = this.apis.get(id)?.api;
    const route = api?.routes[DISCONNECT_KEY];
    if (api === undefined || route === undefined) return;
    const disconnects = this.disconnects.get(id) ?? new AtOnce(DISCONNECTS_AT_ONCE);
    this.disconnects.set(id, disconnects);
    if (disconnects.pending >= DISCONNECTS_AT_ONCE + api.limits.connections) {
      this.counts.add("error", id, "disconnect");
      return;
    }
    disconnects.run(async () => {
      const moment = { requestId: tools.clock.hex(16), nowMs: tools.clock.now() };
      const { status } = await tools.ask({
        ...{ api: id, route: route.route, key: DISCONNECT_KEY, type: "DISCONNECT", connection: facts.id },
        ...{ requestId: moment.requestId, address: facts.address, host: facts.host },
        event: JSON.stringify(disconnectEvent(facts, moment, code, reason)),
        ...{ fixed: connection.fixed, maxBytes: api.limits.messageBytes },
      });
      if (status === 0 || status >= 500) this.counts.add("error", id, "disconnect");
    });
  }

  // Who speaks to connections. Undefined: another process has it, or had.

  async answer(ask: SocketAsk): Promise<SocketReply | undefined> {
    if (ask.kind === "count") return { kind: "counted", open: this.open() };
    if (ask.kind === "broadcast") return this.broadcast(ask.api, ask.tag, Buffer.from(ask.data, "base64"));
    if (!ask.id.startsWith(this.seat)) return undefined;
    const connection = this.connections.get(ask.id);
    const api = this.apis.get(ask.api)?.api;
    // One API's callers have nothing to do with another's connections.
    if (connection === undefined || api === undefined || connection.api !== ask.api || !connection.open)
      return { kind: "gone" };
    if (ask.kind === "get") return infoOf(connection);
    if (ask.kind === "delete") {
      connection.close(1000, "closed by the server", "asked");
      return { kind: "done" };
    }
    const data = Buffer.from(ask.data, "base64");
    const given = this.give(connection, api, data);
    if (given !== "sent") return { kind: given };
    this.counts.add("message", api.id, "post");
    return { kind: "done" };
  }

  private async broadcast(id: string, tag: string, data: Buffer): Promise<SocketReply> {
    const api = this.apis.get(id)?.api;
    let sent = 0;
    let failed = 0;
    if (api === undefined) return { kind: "sent", sent, failed };
    for (const [at, connection] of this.tags.of(id, tag).entries()) {
      if (at % SENDS_A_TURN === SENDS_A_TURN - 1) await turn();
      if (!connection.open) continue;
      if (this.give(connection, api, data) === "sent") sent++;
      else failed++;
    }
    if (sent > 0) this.counts.add("message", id, "broadcast", sent);
    return { kind: "sent", sent, failed };
  }

  private give(
    connection: Connection,
    api: WebSocketApi,
    data: Uint8Array,
  ): "sent" | "full" | "too_large" | "not_text" {
    if (data.length > api.limits.messageBytes) return "too_large";
    const text = isUtf8(data);
    if (!text && !api.binary) return "not_text";
    return connection.send(data, !text) ? "sent" : "full";
  }

  private letGo(api: string): void {
    this.held.set(api, Math.max(0, (this.held.get(api) ?? 0) - 1));
  }
}

function routeFor({ routes }: WebSocketApi, key: string): readonly [string, SocketRoute] | undefined {
  const named =
    key !== CONNECT_KEY && key !== DISCONNECT_KEY && Object.hasOwn(routes, key) ? key : DEFAULT_KEY;
  const route = Object.hasOwn(routes, named) ? routes[named] : undefined;
  return route === undefined ? undefined : [named, route];
}

/** Codes that clients make up are told by their thousands. */
function closeLabel(code: number): string {
  return code >= 3000 ? `${Math.floor(code / 1000)}xxx` : String(code);
}

function protocolOf({ headers }: Asking, { subprotocols }: WebSocketApi): string | undefined {
  const offered = headerLines(headers, "sec-websocket-protocol").flatMap((line) => line.split(","));
  return offered.map((name) => name.trim()).find((name) => subprotocols.includes(name));
}

function infoOf(connection: Connection): SocketReply {
  const { facts, lastActiveAt, tags } = connection;
  return {
    kind: "info",
    connectedAt: new Date(facts.connectedAt).toISOString(),
    lastActiveAt: new Date(lastActiveAt).toISOString(),
    sourceIp: facts.address,
    userAgent: facts.userAgent,
    tags: [...(tags ?? [])],
  };
}
