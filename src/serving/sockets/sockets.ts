import type { Clock } from "../../domain/clock.ts";
import type { Deadlines } from "../../domain/deadlines.ts";
import type { ServingConfig } from "../../domain/serving-config.ts";
import { type ConnectionAsk, type SocketReply, seatOf } from "../../domain/socket-asks.ts";
import { socketFields } from "../../domain/socket-fields.ts";
import { CONNECT_KEY, type WebSocketApi } from "../../domain/websocket-api.ts";
import type { Log } from "../../observe/contract.ts";
import type { ExchangeContext } from "../../proxy/contract.ts";
import { Exchange } from "../../proxy/exchange.ts";
import { decideMessage } from "../../routing/decide-message.ts";
import type { AnsweredMessage, AskedMessage, FixedThresholds } from "../../websockets/contract.ts";
import { SocketHub } from "../../websockets/hub.ts";
import type { ServingEvents } from "../contract.ts";
import { callersOf } from "./callers.ts";
import { ConnectionsDoor } from "./connections-door.ts";
import { MessageLane } from "./message-lane.ts";

/** Where a route stands whose clients are all on one side. */
const EVERYBODY = 0x1_0000_0000;
/** Questions to others that are not answered yet. */
const MAX_ASKED = 10_000;

interface SocketTools {
  readonly clock: Clock;
  readonly deadlines: Deadlines;
  readonly log: Log;
  readonly events: ServingEvents;
  readonly context: () => ExchangeContext;
}

/** WebSocket APIs as this process serves them: connections, what their messages ask of sides, and who speaks to them. */
export class Sockets {
  readonly hub: SocketHub;
  private readonly tools: SocketTools;
  /** Undefined: nobody may speak to connections. */
  door: ConnectionsDoor | undefined;
  private seated = false;
  private readonly asked = new Map<number, (reply: SocketReply) => void>();
  private lastAsk = 0;
  /** Thresholds of one table: connections that open meanwhile share them. */
  private fixed: { readonly api: WebSocketApi; readonly table: unknown; readonly at: FixedThresholds }[] = [];

  constructor(tools: SocketTools) {
    this.tools = tools;
    const { clock, deadlines } = tools;
    this.hub = new SocketHub({
      ...{ clock, deadlines },
      ask: (message) => this.askSide(message),
      fix: (api) => this.fix(api),
    });
  }

  /** These files are in force. */
  use({ websockets = [], file }: Pick<ServingConfig, "websockets" | "file">): void {
    const { clock, log, events } = this.tools;
    this.fixed = [];
    this.hub.use(websockets);
    const managed = websockets.filter(({ callers }) => callers.length > 0);
    this.door =
      managed.length === 0
        ? undefined
        : new ConnectionsDoor(
            managed.map((api) => [
              api,
              callersOf(api, file, (sentence) => log.warn({ api: api.id }, sentence)),
            ]),
            {
              ...{ now: clock.now, hex: clock.hex },
              ask: (ask) => this.askAny(ask),
              count: (api, label) => this.hub.counts.add("ask", api, label),
            },
          );
    if (websockets.length === 0 || this.seated) return;
    this.seated = true;
    events.onSeat?.(this.hub.seat);
  }

  answered(id: number, reply: SocketReply): void {
    const tell = this.asked.get(id);
    this.asked.delete(id);
    tell?.(reply);
  }

  gauges() {
    return { websocketsOpen: this.hub.open(), websocketCounts: { ...this.hub.counts.counted } };
  }

  /** Here, or wherever it is. */
  private async askAny(ask: ConnectionAsk): Promise<SocketReply> {
    if (ask.kind !== "broadcast") {
      if (seatOf(ask.id) === undefined) return { kind: "gone" };
      const here = await this.hub.answer(ask);
      if (here !== undefined) return here;
    }
    const { events } = this.tools;
    if (events.onSocketAsk === undefined) return (await this.hub.answer(ask)) ?? { kind: "gone" };
    if (this.asked.size >= MAX_ASKED) return { kind: "unreachable" };
    const id = ++this.lastAsk;
    return await new Promise((tell) => {
      this.asked.set(id, tell);
      events.onSocketAsk?.({ seat: this.hub.seat, id, ask });
    });
  }

  private fix(api: WebSocketApi): FixedThresholds {
    const table = this.tools.context().table.current;
    const known = this.fixed.find((one) => one.api.id === api.id && one.table === table);
    if (known !== undefined) return known.at;
    const at = new Map<string, number>();
    for (const [key, { route }] of Object.entries(api.routes)) {
      const live = key === CONNECT_KEY ? undefined : table.byId(route);
      if (live === undefined) continue;
      at.set(route, live.always === undefined ? live.threshold : live.always === "modern" ? EVERYBODY : 0);
    }
    // Only what is in force is looked for.
    this.fixed = [...this.fixed.filter((one) => one.table === table), { api, table, at }];
    return at;
  }

  /** A message is a request of its route's. */
  private askSide(message: AskedMessage): Promise<AnsweredMessage> {
    const { route, connection, requestId, address, host, event, api, key, type, fixed } = message;
    const context = this.tools.context();
    const table = context.table.current;
    const body = new TextEncoder().encode(event);
    const head = {
      ...{ method: "POST", version: "1.1", remoteAddress: address, encrypted: false, certificate: undefined },
      target: table.byId(route)?.definition.match.path ?? "/",
      headers: [
        ...(host === "" ? [] : ["host", host]),
        ...["content-type", "application/json", "content-length", String(body.length)],
        ...["x-request-id", requestId],
      ],
      ...{ framing: body.length, upgrade: false, expectContinue: false },
    };
    const decision = decideMessage(table, context.settings, head, {
      ...{ route, connection, threshold: fixed.get(route) },
      fields: socketFields(connection, api, key, type),
    });
    if (decision === undefined) return Promise.resolve({ status: 0, body: new Uint8Array(0) });
    return new Promise((tell) => {
      const lane = new MessageLane(head, body, message.maxBytes, tell);
      lane.begin(new Exchange(context, lane, decision));
    });
  }
}
