import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import type { Deadlines, Timed } from "../../domain/deadlines.ts";
import type { LaneOptions } from "../contract.ts";

/** What a client of HTTP/2 begins with (RFC 9113 §3.4), up to its empty line. */
export const PREFACE_HEAD = "PRI * HTTP/2.0\r\n\r\n";
const PREFACE = Buffer.from(PREFACE_HEAD);

/** By the names of ALPN, the most wanted first. */
export function protocolsOf({ http2 }: Pick<LaneOptions, "http2">): readonly string[] {
  return http2 === undefined ? ["http/1.1"] : ["h2", "http/1.1"];
}

/** Whether a client said so in its TLS handshake. */
export function speaksHttp2(socket: Socket): boolean {
  return (socket as TLSSocket).alpnProtocol === "h2";
}

/** How a connection begins. `late`: nothing that tells came in time; `left`: its client left before it had sent anything. */
type Beginning = "http1" | "http2" | "late" | "left";

/** Reads the first bytes of a connection that nobody else reads, until they tell whether its client speaks HTTP/2. */
export class PrefaceStage implements Timed {
  deadlineAt = -1;
  deadlineMs: number;
  private readonly socket: Socket;
  private readonly deadlines: Deadlines;
  private readonly done: (how: Beginning, bytes: Buffer, ended: boolean) => void;
  private bytes: Buffer;
  private readonly onData = (chunk: Buffer) => {
    this.bytes = this.bytes.length === 0 ? chunk : Buffer.concat([this.bytes, chunk]);
    this.look();
  };
  private readonly onEnd = () => this.tell(this.bytes.length === 0 ? "left" : "http1", true);

  /** `done` gets what was read, and the socket paused; not if the connection closes first. `ms` 0: it waits for as long as it takes. */
  constructor(
    socket: Socket,
    bytes: Buffer,
    deadlines: Deadlines,
    ms: number,
    done: (how: Beginning, bytes: Buffer, ended: boolean) => void,
  ) {
    this.socket = socket;
    this.bytes = bytes;
    this.deadlines = deadlines;
    this.done = done;
    this.deadlineMs = ms > 0 ? deadlines.in(ms) : Number.POSITIVE_INFINITY;
    deadlines.add(this);
    socket.on("data", this.onData);
    socket.on("end", this.onEnd);
    socket.once("close", () => this.leave());
    if (bytes.length > 0) this.look();
    else socket.resume();
  }

  onDeadline(): void {
    this.tell("late", false);
  }

  private look(): void {
    const { bytes } = this;
    const known = Math.min(bytes.length, PREFACE.length);
    if (bytes.compare(PREFACE, 0, known, 0, known) !== 0) this.tell("http1", false);
    else if (known === PREFACE.length) this.tell("http2", false);
    else this.socket.resume();
  }

  private tell(how: Beginning, ended: boolean): void {
    this.leave();
    this.socket.pause();
    this.done(how, this.bytes, ended);
  }

  private leave(): void {
    this.deadlines.remove(this);
    this.socket.off("data", this.onData);
    this.socket.off("end", this.onEnd);
  }
}
