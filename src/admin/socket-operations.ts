import * as sockets from "../control/schemas/sockets.ts";
import { type Operation, operation } from "./operation.ts";

const ERRORS = ["unknown_api", "connection_gone", "connection_unreachable"] as const;

/** Connections of WebSocket APIs, at every front door of the state. */
export const SOCKET_OPERATIONS: readonly Operation[] = [
  operation({
    id: "sendToConnection",
    method: "post",
    path: "/websockets/{api}/connections/{id}",
    summary: "Sends a message to the client of one connection. Answered when it waits to be written.",
    params: sockets.socketParams,
    body: sockets.messageBody,
    response: sockets.socketDone,
    errors: [...ERRORS, "message_too_large", "client_busy"],
    handle: async ({ sockets: use }, { params, body }) => {
      await use.send(params.api, params.id, body.message);
      return { body: {} };
    },
  }),
  operation({
    id: "getConnection",
    method: "get",
    path: "/websockets/{api}/connections/{id}",
    summary: "Since when it stands, when a message last passed, whose it is, and its tags.",
    params: sockets.socketParams,
    response: sockets.socketInfo,
    errors: ERRORS,
    handle: async ({ sockets: use }, { params }) => ({
      body: await use.look(params.api, params.id),
    }),
  }),
  operation({
    id: "closeConnection",
    method: "delete",
    path: "/websockets/{api}/connections/{id}",
    summary: "Closes it with 1000. `$disconnect` hears of it.",
    params: sockets.socketParams,
    response: sockets.socketDone,
    errors: ERRORS,
    handle: async ({ sockets: use }, { params }) => {
      await use.close(params.api, params.id);
      return { body: {} };
    },
  }),
  operation({
    id: "broadcast",
    method: "post",
    path: "/websockets/{api}/broadcast",
    summary: "Sends a message to every connection that has a tag.",
    params: sockets.socketApiParams,
    body: sockets.broadcastBody,
    response: sockets.broadcastResult,
    errors: ["unknown_api"],
    handle: async ({ sockets: use }, { params, body }) => ({
      body: await use.broadcast(params.api, body.tag, body.message),
    }),
  }),
];
