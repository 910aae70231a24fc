import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Clock } from "../../domain/clock.ts";
import type { ListenAddress } from "../../domain/config.ts";
import type { Timed } from "../../domain/deadlines.ts";
import { NO_BODY } from "../../domain/message.ts";
import { asksForTunnel, isToken } from "../../wire/grammar.ts";
import { answerHead } from "../../wire/write-head.ts";
import { asksForContinue, hasExpectation, KNOWN_METHODS } from "../admission.ts";
import type { Lane, LaneKind, LaneOptions, LaneRefusalCode, RequestHead } from "../contract.ts";
import { FastConnection } from "../fast/connection.ts";
import type { FastConnectionOptions } from "../fast/options.ts";
import { listen } from "../listen.ts";
import { stopListening } from "../stop-listening.ts";
import { peerAddress, requestFraming } from "./framing.ts";
import { NodeRequest } from "./request.ts";

const LINGER_MS = 1000;
/** What one read can bring. */
const MAX_PIPELINED = 4096;
/** Reading pauses while more wait: a paused socket hears no end, so a client that leaves is noticed only below. */
const MAX_READ_AHEAD = 64;
const NO_BYTES = Buffer.alloc(0);

interface SocketInternals extends Socket {
  /** The answer that has the connection now. */
  readonly _httpMessage?: ServerResponse | null;
}

/** Requests of one connection: one under way, the others waiting. */
interface Pipeline {
  busy: boolean;
  /** An answer said that it is the last. */
  ended: boolean;
  /** The client sent its FIN. */
  clientEnded: boolean;
  /** Of the first request, where node:http does not know it and was given another word. */
  method: string | undefined;
  /** Under way. */
  request: NodeRequest | undefined;
  /** The one that asked for an upgrade, and what follows it. */
  upgrading: FastConnection | undefined;
  readonly waiting: (() => void)[];
}

/** HTTP/1.1 in through node:http: the reference lane. One listening server. */
export class NodeLane implements Lane {
  connections = 0;
  dropped = 0;
  readonly handovers = {};
  private requests = 0;
  private readonly server: Server;
  private readonly options: LaneOptions;
  private readonly sockets = new Map<Socket, Pipeline>();
  private readonly upgrades: FastConnectionOptions;
  private readonly refused = new WeakSet<Socket>();

  constructor(options: LaneOptions) {
    this.options = options;
    this.server = createServer({
      maxHeaderSize: options.maxHeaderBytes > 0 ? options.maxHeaderBytes : 1024 * 1024,
      headersTimeout: options.headersMs,
      requestTimeout: 0,
      keepAliveTimeout: options.idleMs,
      connectionsCheckingInterval: 500,
      noDelay: true,
      requireHostHeader: false,
      insecureHTTPParser: false,
      // Behind another request Upgrade is ignored: the tunnel would begin in the middle of that one's answer.
      shouldUpgradeCallback: (request: IncomingMessage) =>
        this.sockets.get(request.socket)?.busy === false && mayUpgrade(request),
    });
    const { handler, deadlines, headersMs, idleMs, bodyIdleMs } = options;
    this.upgrades = {
      ...{ handler, deadlines, headersMs, idleMs, bodyIdleMs },
      // A request that was not upgraded is followed by ordinary ones: they are node:http's.
      maxHeadBytes: 0,
      handOver: (socket, bytes, _reason, ended) => this.adopt(socket, bytes, ended),
      onTaken: () => {
        this.requests++;
      },
      refuse: (code, socket) => this.refuseRaw(code, socket),
    };
    const { server } = this;
    // A FIN says that the client sends no more, not that it is gone: that is the exchange's to decide.
    Object.assign(server, { httpAllowHalfOpen: true });
    server.maxHeadersCount = 0;
    server.timeout = 0;
    if (options.maxConnections > 0) server.maxConnections = options.maxConnections;
    server.on("connection", (socket) => this.onConnection(socket));
    server.on("drop", () => {
      this.dropped++;
    });
    server.on("request", (request, response) => this.onRequest(request, response, false));
    server.on("checkContinue", (request, response) => this.onRequest(request, response, true));
    server.on("checkExpectation", (request, response) =>
      this.onRequest(
        request,
        response,
        false,
        hasExpectation(request.headers.expect) ? "expectation_failed" : undefined,
      ),
    );
    server.on("upgrade", (request, socket, early) => this.onUpgrade(request, socket as Socket, early));
    server.on("connect", (request, socket) => this.onUpgrade(request, socket as Socket, NO_BYTES));
    server.on("clientError", (error: NodeJS.ErrnoException, socket) =>
      this.onClientError(error, socket as Socket),
    );
  }

  get taken(): Lane["taken"] {
    return { [nodeLane.name]: this.requests };
  }

  listen(address: ListenAddress, reusePort: boolean): Promise<ListenAddress> {
    return listen(this.server, address, reusePort);
  }

  /** Serves connections that another listener accepted, without listening itself. */
  adoptOnly(): void {
    // What watches over slow heads and idle connections begins with this event.
    this.server.emit("listening");
  }

  /** Takes over a connection, with `bytes` in front of what it still holds. `ended`: its end was heard, it holds nothing. */
  adopt(socket: Socket, bytes: Buffer, ended: boolean): void {
    this.server.emit("connection", socket);
    const method = unknownMethod(bytes);
    const readable = method === undefined ? bytes : withMethod(bytes, method);
    const pipeline = this.sockets.get(socket);
    if (pipeline !== undefined) pipeline.method = method;
    if (ended) {
      // A stream takes nothing back behind its end.
      socket.emit("data", readable);
      socket.emit("end");
    } else {
      socket.unshift(readable);
      socket.resume();
    }
  }

  /** Not by http.Server.close(): it would also end idle connections, under a client that may just be sending on one. */
  stopAccepting(shared: boolean, clock: Clock, patienceMs: number): Promise<void> {
    return stopListening(this.server, shared, clock, patienceMs);
  }

  closeIdle(): void {
    this.server.closeIdleConnections();
    for (const { upgrading } of this.sockets.values()) if (upgrading?.idle === true) upgrading.breakOff();
  }

  close(): void {
    for (const socket of this.sockets.keys()) socket.destroy();
    this.server.close();
  }

  private onConnection(socket: Socket): void {
    const known = this.sockets.has(socket);
    const pipeline: Pipeline = {
      ...{ busy: false, ended: false, clientEnded: false, method: undefined },
      ...{ request: undefined, upgrading: undefined, waiting: [] },
    };
    this.sockets.set(socket, pipeline);
    if (known) return;
    this.connections++;
    socket.on("end", () => {
      const now = this.sockets.get(socket);
      if (now === undefined) return;
      now.clientEnded = true;
      now.request?.onClientEnd();
    });
    socket.on("close", () => {
      this.connections--;
      this.sockets.delete(socket);
    });
  }

  /**
   * One request of a connection at a time: pipelined ones wait (RFC 9112 §9.3.2 allows no other order for unsafe methods),
   * and those behind an answer that ends the connection are dropped (§9.6).
   */
  private onRequest(
    request: IncomingMessage,
    response: ServerResponse,
    expectContinue: boolean,
    refusal?: LaneRefusalCode,
  ): void {
    const { socket } = request;
    const pipeline = this.sockets.get(socket);
    if (pipeline === undefined || pipeline.ended) return;
    if (pipeline.busy) {
      if (pipeline.waiting.length >= MAX_PIPELINED) {
        socket.destroy();
        return;
      }
      pipeline.waiting.push(() => this.start(request, response, expectContinue, pipeline, refusal));
      if (pipeline.waiting.length > MAX_READ_AHEAD) socket.pause();
      return;
    }
    this.start(request, response, expectContinue, pipeline, refusal);
  }

  private start(
    request: IncomingMessage,
    response: ServerResponse,
    expectContinue: boolean,
    pipeline: Pipeline,
    refusal: LaneRefusalCode | undefined,
  ): void {
    pipeline.busy = true;
    this.requests++;
    const framing = refusal ?? requestFraming(request);
    if (typeof framing === "string") {
      pipeline.ended = true;
      this.refuse(response, framing);
      return;
    }
    const head = headOf(request, framing, false, expectContinue, pipeline);
    const { handler, deadlines, bodyIdleMs } = this.options;
    const started = new NodeRequest(request, response, head, handler, deadlines, bodyIdleMs, (ends) => {
      pipeline.busy = false;
      pipeline.request = undefined;
      if (ends) {
        pipeline.ended = true;
        pipeline.waiting.length = 0;
      }
      const next = pipeline.waiting.shift();
      if (next === undefined) return;
      if (pipeline.waiting.length === 0) request.socket.resume();
      next();
    });
    pipeline.request = started;
    if (pipeline.clientEnded) started.onClientEnd();
  }

  private onUpgrade(request: IncomingMessage, socket: Socket, early: Buffer): void {
    const pipeline = this.sockets.get(socket);
    if (pipeline?.busy === true && !pipeline.ended) {
      // node:http has let go of the connection under the answer before this: what it no longer hears is passed on.
      socket.on("drain", () => (socket as SocketInternals)._httpMessage?.emit("drain"));
      socket.on("close", () => (socket as SocketInternals)._httpMessage?.emit("close"));
      socket.on("error", () => {});
      pipeline.waiting.push(() => this.onUpgrade(request, socket, early));
      return;
    }
    if (pipeline === undefined || pipeline.ended) {
      // node:http has let go of the connection under the answer before this: that one cannot be completed.
      (socket as SocketInternals)._httpMessage?.emit("close");
      socket.destroy();
      return;
    }
    pipeline.ended = true;
    const connects = request.method === "CONNECT";
    const framing = connects ? NO_BODY : requestFraming(request);
    if (typeof framing === "string" || (!connects && !mayUpgrade(request))) {
      this.requests++;
      this.refuseRaw("bad_request", socket);
      return;
    }
    const head = headOf(request, framing, true, asksForContinue(request.headers.expect), pipeline);
    const connection = new FastConnection(socket, head.remoteAddress, this.upgrades);
    pipeline.upgrading = connection;
    // What follows CONNECT may be a tunnel's that there is not.
    const close = connects || /(?:^|,)\s*close\s*(?:,|$)/i.test(request.headers.connection ?? "");
    connection.serve(head, close, early.length > 0 ? early : undefined);
    connection.readStream();
  }

  private refuse(response: ServerResponse, code: LaneRefusalCode): void {
    const { status, reason, headers, body } = this.options.refusal(code);
    response.sendDate = false;
    response.writeHead(status, reason, [...headers, "Connection", "close"]);
    response.end(body);
  }

  private onClientError(error: NodeJS.ErrnoException, socket: Socket): void {
    // What still comes behind a refusal is read, so that it arrives, and is no error of its own.
    if (this.refused.has(socket)) return;
    const answering = (socket as SocketInternals)._httpMessage ?? undefined;
    const ended = this.sockets.get(socket)?.ended !== false && answering?.headersSent !== true;
    if (!socket.writable || error.code === "ECONNRESET" || ended) {
      socket.destroy();
    } else if (answering === undefined) {
      if (error.code === "HPE_CLOSED_CONNECTION") socket.destroySoon();
      else this.refuseRaw(codeOf(error, this.options.maxHeaderBytes), socket);
    } else if (answering.req.complete) {
      // What is wrong came after the request being answered, which gets its answer first. Bytes behind a request that
      // closes the connection are nobody's: the answer ends the connection anyway.
      if (error.code === "HPE_CLOSED_CONNECTION") return;
      answering.once("close", () => setImmediate(() => this.onClientError(error, socket)));
    } else if (answering.headersSent) {
      socket.destroy();
    } else {
      this.refuseRaw(codeOf(error, this.options.maxHeaderBytes), socket);
    }
  }

  /** Answers what cannot be parsed, and ends the connection. */
  refuseRaw(code: LaneRefusalCode, socket: Socket): void {
    const { status, reason, headers, body } = this.options.refusal(code);
    this.refused.add(socket);
    socket.end(answerHead(status, reason, headers, "Connection: close\r\n") + body);
    this.linger(socket);
  }

  /** Reads and drops what still comes, so that the answer is not lost to a reset; then ends the connection. */
  private linger(socket: Socket): void {
    const { deadlines } = this.options;
    const end: Timed = {
      deadlineAt: -1,
      deadlineMs: deadlines.in(LINGER_MS),
      onDeadline: () => socket.destroy(),
    };
    deadlines.add(end);
    socket.on("close", () => deadlines.remove(end));
    socket.on("end", () => socket.destroy());
    socket.resume();
  }
}

export const nodeLane: LaneKind = { name: "node", create: (options) => new NodeLane(options) };

function headOf(
  request: IncomingMessage,
  framing: number,
  upgrade: boolean,
  expectContinue: boolean,
  pipeline: Pipeline,
): RequestHead {
  const method = pipeline.method ?? (request.method as string);
  pipeline.method = undefined;
  return {
    method,
    target: request.url as string,
    version: request.httpVersion,
    headers: request.rawHeaders,
    framing,
    upgrade,
    expectContinue,
    remoteAddress: peerAddress(request.socket.remoteAddress),
    encrypted: false,
  };
}

/** The method that `bytes` begin with, if it is one (RFC 9110 §9.1: any token) and node:http's parser has no word for it. */
function unknownMethod(bytes: Buffer): string | undefined {
  const end = bytes.indexOf(" ");
  if (end < 1) return undefined;
  const method = bytes.toString("latin1", 0, end);
  return !KNOWN_METHODS.has(method) && isToken(method) ? method : undefined;
}

/** A head that node:http reads in the same way: no method but CONNECT changes how. */
function withMethod(bytes: Buffer, method: string): Buffer {
  return Buffer.concat([Buffer.from("POST"), bytes.subarray(method.length)]);
}

/**
 * Whether Upgrade is honoured. RFC 9110 §7.8 lets a server ignore it, and requires that of HTTP/1.0; h2c (dropped by RFC
 * 9113 §3.1, and a way past routing) is not worth the risk.
 */
function mayUpgrade(request: IncomingMessage): boolean {
  if (request.httpVersion !== "1.1" || typeof requestFraming(request) === "string") return false;
  return asksForTunnel(request.headers.upgrade ?? "");
}

/** A head that overflowed within its first line did so in the target. */
function overflowedTarget(packet: Buffer | undefined, maxBytes: number): boolean {
  if (packet === undefined) return false;
  const end = packet.indexOf("\r\n");
  if (end >= 0 && end <= maxBytes) return false;
  return /^[A-Z_-]+ [^ ]*(?: HTTP\/1\.[01])?$/.test(packet.toString("latin1", 0, end < 0 ? undefined : end));
}

function codeOf(
  error: NodeJS.ErrnoException & { readonly rawPacket?: Buffer },
  maxHeadBytes: number,
): LaneRefusalCode {
  switch (error.code) {
    case "HPE_HEADER_OVERFLOW":
      return overflowedTarget(error.rawPacket, maxHeadBytes) ? "url_too_long" : "headers_too_large";
    case "HPE_INVALID_METHOD":
      return "method_unknown";
    case "ERR_HTTP_REQUEST_TIMEOUT":
      return "request_timeout";
    default:
      return "bad_request";
  }
}
