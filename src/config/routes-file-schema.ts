import { z } from "zod";
import { routeSchema } from "./route-schema.ts";
import { websocketSchema } from "./websocket-schema.ts";

/** One file of the routing table. */
export const routesFileSchema = z.strictObject({
  routes: z
    .array(routeSchema)
    .prefault([])
    .describe("The routes, in any order. The most specific match takes precedence."),
  websockets: z
    .array(websocketSchema)
    .prefault([])
    .describe(
      "WebSocket APIs: the front door keeps the connections, and each message is a request of its route's.",
    ),
});
