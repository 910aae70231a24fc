import type { ServingConfig } from "../../domain/serving-config.ts";

/** The first message to a worker: what it serves with for its life. */
export interface Hello {
  readonly kind: "hello";
  readonly config: ServingConfig;
  /** What session tickets are sealed with, until it is told another secret. */
  readonly ticketSecret: string;
  /** No log and no access log. */
  readonly quiet: boolean;
}

/** A bound socket, which comes with it. */
export interface SocketMessage {
  readonly kind: "socket";
}
