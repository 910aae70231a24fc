/** WebSocket APIs: the front door keeps the connections, and messages go to sides as requests do. */

/** Routes that a message never chooses by its name. */
export const CONNECT_KEY = "$connect";
export const DISCONNECT_KEY = "$disconnect";
/** Takes what no other route does. */
export const DEFAULT_KEY = "$default";

/** Of a connection of one API. */
export interface SocketLimits {
  /** No message either way for so long: closed with 1001. */
  readonly idleMs: number;
  /** Closed with 1001 whatever passes. */
  readonly lifetimeMs: number;
  /** Of a message either way. */
  readonly messageBytes: number;
  /** Of one frame from the client. */
  readonly frameBytes: number;
  /** Open at once, in each process that serves. */
  readonly connections: number;
  /** Messages a second from one client, and as many at once. */
  readonly messageRate: number;
  /** Messages of one client under way at once; 1 keeps them in order. */
  readonly concurrency: number;
  /** Bytes that wait for one client to read them. */
  readonly bufferBytes: number;
  /** Tags of one connection. */
  readonly tags: number;
}

/** Who may speak to connections from outside: a key pair of ours, used as AWS's are. */
interface SocketCaller {
  readonly accessKeyId: string;
  /** A secret: never shown, never logged. */
  readonly secret: string | { readonly file: string };
}

/** What stands in events for what API Gateway has and a front door has not. */
interface SocketNames {
  readonly api: string;
  readonly stage: string;
}

export interface SocketRoute {
  /** The id of the route that its messages take. */
  readonly route: string;
  /** The body of the side's answer goes back to the client. */
  readonly respond: boolean;
}

export interface WebSocketApi {
  readonly id: string;
  /** Where clients connect. */
  readonly path: string;
  /** Lower-case host without port; undefined: any. */
  readonly host: string | undefined;
  /** Chooses a message's route; route-selection.ts reads it. */
  readonly select: string;
  /** By route key. */
  readonly routes: Readonly<Record<string, SocketRoute>>;
  /** Messages may be binary. */
  readonly binary: boolean;
  /** The first of a client's that is among them is chosen, where no answer to `$connect` names one. */
  readonly subprotocols: readonly string[];
  readonly limits: SocketLimits;
  /** Empty: nobody may, but for the admin. */
  readonly callers: readonly SocketCaller[];
  readonly names: SocketNames;
}

/** What makes a route one of a WebSocket API's. */
export interface RouteMessage {
  /** The API's id. */
  readonly api: string;
  /** `$connect`, `$disconnect`, `$default`, or a name. */
  readonly key: string;
  /** Of `$connect`: no side is asked. */
  readonly unasked?: true;
}

/** A route that no request finds: only messages take it. */
export function isMessageRoute({ message }: { readonly message?: RouteMessage | undefined }): boolean {
  return message !== undefined && message.key !== CONNECT_KEY;
}
