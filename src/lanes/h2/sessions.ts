import {
  constants,
  createServer,
  type Http2Server,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from "node:http2";
import type { Socket, Server as TcpServer } from "node:net";
import type { Timed } from "../../domain/deadlines.ts";
import { isGrpc } from "../../domain/grpc.ts";
import { readsOf } from "../../wire/h2-reads.ts";
import { ReadMemory } from "../../wire/read-memory.ts";
import type { Http2Options, LaneOptions, Peer } from "../contract.ts";
import { Bucket } from "./bucket.ts";
import { headOfStream } from "./head.ts";
import { Overhead } from "./overhead.ts";
import { refusedStream } from "./refused-stream.ts";
import { StreamRequest } from "./stream-request.ts";

/** Of request bodies: what a stream, and a connection, may send before somebody takes it. */
const STREAM_WINDOW = 64 * 1024;
const SESSION_WINDOW = 1024 * 1024;
/** node:http2's own sum of what a connection holds. It counts in MiB. */
const MAX_SESSION_BYTES = 4 * 1024 * 1024;
const MAX_SETTINGS = 32;
/** A field counts 32 bytes beside its own (RFC 9113 §6.5.2). */
const FIELD_OVERHEAD = 32;
/** With so many fields, a head up to twice the limit is answered. */
const ANSWERED_FIELDS = 128;
/** Streams that a client may reset at once, and each second (CVE-2023-44487). */
const RESET_BURST = 200;
const RESET_RATE = 50;
/** The same of PING and SETTINGS, which have to be answered (CVE-2019-9512, CVE-2019-9515). */
const CONTROL_BURST = 1000;
const CONTROL_RATE = 100;
const MAX_INVALID_FRAMES = 100;
/** A connection that was told to end is given so long. */
const LINGER_MS = 1000;
/** How often connections are looked at for bytes that belong to no request. */
const LOOK_MS = 100;
/** How often the system asks a silent peer whether it is there. */
const PROBE_MS = 60_000;
/** What a name or a value of a head costs, as bytes: the coding makes them of one byte each. */
const FIELD_BYTES = 32;

/** Too many resets, too many PINGs and SETTINGS, too many bytes that belong to no request. */
type EndingLimit = "resets" | "control_frames" | "overhead_bytes";

interface Session extends Timed {
  readonly peer: Peer;
  readonly memory: ReadMemory;
  readonly overhead: Overhead;
  streams: number;
  readonly resets: Bucket;
  readonly control: Bucket;
  ending: boolean;
}

/** A connection whose session begins. */
interface Arrival {
  readonly socket: Socket;
  readonly peer: Peer;
  /** Bytes that were read before. */
  readonly before: number;
}

/** HTTP/2 in: connections that another lane accepted and whose client speaks it, over node:http2's streams. */
export class Http2Sessions {
  /** Requests taken. */
  requests = 0;
  /** Connections that ended with an error of HTTP/2's, by its name in lower case. */
  readonly ended: Record<string, number> = {};
  /** How often a connection came to a limit: as many streams as it may have, or one that ended it. */
  readonly limits: Partial<Record<"streams" | EndingLimit, number>> = {};
  private readonly options: LaneOptions;
  private readonly http2: Http2Options;
  private readonly headOptions: Parameters<typeof headOfStream>[3];
  private readonly server: Http2Server;
  private arriving: Arrival | undefined;
  private readonly sessions = new Map<ServerHttp2Session, Session>();
  private readonly look: Timed = {
    deadlineAt: -1,
    deadlineMs: Number.POSITIVE_INFINITY,
    onDeadline: () => this.onLook(),
  };

  constructor(options: LaneOptions, http2: Http2Options) {
    this.options = options;
    this.http2 = http2;
    const { maxHeaderBytes } = options;
    this.headOptions = { maxHeaderBytes, hex: http2.hex };
    // Past the limit there is an answer that says so; past this there is none.
    const maxListBytes =
      maxHeaderBytes > 0 ? 2 * maxHeaderBytes + ANSWERED_FIELDS * FIELD_OVERHEAD : 1024 * 1024;
    this.server = createServer({
      maxSessionMemory: MAX_SESSION_BYTES / (1024 * 1024),
      maxSettings: MAX_SETTINGS,
      // An answer that has Content-Type twice is no worse over HTTP/2.
      strictSingleValueFields: false,
      maxHeaderListPairs: Math.ceil(maxListBytes / FIELD_OVERHEAD),
      maxSessionInvalidFrames: MAX_INVALID_FRAMES,
      maxSessionRejectedStreams: MAX_INVALID_FRAMES,
      streamResetBurst: 2 * RESET_BURST,
      streamResetRate: 2 * RESET_RATE,
      unknownProtocolTimeout: options.headersMs > 0 ? options.headersMs : 10_000,
      settings: {
        maxConcurrentStreams: http2.maxStreams,
        initialWindowSize: STREAM_WINDOW,
        maxHeaderListSize: maxListBytes,
        enablePush: false,
        enableConnectProtocol: true,
      },
    });
    this.server.setTimeout(0);
    this.server.on("session", (session) => this.onSession(session));
    this.server.on("sessionError", (error) => this.onError(error));
    this.server.on("stream", (stream, _headers, _flags, fields) =>
      this.onStream(stream, fields as unknown as string[]),
    );
  }

  /** Takes over a connection, with `bytes` in front of what it still holds. */
  adopt(socket: Socket, peer: Peer, bytes: Buffer): void {
    if (bytes.length > 0) socket.unshift(bytes);
    // node:http2 does not hear it. No client can go on without sending: it says what it has read.
    socket.once("end", () => socket.destroy());
    socket.setKeepAlive(true, PROBE_MS);
    // The session begins within the call.
    this.arriving = { socket, peer, before: bytes.length };
    (this.server as unknown as TcpServer).emit("connection", socket);
    this.arriving = undefined;
  }

  /** Those that carry no request end, the others behind their last one. */
  closeIdle(): void {
    for (const session of this.sessions.keys()) session.close();
  }

  close(): void {
    for (const session of this.sessions.keys()) session.destroy();
  }

  private onSession(session: ServerHttp2Session): void {
    const { deadlines, headersMs, idleMs } = this.options;
    const { socket, peer, before } = this.arriving as Arrival;
    const memory = new ReadMemory(readsOf(socket));
    const state: Session = {
      peer,
      memory,
      overhead: new Overhead(socket, before, memory, SESSION_WINDOW, deadlines.now),
      streams: 0,
      resets: new Bucket(RESET_BURST, RESET_RATE, deadlines.now),
      control: new Bucket(CONTROL_BURST, CONTROL_RATE, deadlines.now),
      ending: false,
      deadlineAt: -1,
      deadlineMs: deadlines.in(headersMs > 0 ? headersMs : idleMs),
      onDeadline: () => {
        if (state.ending) {
          session.destroy();
          return;
        }
        state.ending = true;
        state.deadlineMs = deadlines.in(LINGER_MS);
        session.close();
      },
    };
    session.setLocalWindowSize(SESSION_WINDOW);
    this.sessions.set(session, state);
    deadlines.add(state);
    if (this.sessions.size === 1) this.lookLater();
    const onControl = () => {
      if (!state.control.add(deadlines.now)) this.calm(session, state, "control_frames");
    };
    session.on("ping", onControl);
    session.on("remoteSettings", onControl);
    session.on("error", () => {});
    session.on("close", () => {
      deadlines.remove(state);
      this.sessions.delete(session);
    });
  }

  private lookLater(): void {
    const { deadlines } = this.options;
    this.look.deadlineMs = deadlines.in(LOOK_MS);
    deadlines.add(this.look);
  }

  private onLook(): void {
    const { deadlines } = this.options;
    for (const [session, state] of this.sessions)
      if (!state.overhead.check(deadlines.now)) this.calm(session, state, "overhead_bytes");
    if (this.sessions.size > 0) this.lookLater();
    else deadlines.remove(this.look);
  }

  private onStream(stream: ServerHttp2Stream, fields: readonly string[]): void {
    // Its close tells.
    stream.on("error", () => {});
    const session =
      stream.session === undefined ? undefined : this.sessions.get(stream.session as ServerHttp2Session);
    if (session === undefined) {
      stream.destroy();
      return;
    }
    const { deadlines, handler, bodyIdleMs, streamIdleMs, idleMs } = this.options;
    session.memory.reads.onPiece(fields.length * FIELD_BYTES);
    session.overhead.onFields(fields);
    if (++session.streams === this.http2.maxStreams) this.count("streams");
    session.deadlineMs = Number.POSITIVE_INFINITY;
    const http2 = stream.session as ServerHttp2Session;
    let request: StreamRequest | undefined;
    stream.on("close", () => {
      const whole = request?.onClose() ?? endsWithHead(stream);
      if (!whole) session.overhead.onLeftBody(STREAM_WINDOW);
      // A client that opens streams only to reset them has requests begun that nobody waits for (CVE-2023-44487).
      if (stream.aborted && !session.resets.add(deadlines.now)) this.calm(http2, session, "resets");
      if (--session.streams === 0 && !session.ending) session.deadlineMs = deadlines.in(idleMs);
    });
    const head = headOfStream(fields, endsWithHead(stream), session.peer, this.headOptions);
    if (head === "malformed") {
      // Counted; its answer is the stream's error.
      this.options.refusal("bad_request");
      stream.close(constants.NGHTTP2_PROTOCOL_ERROR);
      return;
    }
    if (typeof head === "string") {
      const answer = this.options.refusal(head);
      const ended = endsWithHead(stream);
      request = refusedStream(stream, fields, ended, answer, session.peer, deadlines, bodyIdleMs, session);
      return;
    }
    this.requests++;
    const silenceMs = isGrpc(head.headers) ? streamIdleMs : bodyIdleMs;
    request = new StreamRequest(stream, head, handler, deadlines, silenceMs, session);
  }

  private onError({ errno, message }: Error & { readonly errno?: number }): void {
    const known = errno === undefined ? undefined : ERROR_NAMES.get(errno);
    const reason = known ?? /NGHTTP2_(\w+)/.exec(message)?.[1]?.toLowerCase() ?? "connection_lost";
    this.ended[reason] = (this.ended[reason] ?? 0) + 1;
  }

  /** Ends a connection whose client does too much of something. */
  private calm(http2: ServerHttp2Session, session: Session, limit: EndingLimit): void {
    if (session.ending) return;
    session.ending = true;
    this.count(limit);
    // A number is an error too, though its type does not say so; it comes back as the session's.
    http2.destroy(constants.NGHTTP2_ENHANCE_YOUR_CALM as unknown as Error);
  }

  private count(limit: keyof typeof this.limits): void {
    this.limits[limit] = (this.limits[limit] ?? 0) + 1;
  }
}

/** nghttp2's own numbers of what a client does wrong (nghttp2.h, nghttp2_error). */
const ERROR_NAMES: ReadonlyMap<number, string> = new Map([
  [-505, "protocol_error"],
  [-522, "frame_size_error"],
  [-523, "compression_error"],
  [-524, "flow_control_error"],
  [-904, "enhance_your_calm"],
  [-905, "enhance_your_calm"],
]);

/** END_STREAM came with the HEADERS. */
function endsWithHead(stream: ServerHttp2Stream): boolean {
  return (stream as ServerHttp2Stream & { readonly endAfterHeaders: boolean }).endAfterHeaders;
}
