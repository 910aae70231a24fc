/** What is counted of WebSocket APIs, by kind and label. */

export const SOCKET_RESULTS = ["opened", "refused", "limit", "not_websocket", "unavailable"] as const;
export const SOCKET_DIRECTIONS = ["in", "answer", "post", "broadcast"] as const;
export const SOCKET_ERRORS = ["no_route", "client", "integration", "disconnect"] as const;

/** Why a WebSocket ended, with how that is said of one. */
export const SOCKET_ENDS = {
  client: "closed by its client",
  left: "left without a word",
  idle: "idle for too long",
  lifetime: "at the end of its lifetime",
  slow: "reads too slowly",
  message: "message too large",
  frame: "frame too large",
  binary: "binary where none may be",
  broken: "breaks the protocol",
  asked: "closed by @connections or the admin",
  removed: "its API left the files",
  drain: "the front door goes away",
} as const;

export type SocketEnd = keyof typeof SOCKET_ENDS;
export const SOCKET_END_NAMES = Object.keys(SOCKET_ENDS) as readonly SocketEnd[];
export type SocketResult = (typeof SOCKET_RESULTS)[number];
export type SocketDirection = (typeof SOCKET_DIRECTIONS)[number];
export type SocketError = (typeof SOCKET_ERRORS)[number];
