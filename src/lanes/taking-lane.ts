import type { Socket } from "node:net";
import type { Lane, LaneKind, LaneOptions, Peer } from "./contract.ts";

/** A lane that also serves connections which another listener accepted. */
export interface TakingLane extends Lane {
  /** What it speaks over TLS, by the names of ALPN (RFC 7301), the most wanted first. */
  readonly protocols: readonly string[];
  /** It will not listen itself. */
  adoptOnly(): void;
  /** A connection that is paused, and read by nobody. `bytes`: what was read of it before. */
  take(socket: Socket, peer: Peer, bytes: Buffer | undefined): void;
}

export interface TakingLaneKind extends LaneKind {
  create(options: LaneOptions): TakingLane;
}
