/** What is asked and said of connections of WebSocket APIs. */
import { z } from "zod";
import { at, count, type ShapeOf } from "./parts.ts";

const MESSAGE = "must be a text of 1 to 32,768 characters";
const message = z
  .string(MESSAGE)
  .min(1, MESSAGE)
  .max(32_768, MESSAGE)
  .describe("The message, as its client gets it.");

export const socketParams = z.strictObject({
  api: z.string().describe("A WebSocket API's id."),
  id: z.string().describe("A connection's id, as events have it."),
});
export const socketApiParams = socketParams.pick({ api: true });

export const messageBody = z.strictObject({ message }).meta({ id: "WebSocketMessage" });

export const broadcastBody = z
  .strictObject({
    message,
    tag: z
      .string("must be a tag")
      .regex(/^[\w.:@/-]{1,64}$/, "must be 1 to 64 letters, digits and . : @ / _ -")
      .describe("Whoever has it: sides set it by `x-fig-tags` in their answers."),
  })
  .meta({ id: "WebSocketBroadcast" });

export const broadcastResult = z
  .object({
    sent: count.describe("Connections that it was sent to, at every front door."),
    failed: count.describe(
      "Connections that it could not be sent to, most often because their clients do not read.",
    ),
  })
  .meta({ id: "WebSocketBroadcastResult" });
export type BroadcastResult = ShapeOf<typeof broadcastResult>;

export const socketInfo = z
  .object({
    connectedAt: at,
    lastActiveAt: at.describe("When a message last passed, either way."),
    sourceIp: z.string(),
    userAgent: z.string().nullable(),
    tags: z.array(z.string()),
  })
  .meta({ id: "WebSocketConnection" });
export type SocketInfo = ShapeOf<typeof socketInfo>;

export const socketDone = z.object({}).meta({ id: "WebSocketDone" });
