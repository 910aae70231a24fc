import type { Socket } from "node:net";
import type { Deadlines } from "../../domain/deadlines.ts";
import type { LaneHandler, Peer } from "../contract.ts";
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
  /** Takes the socket, with `bytes` in front of what it still holds; `ended`: of which the client's end was heard. */
  readonly handOver: (
    socket: Socket,
    peer: Peer,
    bytes: Buffer,
    reason: HandoverReason,
    ended: boolean,
  ) => void;
  /** A request was taken. */
  readonly onTaken: () => void;
  /** The request ended in its middle, broke its framing, or took too long: writes and counts the answer to it. */
  readonly refuse: (code: "bad_request" | "request_timeout", socket: Socket) => void;
}
