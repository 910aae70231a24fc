import { createServer, type Server, STATUS_CODES } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { Board } from "../control/board-contract.ts";
import type {
  ComparisonsQuery,
  Control,
  LocalRollbackAnswer,
  LocalRollbackBody,
} from "../control/contract.ts";
import type { SocketUseCases } from "../control/sockets.ts";
import type { Clock } from "../domain/clock.ts";
import type { ListenAddress, UnixSocket } from "../domain/config.ts";
import { FigError } from "../domain/errors.ts";
import { addressText, authority, isLocal, reachable } from "../domain/host.ts";
import type { RecentComparison } from "../domain/outcomes.ts";
import type { EventBus, Log, Metrics } from "../observe/contract.ts";
import { createApp, type Readiness } from "./app.ts";
import { AdminConnections } from "./connections.ts";
import { createEventStreams } from "./event-streams.ts";
import { createGuard } from "./guard.ts";
import { OneATurn } from "./one-a-turn.ts";
import { openapiDocument } from "./openapi.ts";
import { dashboardFolder, readPages } from "./pages.ts";
import { Sessions } from "./sessions.ts";

export interface AdminOptions {
  readonly listen: ListenAddress;
  /** Another process may listen on the same address. */
  readonly reusePort: boolean;
  /** Listens on a Unix socket; rejects with the system's error. */
  readonly listenOn: (server: Server, socket: UnixSocket) => Promise<void>;
  /** Closes the listening socket without a reset for those that wait in its queue. */
  readonly stopListening: (server: Server) => Promise<void>;
  readonly adminToken: string | undefined;
  readonly control: Control;
  readonly board: Board;
  readonly metrics: Metrics;
  readonly events: EventBus;
  readonly recent: (query: ComparisonsQuery) => readonly RecentComparison[];
  /** Speaks to connections of WebSocket APIs. */
  readonly sockets: SocketUseCases;
  readonly holdHere: (request: LocalRollbackBody) => Promise<LocalRollbackAnswer>;
  readonly ready: () => Readiness;
  /** Sent as x-fig-state with every answer. */
  readonly stateId: () => string;
  /** Sent as x-fig-store-away with every answer while the state store is away, ms since the epoch. */
  readonly storeAwaySince: () => number | undefined;
  /** The package's version. */
  readonly version: string;
  /** Where the built dashboard is. Default: in the package. */
  readonly dashboard?: string;
  readonly clock: Clock;
  readonly log: Log;
}

export interface Admin {
  /** Rejects with `address_in_use` or `address_unavailable`. */
  listen(): Promise<{ readonly url: string }>;
  /** What it refused so far: wrong tokens, tries after too many of those, connections closed for newer ones. */
  refused(): Readonly<Record<string, number>>;
  /** Takes no new connection, and ends those that are idle. Idempotent. */
  stopAccepting(): Promise<void>;
  /** Ends event streams, lets requests finish, closes what is left after `deadlineMs` (default 5 s). Idempotent. */
  close(deadlineMs?: number): Promise<void>;
}

const CLOSE_DEADLINE_MS = 5_000;

/** Throws `admin_token_required` when it would listen beyond loopback without a token. */
export function createAdmin(options: AdminOptions): Admin {
  const { listen: address, clock, log } = options;
  // An empty token protects nothing: `${FIG_ADMIN_TOKEN:-}` without the variable is no token.
  const adminToken = options.adminToken === "" ? undefined : options.adminToken;
  const local = isLocal(address);
  if (adminToken === undefined && !local) {
    throw new FigError(
      "admin_token_required",
      `The admin address ${address.host} can be reached from elsewhere, and there is no adminToken.`,
      { remedy: "Set adminToken in fig.yaml, or let `admin` name 127.0.0.1." },
    );
  }
  const streams = createEventStreams({ events: options.events, clock });
  let port = address.port;
  let document: unknown;
  const sessions = new Sessions({ adminToken, clock, log, cookieName: () => `fig_session_${port}` });
  const app = createApp({
    ...options,
    guard: createGuard({
      ...{ sessions, loopback: local },
      port: () => (address.unix === undefined ? port : undefined),
    }),
    sessions,
    pages: readPages(options.dashboard ?? dashboardFolder()),
    streams,
    // Rarely asked for, and a tenth of the time that starting takes.
    get document() {
      document ??= openapiDocument(options.version);
      return document;
    },
    hex: clock.hex,
  });
  const turns = new OneATurn(app);
  const server = createServer(
    {
      maxHeaderSize: 16 * 1024,
      headersTimeout: 10_000,
      requestTimeout: 30_000,
      keepAliveTimeout: 65_000,
      connectionsCheckingInterval: 5_000,
    },
    (request, response) => turns.take(request, response),
  );
  const connections = new AdminConnections(server);
  server.on("clientError", refuse);
  let listened = false;
  let leaving: Promise<void> | undefined;
  let closing: Promise<void> | undefined;

  return {
    refused: () => ({
      ...sessions.refused,
      connection_limit: connections.closed,
      unread_stream: streams.unread,
      pipelined: turns.refused,
    }),
    async listen() {
      await started(server, options);
      listened = true;
      server.on("error", (err) => log.error({ err }, "the admin server failed"));
      if (address.unix !== undefined) return { url: addressText(address) };
      const bound = server.address() as AddressInfo;
      port = bound.port;
      return { url: urlOf(bound) };
    },
    stopAccepting() {
      leaving ??= options.stopListening(server).then(() => server.closeIdleConnections());
      return leaving;
    },
    async close(deadlineMs = CLOSE_DEADLINE_MS) {
      await leaving;
      closing ??= new Promise((resolve) => {
        streams.close();
        if (!listened) return resolve();
        const timer = setTimeout(() => server.closeAllConnections(), deadlineMs);
        server.close(() => {
          clearTimeout(timer);
          resolve();
        });
        server.closeIdleConnections();
      });
      return closing;
    },
  };
}

async function started(
  server: Server,
  { listen: address, reusePort, listenOn }: AdminOptions,
): Promise<void> {
  try {
    await (address.unix === undefined
      ? listening(server, address, reusePort)
      : listenOn(server, address.unix));
  } catch (error) {
    const cause = error as NodeJS.ErrnoException;
    const inUse = cause.code === "EADDRINUSE";
    const why = inUse ? "is in use" : `cannot be listened on (${cause.code})`;
    throw new FigError(
      inUse ? "address_in_use" : "address_unavailable",
      `The admin address ${addressText(address)} ${why}.`,
      { cause, remedy: "Let `admin` in fig.yaml name another address; port 0 picks a free one." },
    );
  }
}

function listening(server: Server, { host, port }: ListenAddress, reusePort: boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host, port, reusePort }, () => {
      server.removeAllListeners("error");
      resolve();
    });
  });
}

/** An address that a program on this machine can use. */
function urlOf({ address, port }: AddressInfo): string {
  return `http://${authority(reachable(address), port)}`;
}

const MALFORMED: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};

/** What Node's parser does not take never reaches the app. */
function refuse(error: NodeJS.ErrnoException, socket: Socket): void {
  if (!socket.writable || error.code === "ECONNRESET") {
    socket.destroy();
    return;
  }
  const status = MALFORMED[error.code ?? ""] ?? 400;
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
}
