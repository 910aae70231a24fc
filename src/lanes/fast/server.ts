import type { Socket } from "node:net";
import type { Lane, LaneOptions, Peer } from "../contract.ts";
import { protocolsOf, speaksHttp2 } from "../h2/preface.ts";
import { Http2Sessions } from "../h2/sessions.ts";
import { ListeningLane } from "../listening-lane.ts";
import { NodeLane } from "../node/server.ts";
import { peerOf } from "../peer.ts";
import type { TakingLane, TakingLaneKind } from "../taking-lane.ts";
import { canReadShared, readRecordsShared, readShared } from "./accepted.ts";
import { FastConnection } from "./connection.ts";
import type { HandoverReason } from "./head.ts";
import type { FastConnectionOptions } from "./options.ts";

/** A longer head is the node lane's. */
const MAX_HEAD_BYTES = 8 * 1024;
const NO_BYTES = Buffer.alloc(0);

/**
 * HTTP/1.1 in over raw sockets, for the plain requests that most are. A request outside its narrow form goes, its
 * connection with it and every byte unread, to the node lane behind it, which is the reference.
 */
class FastLane extends ListeningLane implements TakingLane {
  readonly protocols: readonly string[];
  readonly handovers: Partial<Record<HandoverReason, number>> = {};
  /** Those behind a handover are the node lane's. */
  private requests = 0;
  private readonly reference: NodeLane;
  private readonly http2: Http2Sessions | undefined;
  private readonly shared: FastConnectionOptions;
  private readonly sockets = new Map<Socket, FastConnection | undefined>();

  constructor(options: LaneOptions) {
    super(options.maxConnections);
    const reference = new NodeLane(options);
    this.reference = reference;
    this.http2 = options.http2 && new Http2Sessions(options, options.http2);
    this.protocols = protocolsOf(options);
    const { handler, deadlines, maxHeaderBytes, headersMs, idleMs, bodyIdleMs } = options;
    this.shared = {
      handler,
      deadlines,
      headersMs,
      maxHeadBytes: maxHeaderBytes > 0 ? Math.min(maxHeaderBytes, MAX_HEAD_BYTES) : MAX_HEAD_BYTES,
      idleMs,
      bodyIdleMs,
      handOver: (socket, peer, bytes, reason, ended) => this.handOver(socket, peer, bytes, reason, ended),
      onTaken: () => {
        this.requests++;
      },
      refuse: (code, socket) => reference.refuseRaw(code, socket),
    };
  }

  /** Handed over ones included. */
  get connections(): number {
    return this.sockets.size;
  }

  get taken(): Lane["taken"] {
    return { [fastLane.name]: this.requests, ...this.reference.taken, h2: this.http2?.requests ?? 0 };
  }

  get sessionsEnded(): Lane["sessionsEnded"] {
    return this.http2?.ended ?? {};
  }

  get http2Limits(): Lane["http2Limits"] {
    return this.http2?.limits ?? {};
  }

  closeIdle(): void {
    for (const connection of this.sockets.values()) {
      if (connection?.idle === true) connection.breakOff();
    }
    this.reference.closeIdle();
    this.http2?.closeIdle();
  }

  close(): void {
    this.stopAtOnce();
    for (const socket of this.sockets.keys()) socket.destroy();
    this.http2?.close();
    this.reference.close();
  }

  adoptOnly(): void {}

  protected arrive(accepted: Socket): void {
    this.accept(accepted, peerOf(accepted), undefined);
  }

  take(socket: Socket, peer: Peer, bytes: Buffer | undefined): void {
    if (!peer.encrypted) {
      this.accept(socket, peer, bytes);
      return;
    }
    if (this.http2 !== undefined && speaksHttp2(socket)) {
      this.track(socket, undefined);
      this.http2.adopt(socket, peer, bytes ?? NO_BYTES);
      return;
    }
    const connection = new FastConnection(socket, peer, this.shared);
    this.track(socket, connection);
    if (readRecordsShared(socket, (read) => connection.take(read))) socket.resume();
    else connection.readStream();
  }

  /** What comes is read into the shared buffer, if this Node can. */
  private accept(accepted: Socket, peer: Peer, bytes: Buffer | undefined): void {
    if (!canReadShared(accepted)) {
      this.track(accepted, undefined);
      this.handOver(accepted, peer, bytes ?? NO_BYTES, "socket", false);
      return;
    }
    const socket = readShared(accepted, (read) => connection.take(read));
    const connection = new FastConnection(socket, peer, this.shared);
    this.track(socket, connection);
    if (bytes !== undefined) connection.take(bytes);
  }

  private track(socket: Socket, connection: FastConnection | undefined): void {
    this.sockets.set(socket, connection);
    socket.once("close", () => this.sockets.delete(socket));
  }

  private handOver(socket: Socket, peer: Peer, bytes: Buffer, reason: HandoverReason, ended: boolean): void {
    this.handovers[reason] = (this.handovers[reason] ?? 0) + 1;
    this.sockets.set(socket, undefined);
    if (reason === "http2" && !ended && this.http2 !== undefined) this.http2.adopt(socket, peer, bytes);
    else this.reference.adopt(socket, peer, bytes, ended);
  }
}

export const fastLane: TakingLaneKind = { name: "fast", create: (options) => new FastLane(options) };
