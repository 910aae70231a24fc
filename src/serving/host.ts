import type { Clock } from "../domain/clock.ts";
import type { BoundSocket } from "../lanes/contract.ts";
import type { Log } from "../observe/contract.ts";
import type { FleetLimits } from "../store/contract.ts";

/** What is the process's, and no message. */
export interface ServingHost {
  readonly clock: Clock;
  readonly log: Log;
  /** No access log. */
  readonly quiet: boolean;
  /** Left out: the process's. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Counts limits over a fleet. */
  readonly fleetLimits?: FleetLimits | undefined;
  /** What whoever started this process gave it, to serve as one of several. */
  readonly worker?: WorkerHost;
}

interface WorkerHost {
  /** Sockets for the addresses, in their order. */
  readonly bound: readonly BoundSocket[];
  /** What session tickets are sealed with at first. */
  readonly ticketSecret: string;
  /** Lines of its operational log that were cut. */
  readonly linesCut: () => number;
}
