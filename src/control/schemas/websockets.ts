/** WebSocket APIs, as the admin API shows them. */
import { z } from "zod";
import { PHASES, SIDES } from "../../domain/position.ts";
import {
  SOCKET_DIRECTIONS,
  SOCKET_END_NAMES,
  SOCKET_ERRORS,
  SOCKET_RESULTS,
} from "../../domain/socket-counts.ts";
import { position } from "./ledger.ts";
import { count, each, type ShapeOf } from "./parts.ts";

const side = z.object({
  messages: count.describe("Answered to clients since the route's last shift."),
  errors: count.describe("Those among them that were 5xx or no answer."),
  perSecond: z
    .number()
    .nullable()
    .describe("Lately, as in `/rates`; null: not known, the store does not answer."),
});

const messageRoute = z
  .object({
    key: z.string().describe("`$connect`, `$disconnect`, `$default`, or what the selection gave."),
    route: z.string(),
    phase: z.enum(PHASES),
    position: position.describe("Where connections stand that open now; open ones stay where they stood."),
    sides: each(SIDES, side),
    shadowed: count.describe("Messages that the other side was asked too, since the last shift."),
    compared: count.describe("Those whose two answers were held against each other."),
    mismatches: count,
  })
  .meta({ id: "MessageRoute", description: "Over all front doors of the state." });

export const webSocketApi = z
  .object({
    id: z.string(),
    path: z.string(),
    host: z.string().nullable(),
    open: count.describe("Connections open now, and those about to be, in all workers."),
    openInFleet: count
      .nullable()
      .describe(
        "The same of all front doors of the state; null: this one is alone, or another does not say.",
      ),
    connects: each(SOCKET_RESULTS, count).describe("Clients that asked for a WebSocket, by what came of it."),
    messages: each(SOCKET_DIRECTIONS, count).describe(
      "`in`: from clients; to clients as a side's `answer`, by `post` to one, or as a `broadcast`.",
    ),
    errors: each(SOCKET_ERRORS, count).describe(
      "Messages that no route took, to which the side answered 4xx (`client`), or gave no answer below 500 (`integration`); and ends that `$disconnect` did not take.",
    ),
    limits: z.record(z.string(), count).describe("How often clients came to a limit, those that were met."),
    closes: z
      .array(z.object({ code: z.string(), reason: z.enum(SOCKET_END_NAMES), count }))
      .describe("Connections that ended, by code and why, the most frequent first."),
    routes: z.array(messageRoute),
  })
  .meta({
    id: "WebSocketApi",
    description:
      "Connections and what was counted of them are those of the front door that was asked, since it started.",
  });
export type WebSocketApiStatus = ShapeOf<typeof webSocketApi>;
