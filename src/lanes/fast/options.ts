import type { Socket } from "node:net";
import type { Deadlines } from "../../domain/deadlines.ts";
import type { LaneHandler } from "../contract.ts";
import type { HandoverReason } from "./head.ts";

/** What connections of one fast lane share. */
export interface FastConnectionOptions {
  readonly handler: LaneHandler;
  readonly deadlines: Deadlines;
  readonly headersMs: number;
  /** A longer head is the node lane's, whole or not. */
  readonly maxHeadBytes: number;
  readonly idleMs: number;
  readonly bodyIdleMs: number;
  /** `Connection` and `Keep-Alive` of answers that keep the connection, with their line ends. */
  readonly keepAliveFields: string;
  /** Takes the socket, with `bytes` in front of what it still holds. */
  readonly handOver: (socket: Socket, bytes: Buffer, reason: HandoverReason) => void;
  /** A request was taken. */
  readonly onTaken: () => void;
  /** The request ended in its middle, or broke its framing: writes and counts the answer to it. */
  readonly refuseBody: (socket: Socket) => void;
}
