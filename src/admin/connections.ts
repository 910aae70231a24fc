import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";

/** Far more than dashboards, probes and scrapers need; an admin API must not eat the front door's descriptors. */
export const MAX_CONNECTIONS = 512;

/**
 * Keeps room for the newest connection: at the bound an older one is closed for it, of those that wait for a request or its rest the one
 * that has waited for longest, else the oldest. So no number of connections that linger keeps a probe out, or closes one that came a
 * moment ago and has not said yet what it wants.
 */
export class AdminConnections {
  /** Connections closed to make room. */
  closed = 0;
  /** What is being answered, undefined between requests; in the order in which they came, or had their last answer. */
  private readonly open = new Map<Socket, IncomingMessage | undefined>();

  constructor(server: Server) {
    server.on("connection", (socket) => this.opened(socket));
    server.on("request", (request, response) => this.asked(request, response));
  }

  private opened(socket: Socket): void {
    if (this.open.size >= MAX_CONNECTIONS) this.makeRoom();
    this.open.set(socket, undefined);
    socket.once("close", () => this.open.delete(socket));
  }

  private asked(request: IncomingMessage, response: ServerResponse): void {
    const { socket } = request;
    // One that was closed to make room may have been read already.
    if (!this.open.has(socket)) return;
    this.open.set(socket, request);
    response.once("close", () => {
      if (this.open.get(socket) !== request) return;
      this.open.delete(socket);
      if (!socket.destroyed) this.open.set(socket, undefined);
    });
  }

  private makeRoom(): void {
    const socket = this.victim();
    if (socket === undefined) return;
    this.open.delete(socket);
    this.closed++;
    socket.destroy();
  }

  private victim(): Socket | undefined {
    for (const [socket, request] of this.open) if (request?.complete !== true) return socket;
    return this.open.keys().next().value;
  }
}
