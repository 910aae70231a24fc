import { z } from "zod";
import { selectionOf } from "../domain/route-selection.ts";
import { CONNECT_KEY, DEFAULT_KEY, DISCONNECT_KEY } from "../domain/websocket-api.ts";
import { isToken } from "../wire/grammar.ts";
import { flag, numberLeaf, textLeaf, Wrong } from "./leaf.ts";
import { routePoliciesSchema } from "./policies/index.ts";
import { secret } from "./policies/login.ts";
import { routeSchema } from "./route-schema.ts";
import { duration, idText, matchHost, size } from "./scalars.ts";

/** A frame of a client's is answered and shadowed whole. */
const MAX_MESSAGE_BYTES = 1024 * 1024;

function apiPath() {
  const remedy = "write it like /chat";
  return textLeaf(
    "path",
    remedy,
    (text) =>
      /^\/[\w.~/-]*$/.test(text) && !text.includes("//") && (text === "/" || !text.endsWith("/"))
        ? text
        : new Wrong("{value} is no plain path", remedy),
    "/[A-Za-z0-9_.~/-]*",
  );
}

function selectText() {
  return textLeaf("route selection expression", "write it like $request.body.action", (text) => {
    const select = selectionOf(text);
    return typeof select === "function" ? text : new Wrong(select.problem, select.remedy);
  });
}

function routeKey() {
  const remedy = `write the key that messages choose it by, or ${CONNECT_KEY}, ${DISCONNECT_KEY} or ${DEFAULT_KEY}`;
  return textLeaf("route key", remedy, (text) =>
    text !== "" &&
    text.length <= 128 &&
    !/\p{C}/u.test(text) &&
    (!text.startsWith("$") || [CONNECT_KEY, DISCONNECT_KEY, DEFAULT_KEY].includes(text))
      ? text
      : new Wrong("{value} is no route key", remedy),
  );
}

function nameText(what: string, like: string) {
  return textLeaf(what, `write ${like}`, (text) =>
    /^[A-Za-z0-9._$/-]{1,128}$/.test(text) ? text : new Wrong(`{value} is no ${what}`, `write ${like}`),
  );
}

function accessKeyId() {
  const remedy = "write 16 to 128 letters and digits, like FIGCHATPUBLISHER1";
  return textLeaf("access key id", remedy, (text) =>
    /^\w{16,128}$/.test(text) ? text : new Wrong("{value} is no access key id", remedy),
  );
}

function subprotocol() {
  const remedy = "write a subprotocol's name, like chat.v1";
  return textLeaf("subprotocol", remedy, (text) =>
    isToken(text) ? text : new Wrong("{value} is no subprotocol", remedy),
  );
}

/** `routes` of an API: what a route of requests has, as far as it means something for messages. */
const messageRouteSchema = z.strictObject({
  ...routeSchema.pick({
    ...{ legacy: true, modern: true, cohort: true, start: true, retired: true, formerly: true },
    ...{ resplit: true, headers: true, guards: true, shadow: true, compare: true, fallback: true },
  }).shape,
  id: idText("route id")
    .optional()
    .describe(
      "Its name in tables, commands, metrics and the ledger. Left out: the API's id, a dot, and the route key without its `$`.",
    ),
  respond: flag()
    .prefault(false)
    .describe("true: the body of the side's answer goes back to the client as a message."),
  safe: flag()
    .prefault(false)
    .describe(
      "true: these messages only read. They are shadowed, to either side, and fall back like a GET. Say it only of what changes nothing. It is `shadow.safe` in short.",
    ),
});

const limitsSchema = z.strictObject({
  idle: duration({ positive: true })
    .prefault("10m")
    .describe("How long no message may pass, either way. Then the connection is closed with 1001."),
  lifetime: duration({ positive: true })
    .prefault("2h")
    .describe("How long a connection may last. Then it is closed with 1001."),
  message: size({ positive: true, maxBytes: MAX_MESSAGE_BYTES })
    .prefault("128KiB")
    .describe(
      "The largest message, either way. A client's larger one closes its connection with 1009; one to a client is refused with 413.",
    ),
  frame: size({ positive: true, maxBytes: MAX_MESSAGE_BYTES })
    .prefault("32KiB")
    .describe(
      "The largest frame of a client's. A larger one closes its connection with 1009. A browser sends each message as one frame: messages that are larger than this need it raised.",
    ),
  connections: numberLeaf("count", { whole: true, min: 1, max: 1_000_000 })
    .prefault(10_000)
    .describe("Connections open at once, in each process that serves. More get 503 `websocket_limit`."),
  rate: numberLeaf("count", { whole: true, min: 1, max: 100_000 })
    .prefault(100)
    .describe(
      "Messages a second from one client, and as many at once. More are answered with an error each.",
    ),
  concurrency: numberLeaf("count", { whole: true, min: 1, max: 100 })
    .prefault(1)
    .describe(
      "Messages of one client under way at once; more wait, and the client's bytes with them. 1: they reach sides in their order.",
    ),
  buffer: size({ positive: true, maxBytes: 64 * 1024 * 1024 })
    .prefault("1MiB")
    .describe("Bytes that may wait for one client to read them. What does not fit is refused with 429."),
  tags: numberLeaf("count", { whole: true, min: 0, max: 1000 })
    .prefault(32)
    .describe("Tags of one connection. More are not set."),
});

/** One entry of `websockets`. */
export const websocketSchema = z.strictObject({
  id: idText("API id").describe("Its name in metrics and events, and what its routes' ids begin with."),
  path: apiPath().describe("Where clients connect: a plain path. Below it, at `/@connections`, callers do."),
  host: matchHost().optional().describe("Host without port. Left out: any."),
  select: selectText()
    .prefault("$request.body.action")
    .describe(
      "API Gateway's route selection expression: which part of a message's JSON names its route. `$$`{...} within a text; a member that is not there is an empty text, and what is not JSON goes to `$default`.",
    ),
  routes: z
    .record(routeKey(), messageRouteSchema)
    .describe(
      "The routes by their keys. `$connect` lets clients in (left out: whom the policies let pass), `$disconnect` hears that a connection ended, `$default` takes what no other does.",
    ),
  policies: routePoliciesSchema
    .prefault({})
    .describe(
      "Of `$connect`: what the front door does before a client comes in. Each replaces the one of that name in fig.yaml; `false` removes it.",
    ),
  binary: flag()
    .prefault(false)
    .describe(
      "true: messages may be binary; events have them in base64. false: one closes its connection with 1003.",
    ),
  subprotocols: z
    .array(subprotocol())
    .prefault([])
    .describe(
      "The first that a client offers and that stands here is chosen, unless the answer to `$connect` names one in `Sec-WebSocket-Protocol`.",
    ),
  names: z
    .strictObject({
      api: nameText("name", "a name, like chat")
        .optional()
        .describe("`requestContext.apiId`. Left out: the API's id."),
      stage: nameText("stage", "a stage's name, like prod")
        .optional()
        .describe(
          "`requestContext.stage`. Left out: `path` without its first slash, so that functions that build `https://domainName/stage` find `@connections`.",
        ),
    })
    .prefault({})
    .describe("What events say of the API."),
  connections: z
    .strictObject({
      keys: z
        .array(
          z.strictObject({
            id: accessKeyId().describe("The access key id."),
            secret: secret(16, "secret").describe(
              "The secret access key: best from the environment, or `{ file: PATH }`, which is read anew when files are.",
            ),
          }),
        )
        .max(20)
        .describe("Key pairs of your own, which callers use as AWS's: any Region, service `execute-api`."),
    })
    .optional()
    .describe(
      "Who may send to connections, look at them and close them, at `path`/@connections. Left out: nobody.",
    ),
  limits: limitsSchema.prefault({}).describe("Bounds of the API and of each of its connections."),
});

export type WebSocketInput = z.output<typeof websocketSchema>;
