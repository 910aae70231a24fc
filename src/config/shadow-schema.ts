import { z } from "zod";
import { headerEdit } from "./header-edit.ts";
import { choice, flag, numberLeaf, textLeaf, Wrong } from "./leaf.ts";
import { duration, size } from "./scalars.ts";

function grpcMethod() {
  const remedy = "write GetOrder, or shop.Orders/GetOrder";
  return textLeaf(
    "gRPC method",
    remedy,
    (text) =>
      /^(?:[A-Za-z_][\w.]*\/)?[A-Za-z_]\w*$/.test(text)
        ? text
        : new Wrong("{value} is not a gRPC method", remedy),
    "([A-Za-z_][A-Za-z0-9_.]*/)?[A-Za-z_][A-Za-z0-9_]*",
  );
}

/** A copy of a stream holds memory, and its shadow a place, for so long at most. */
const MAX_STREAM_MS = 10 * 60_000;

/** `shadow` of a route. */
export const shadowSchema = z.strictObject({
  writes: choice(["never", "idempotent", "sandboxed"])
    .prefault("never")
    .describe(
      "Which unsafe methods may be shadowed while modern is 0: none, PUT and DELETE, or every method.",
    ),
  timeout: duration({ positive: true }).prefault("5s").describe("How long a shadow may take."),
  maxBody: size({ positive: true })
    .prefault("1MiB")
    .describe("The largest body, of the request and of each answer. A larger one is not compared."),
  eventStreams: duration({ positive: true, maxMs: MAX_STREAM_MS })
    .optional()
    .describe(
      "Event streams that end within this time are compared too, up to `maxBody`; their shadows may take as long, in place of `timeout`. One that lasts longer is let go of. Left out: no event stream is.",
    ),
  concurrency: numberLeaf("count", { whole: true, min: 1, max: 10_000 })
    .prefault(64)
    .describe("How many shadows of this route may run at once. More wait, and then are shed."),
  headers: headerEdit
    .optional()
    .describe(
      "Fields that are removed and set in the copy alone: `{ remove: [authorization, cookie] }`. Left out: the copy has the client's, and shadows of the route stop once one of them is answered with a cookie that its client had sent. `{}` accepts that.",
    ),
  safe: z
    .union([
      flag(),
      z.strictObject({
        operations: z
          .array(grpcMethod())
          .min(1)
          .describe("Methods of gRPC services: `GetOrder`, or `shop.Orders/GetOrder` of one service alone."),
      }),
    ])
    .prefault(false)
    .describe(
      "`{ operations: [...] }`: these methods of gRPC services only read. true: every method of this route only reads, as a search or a GraphQL query by POST does. Its requests are then safe everywhere: they are shadowed like a GET, to either side, and fall back like one. Say it only of what changes nothing.",
    ),
});
