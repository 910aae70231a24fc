import type { Socket } from "node:net";
import { noteRest } from "../wire/read-gate.ts";

/** New connections that are taken in one turn of the event loop. */
const ARRIVALS_A_TURN = 4;

/**
 * Takes in a few new connections a turn. The system hands over all that wait in its queue at once, and what each of them asks comes
 * in the same turn: a hundred that come together would keep the others waiting for all of theirs. Sockets come paused.
 */
export class ArrivalPace {
  private readonly take: (socket: Socket) => void;
  private readonly waiting: Socket[] = [];
  /** Since a turn ended, at least. */
  private taken = 0;

  constructor(take: (socket: Socket) => void) {
    this.take = take;
  }

  arrived(socket: Socket): void {
    if (this.taken === ARRIVALS_A_TURN) {
      this.waiting.push(socket);
      noteRest();
      return;
    }
    if (++this.taken === ARRIVALS_A_TURN) setImmediate(turned, this);
    this.take(socket);
  }

  /** Those that wait get no turn any more. */
  close(): void {
    for (const socket of this.waiting.splice(0)) socket.destroy();
  }

  turned(): void {
    this.taken = 0;
    for (const socket of this.waiting.splice(0, ARRIVALS_A_TURN)) this.arrived(socket);
  }
}

function turned(pace: ArrivalPace): void {
  pace.turned();
}
