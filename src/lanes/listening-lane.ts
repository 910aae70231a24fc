import { createServer, type Server, type Socket } from "node:net";
import type { Clock } from "../domain/clock.ts";
import type { ListenAddress } from "../domain/config.ts";
import { ArrivalPace } from "./arrival-pace.ts";
import type { BoundSocket, Lane } from "./contract.ts";
import { listen } from "./listen.ts";
import { stopListening } from "./stop-listening.ts";

/** The part of a lane that accepts connections at one address, at their pace. */
export abstract class ListeningLane implements Pick<Lane, "dropped" | "listen" | "stopAccepting"> {
  dropped = 0;
  private readonly server: Server;
  private readonly pace: ArrivalPace;

  /** `maxConnections` 0: no limit. */
  constructor(maxConnections: number) {
    this.pace = new ArrivalPace((socket) => this.arrive(socket));
    this.server = createServer({ noDelay: true, allowHalfOpen: true, pauseOnConnect: true }, (socket) =>
      this.pace.arrived(socket),
    );
    if (maxConnections > 0) this.server.maxConnections = maxConnections;
    this.server.on("drop", () => {
      this.dropped++;
    });
  }

  listen(address: ListenAddress, reusePort: boolean, bound?: BoundSocket): Promise<ListenAddress> {
    return listen(this.server, address, reusePort, bound);
  }

  stopAccepting(shared: boolean, clock: Clock, patienceMs: number): Promise<void> {
    return stopListening(this.server, shared, clock, patienceMs);
  }

  /** A connection, paused. */
  protected abstract arrive(socket: Socket): void;

  /** Takes no further one, at once: those that wait are closed. */
  protected stopAtOnce(): void {
    this.pace.close();
    this.server.close();
  }
}
