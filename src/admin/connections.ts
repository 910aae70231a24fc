import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";

/** Far more than dashboards, probes and scrapers need; an admin API must not eat the front door's descriptors. */
export const MAX_CONNECTIONS = 512;

/**
 * Keeps room for the newest connection: at the bound an older one is closed for it, first one that has said nothing, then one that has
 * not sent its whole request, then the oldest. So no number of connections that linger keeps a probe out.
 */
export class AdminConnections {
  /** Connections closed to make room. */
  closed = 0;
  /** Without a request, the one that has been so for longest first. */
  private readonly quiet = new Set<Socket>();
  private readonly busy = new Map<Socket, IncomingMessage>();

  constructor(server: Server) {
    server.on("connection", (socket) => this.opened(socket));
    server.on("request", (request, response) => this.asked(request, response));
  }

  private opened(socket: Socket): void {
    if (this.quiet.size + this.busy.size >= MAX_CONNECTIONS) this.makeRoom();
    this.quiet.add(socket);
    socket.once("close", () => {
      this.quiet.delete(socket);
      this.busy.delete(socket);
    });
  }

  private asked(request: IncomingMessage, response: ServerResponse): void {
    const { socket } = request;
    this.quiet.delete(socket);
    this.busy.set(socket, request);
    response.once("close", () => {
      if (this.busy.get(socket) !== request) return;
      this.busy.delete(socket);
      if (!socket.destroyed) this.quiet.add(socket);
    });
  }

  private makeRoom(): void {
    const oldest = this.oldest();
    if (oldest === undefined) return;
    this.quiet.delete(oldest);
    this.busy.delete(oldest);
    this.closed++;
    oldest.destroy();
  }

  private oldest(): Socket | undefined {
    for (const socket of this.quiet) return socket;
    for (const [socket, request] of this.busy) if (!request.complete) return socket;
    return this.busy.keys().next().value;
  }
}
