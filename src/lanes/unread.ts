import type { Socket } from "node:net";
import type { Deadlines } from "../domain/deadlines.ts";
import { askSendQueue } from "./send-queues.ts";

/** So often is it looked, while an answer waits for its client, whether the client takes any of it: a part of bodyIdle. */
const LOOKS = 2;
/** Looks of all connections fall together, so that the kernel is asked once for all of them. */
const TOGETHER_MS = 1000;

interface SocketInternals extends Socket {
  readonly _handle?: { readonly writeQueueSize?: number };
}

/** When to look next, on the Deadlines' clock. */
export function nextLook(deadlines: Deadlines, bodyIdleMs: number): number {
  if (bodyIdleMs === 0) return Number.POSITIVE_INFINITY;
  const part = bodyIdleMs / LOOKS;
  const together = Math.min(part, TOGETHER_MS);
  return Math.ceil(deadlines.in(part) / together) * together;
}

/**
 * A client that lets its answer wait. It reads nothing if neither this process nor, where the system says it, the kernel got rid of a
 * byte for bodyIdle. The kernel has to be asked: it takes the next bytes only when a third of its buffer is free, which is more than a
 * slow reader takes in minutes (`sk_stream_is_writeable`).
 */
export class UnreadAnswer {
  private readonly socket: SocketInternals;
  private here: number;
  private inKernel: number | undefined = undefined;
  private quiet = -1;

  constructor(socket: Socket) {
    this.socket = socket;
    this.here = this.bytesHere();
  }

  /** Says, later, whether the client took nothing in all looks of a bodyIdle; the first look is what the next ones are held against. */
  look(said: (stalled: boolean) => void): void {
    askSendQueue(this.socket, (inKernel) => {
      const here = this.bytesHere();
      const took = here < this.here || (inKernel ?? 0) < (this.inKernel ?? 0);
      this.quiet = took ? 0 : this.quiet + 1;
      this.here = here;
      this.inKernel = inKernel;
      said(this.quiet >= LOOKS);
    });
  }

  private bytesHere(): number {
    return this.socket.writableLength + (this.socket._handle?.writeQueueSize ?? 0);
  }
}
