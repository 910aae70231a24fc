import type { Deadlines, Timed } from "../domain/deadlines.ts";
import type { OverListener } from "../layers/contract.ts";

/** A request whose client has ended its side of the connection (FIN) and may still be reading. */
interface HalfClosedRequest {
  /** Changes with all that is written to the client. */
  readonly written: number;
  /** The client is taken to be gone. */
  cancelHalfClosed(): void;
  onOver(listener: OverListener): void;
}

/**
 * Watches that clients which sent a FIN get something of their answers in time. A close() and a half-close look alike from
 * here until something is written: then a client that is gone resets the connection, and one that is there reads on.
 */
export class HalfClosedClients {
  /** Requests given up because nothing was written for too long. */
  cancelled = 0;
  private readonly deadlines: Deadlines;

  constructor(deadlines: Deadlines) {
    this.deadlines = deadlines;
  }

  /** `ms` from now the request is cancelled if nothing was written until then; `goesOn`: it is looked at again and again. */
  watch(request: HalfClosedRequest, ms: number, goesOn = false): void {
    const { deadlines } = this;
    let { written } = request;
    const watch: Timed = {
      deadlineAt: -1,
      deadlineMs: deadlines.in(ms),
      onDeadline: () => {
        const before = written;
        ({ written } = request);
        if (written !== before && goesOn) {
          watch.deadlineMs = deadlines.in(ms);
          return;
        }
        deadlines.remove(watch);
        if (written !== before) return;
        this.cancelled++;
        request.cancelHalfClosed();
      },
    };
    deadlines.add(watch);
    request.onOver({ onOver: () => deadlines.remove(watch) });
  }
}
