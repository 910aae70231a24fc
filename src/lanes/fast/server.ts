import { createServer, type Server, type Socket } from "node:net";
import type { Clock } from "../../domain/clock.ts";
import type { ListenAddress } from "../../domain/config.ts";
import type { Lane, LaneKind, LaneOptions } from "../contract.ts";
import { listen } from "../listen.ts";
import { peerAddress } from "../node/framing.ts";
import { NodeLane } from "../node/server.ts";
import { stopListening } from "../stop-listening.ts";
import { canReadShared, readShared } from "./accepted.ts";
import { FastConnection } from "./connection.ts";
import type { HandoverReason } from "./head.ts";
import type { FastConnectionOptions } from "./options.ts";

/** A longer head is the node lane's. */
const MAX_HEAD_BYTES = 8 * 1024;

/**
 * HTTP/1.1 in over raw sockets, for the plain requests that most are. A request outside its narrow form goes, its
 * connection with it and every byte unread, to the node lane behind it, which is the reference.
 */
class FastLane implements Lane {
  dropped = 0;
  readonly handovers: Partial<Record<HandoverReason, number>> = {};
  /** Those behind a handover are the node lane's. */
  private requests = 0;
  private readonly server: Server;
  private readonly reference: NodeLane;
  private readonly sockets = new Map<Socket, FastConnection | undefined>();

  constructor(options: LaneOptions) {
    const reference = new NodeLane(options);
    this.reference = reference;
    reference.adoptOnly();
    const { handler, deadlines, maxHeaderBytes, headersMs, idleMs, bodyIdleMs } = options;
    const shared: FastConnectionOptions = {
      handler,
      deadlines,
      headersMs,
      maxHeadBytes: maxHeaderBytes > 0 ? Math.min(maxHeaderBytes, MAX_HEAD_BYTES) : MAX_HEAD_BYTES,
      idleMs,
      bodyIdleMs,
      handOver: (socket, bytes, reason, ended) => this.handOver(socket, bytes, reason, ended),
      onTaken: () => {
        this.requests++;
      },
      refuse: (code, socket) => reference.refuseRaw(code, socket),
    };
    this.server = createServer({ noDelay: true, allowHalfOpen: true, pauseOnConnect: true }, (accepted) => {
      if (!canReadShared(accepted)) {
        this.track(accepted, undefined);
        this.handOver(accepted, Buffer.alloc(0), "socket", false);
        return;
      }
      const socket = readShared(accepted, (bytes) => connection.take(bytes));
      const connection = new FastConnection(socket, peerAddress(socket.remoteAddress), shared);
      this.track(socket, connection);
    });
    if (options.maxConnections > 0) this.server.maxConnections = options.maxConnections;
    this.server.on("drop", () => {
      this.dropped++;
    });
  }

  /** Handed over ones included. */
  get connections(): number {
    return this.sockets.size;
  }

  get taken(): Lane["taken"] {
    return { [fastLane.name]: this.requests, ...this.reference.taken };
  }

  listen(address: ListenAddress, reusePort: boolean): Promise<ListenAddress> {
    return listen(this.server, address, reusePort);
  }

  stopAccepting(shared: boolean, clock: Clock, patienceMs: number): Promise<void> {
    return stopListening(this.server, shared, clock, patienceMs);
  }

  closeIdle(): void {
    for (const connection of this.sockets.values()) {
      if (connection?.idle === true) connection.breakOff();
    }
    this.reference.closeIdle();
  }

  close(): void {
    for (const socket of this.sockets.keys()) socket.destroy();
    this.server.close();
    this.reference.close();
  }

  private track(socket: Socket, connection: FastConnection | undefined): void {
    this.sockets.set(socket, connection);
    socket.once("close", () => this.sockets.delete(socket));
  }

  private handOver(socket: Socket, bytes: Buffer, reason: HandoverReason, ended: boolean): void {
    this.handovers[reason] = (this.handovers[reason] ?? 0) + 1;
    this.sockets.set(socket, undefined);
    this.reference.adopt(socket, bytes, ended);
  }
}

export const fastLane: LaneKind = { name: "fast", create: (options) => new FastLane(options) };
