import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { Socket } from "node:net";

/** Requests of one connection that wait until its answer is taken. No client of an admin API needs more. */
export const MAX_PIPELINED = 8;

type Asked = readonly [IncomingMessage, ServerResponse];

/**
 * Handles one request a turn of the event loop: several dashboards ask for several things at once, and clients of the front door, whose
 * requests come in on the same loop, wait for one answer at most. Probes are answered at once. Of a connection one request is answered at a
 * time, and the next one when the system has taken the answer: a client that sends many and reads nothing would have all their answers held.
 */
export class OneATurn {
  /** Connections ended because too many of their requests waited. */
  refused = 0;
  private readonly handle: RequestListener;
  private readonly due: Asked[] = [];
  /** What waits behind the request under way, by connection. */
  private readonly behind = new WeakMap<Socket, Asked[]>();

  constructor(handle: RequestListener) {
    this.handle = handle;
  }

  take(request: IncomingMessage, response: ServerResponse): void {
    const { socket } = request;
    const behind = this.behind.get(socket);
    if (behind === undefined) {
      this.behind.set(socket, []);
      this.begin([request, response]);
    } else if (behind.length < MAX_PIPELINED) {
      behind.push([request, response]);
    } else if (!socket.destroyed) {
      this.refused++;
      socket.destroy();
    }
  }

  private begin(asked: Asked): void {
    const [request, response] = asked;
    response.once("close", () => this.over(request.socket));
    // A probe costs nothing, and who sends it must not wait.
    if (request.url === "/livez" || request.url === "/readyz") this.handle(request, response);
    else if (this.due.push(asked) === 1) setImmediate(() => this.next());
  }

  private next(): void {
    const due = this.due.shift();
    if (due === undefined) return;
    if (this.due.length > 0) setImmediate(() => this.next());
    const [request, response] = due;
    if (!request.socket.destroyed) this.handle(request, response);
  }

  private over(socket: Socket): void {
    const behind = this.behind.get(socket);
    const next = socket.destroyed ? undefined : behind?.shift();
    if (next === undefined) this.behind.delete(socket);
    else this.begin(next);
  }
}
