import type { Socket } from "node:net";
import type { Lane, LaneOptions, Peer } from "../contract.ts";
import { PrefaceStage, protocolsOf, speaksHttp2 } from "../h2/preface.ts";
import { Http2Sessions } from "../h2/sessions.ts";
import { ListeningLane } from "../listening-lane.ts";
import { peerOf } from "../peer.ts";
import type { TakingLane, TakingLaneKind } from "../taking-lane.ts";
import { NodeLane } from "./server.ts";

const NO_BYTES = Buffer.alloc(0);

/** The reference lane, which takes in what comes, with HTTP/2 beside it: the first bytes of a connection tell which of the two it is for. */
class ReferenceLane extends ListeningLane implements TakingLane {
  readonly protocols: readonly string[];
  private readonly options: LaneOptions;
  private readonly reference: NodeLane;
  private readonly http2: Http2Sessions | undefined;
  private readonly sockets = new Set<Socket>();
  /** Those that have not said yet what they speak. */
  private readonly beginning = new Set<Socket>();
  private prefaces = 0;

  constructor(options: LaneOptions) {
    super(options.maxConnections);
    this.options = options;
    this.protocols = protocolsOf(options);
    this.reference = new NodeLane(options);
    this.http2 = options.http2 === undefined ? undefined : new Http2Sessions(options, options.http2);
  }

  get connections(): number {
    return this.sockets.size;
  }

  get taken(): Lane["taken"] {
    return { ...this.reference.taken, ...(this.http2 === undefined ? {} : { h2: this.http2.requests }) };
  }

  get handovers(): Lane["handovers"] {
    return this.prefaces === 0 ? {} : { http2: this.prefaces };
  }

  get sessionsEnded(): Lane["sessionsEnded"] {
    return this.http2?.ended ?? {};
  }

  get http2Limits(): Lane["http2Limits"] {
    return this.http2?.limits ?? {};
  }

  closeIdle(): void {
    for (const socket of this.beginning) socket.destroy();
    this.reference.closeIdle();
    this.http2?.closeIdle();
  }

  close(): void {
    this.stopAtOnce();
    for (const socket of this.sockets) socket.destroy();
    this.http2?.close();
    this.reference.close();
  }

  adoptOnly(): void {}

  protected arrive(socket: Socket): void {
    this.take(socket, peerOf(socket), undefined);
  }

  take(socket: Socket, peer: Peer, bytes: Buffer | undefined): void {
    this.sockets.add(socket);
    socket.once("close", () => {
      this.sockets.delete(socket);
      this.beginning.delete(socket);
    });
    const { http2 } = this;
    if (http2 === undefined) {
      this.reference.receive(socket, peer, bytes ?? NO_BYTES, false);
      return;
    }
    if (peer.encrypted && speaksHttp2(socket)) {
      http2.adopt(socket, peer, bytes ?? NO_BYTES);
      return;
    }
    this.beginning.add(socket);
    const onError = () => {};
    socket.on("error", onError);
    const { deadlines, headersMs } = this.options;
    new PrefaceStage(socket, bytes ?? NO_BYTES, deadlines, headersMs, (how, read, ended) => {
      this.beginning.delete(socket);
      if (how === "left") {
        socket.destroy();
      } else if (how === "late") {
        this.reference.refuseRaw("request_timeout", socket);
      } else if (how === "http2") {
        this.prefaces++;
        http2.adopt(socket, peer, read);
        socket.off("error", onError);
      } else {
        this.reference.receive(socket, peer, read, ended);
        socket.off("error", onError);
      }
    });
  }
}

export const nodeLane: TakingLaneKind = { name: "node", create: (options) => new ReferenceLane(options) };
