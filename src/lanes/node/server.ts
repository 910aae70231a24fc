import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Timed } from "../../domain/deadlines.ts";
import { NO_BODY } from "../../domain/message.ts";
import { asksForTunnel } from "../../wire/grammar.ts";
import { answerHead } from "../../wire/write-head.ts";
import { asksForContinue, hasExpectation } from "../admission.ts";
import type { Lane, LaneOptions, LaneRefusalCode, Peer, RequestHead } from "../contract.ts";
import { readStreamShared } from "../fast/accepted.ts";
import { FastConnection } from "../fast/connection.ts";
import type { FastConnectionOptions } from "../fast/options.ts";
import { peerOf } from "../peer.ts";
import { codeOf } from "./client-error.ts";
import { requestFraming } from "./framing.ts";
import { headBytes, isDeclined, leaveRequests, wasLeft } from "./left-requests.ts";
import { NodeRequest } from "./request.ts";
import { unknownMethod, withMethod } from "./unknown-method.ts";
import { type SocketInternals, takeHeld, waitBehind } from "./waiting-upgrade.ts";

const LINGER_MS = 1000;
/** Where node:http stops reading (leaveRequests), and reading pauses: a paused socket hears no end, so a client that leaves is noticed only below. */
const MAX_READ_AHEAD = 64;
const NO_BYTES = Buffer.alloc(0);

/** Requests of one connection: one under way, the others waiting. */
interface Pipeline {
  readonly peer: Peer;
  busy: boolean;
  /** An answer said that it is the last. */
  ended: boolean;
  /** The client sent its FIN. */
  clientEnded: boolean;
  /** Of the first request, where node:http does not know it and was given another word. */
  method: string | undefined;
  /** Under way. */
  request: NodeRequest | undefined;
  /** The one that asked for an upgrade or has a chunked body, and what follows it. */
  upgrading: FastConnection | undefined;
  readonly waiting: (() => void)[];
}

/** HTTP/1.1 in through node:http, on connections that others accepted. */
export class NodeLane {
  private requests = 0;
  private readonly server: Server;
  private readonly options: LaneOptions;
  private readonly sockets = new Map<Socket, Pipeline>();
  private readonly upgrades: FastConnectionOptions;
  private readonly peers = new WeakMap<Socket, Peer>();
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
      shouldUpgradeCallback: (request: IncomingMessage) => wasLeft(request) || this.upgradesNow(request),
    });
    const { handler, deadlines, headersMs, idleMs, bodyIdleMs } = options;
    this.upgrades = {
      ...{ handler, deadlines, headersMs, idleMs, bodyIdleMs },
      // A request that was not upgraded is followed by ordinary ones: they are node:http's.
      maxHeadBytes: 0,
      handOver: (socket, peer, bytes, _reason, ended) => this.adopt(socket, peer, bytes, ended),
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
    // What watches over slow heads and idle connections begins with this event.
    server.emit("listening");
    server.on("connection", (socket) => this.onConnection(socket));
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
    return { node: this.requests };
  }

  /** Takes over a connection whose first request may have a method that node:http does not know; see receive(). */
  adopt(socket: Socket, peer: Peer, bytes: Buffer, ended: boolean): void {
    const method = unknownMethod(bytes);
    this.receive(socket, peer, method === undefined ? bytes : withMethod(bytes, method), ended, method);
  }

  /** As if it had accepted it, with `readable` in front of what it still holds. `ended`: its end was heard, it holds nothing. */
  receive(socket: Socket, peer: Peer, readable: Buffer, ended: boolean, method?: string): void {
    this.peers.set(socket, peer);
    this.server.emit("connection", socket);
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
      peer: this.peers.get(socket) ?? peerOf(socket),
      ...{ busy: false, ended: false, clientEnded: false, method: undefined },
      ...{ request: undefined, upgrading: undefined, waiting: [] },
    };
    this.sockets.set(socket, pipeline);
    leaveRequests(socket, {
      isFarAhead: () => pipeline.waiting.length >= MAX_READ_AHEAD,
      upgrades: (request) => this.upgradesNow(request),
    });
    if (known) return;
    socket.on("end", () => {
      const now = this.sockets.get(socket);
      if (now === undefined) return;
      now.clientEnded = true;
      now.request?.onClientEnd();
    });
    socket.on("close", () => {
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

  private upgradesNow(request: IncomingMessage): boolean {
    return this.sockets.get(request.socket)?.busy === false && mayUpgrade(request);
  }

  private onUpgrade(request: IncomingMessage, socket: Socket, early: Buffer): void {
    const pipeline = this.sockets.get(socket);
    if (pipeline?.busy === true && !pipeline.ended) {
      const stop = waitBehind(socket);
      pipeline.waiting.push(() => {
        stop();
        this.onUpgrade(request, socket, early);
      });
      return;
    }
    if (pipeline === undefined || pipeline.ended) {
      // node:http has let go of the connection under the answer before this: that one cannot be completed.
      (socket as SocketInternals)._httpMessage?.emit("close");
      socket.destroy();
      return;
    }
    if (wasLeft(request) && request.httpVersion !== "1.1") {
      const held = takeHeld(socket, early) ?? NO_BYTES;
      socket.pause();
      this.receive(socket, pipeline.peer, Buffer.concat([headBytes(request), held]), pipeline.clientEnded);
      return;
    }
    pipeline.ended = true;
    const connects = request.method === "CONNECT";
    const upgrades = connects || (!isDeclined(request) && mayUpgrade(request));
    const framing = connects ? NO_BODY : requestFraming(request);
    const refusal = refusalOf(request, framing, upgrades);
    if (refusal !== undefined || typeof framing === "string") {
      this.requests++;
      this.refuseRaw(refusal ?? "bad_request", socket);
      return;
    }
    const head = headOf(request, framing, upgrades, asksForContinue(request.headers.expect), pipeline);
    const connection = new FastConnection(socket, pipeline.peer, this.upgrades);
    pipeline.upgrading = connection;
    // What follows CONNECT may be a tunnel's that there is not.
    const close = connects || /(?:^|,)\s*close\s*(?:,|$)/i.test(request.headers.connection ?? "");
    connection.serve(head, close, takeHeld(socket, early));
    if (!readStreamShared(socket, (read) => connection.take(read))) connection.readStream();
    // It was heard while this request waited.
    if (pipeline.clientEnded) connection.hearEnd();
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

function headOf(
  request: IncomingMessage,
  framing: number,
  upgrade: boolean,
  expectContinue: boolean,
  pipeline: Pipeline,
): RequestHead {
  const method = pipeline.method ?? (request.method as string);
  pipeline.method = undefined;
  const { remoteAddress, encrypted, certificate, digests } = pipeline.peer;
  return {
    method,
    target: request.url as string,
    version: request.httpVersion,
    headers: request.rawHeaders,
    framing,
    upgrade,
    expectContinue,
    remoteAddress,
    encrypted,
    certificate,
    digests,
  };
}

/** Why a request that node:http let go of is not served. */
function refusalOf(
  request: IncomingMessage,
  framing: number | LaneRefusalCode,
  upgrades: boolean,
): LaneRefusalCode | undefined {
  if (typeof framing === "string") return framing;
  if (upgrades) return undefined;
  if (!wasLeft(request)) return "bad_request";
  const { expect } = request.headers;
  return hasExpectation(expect) && !asksForContinue(expect) ? "expectation_failed" : undefined;
}

/**
 * Whether Upgrade is honoured. RFC 9110 §7.8 lets a server ignore it, and requires that of HTTP/1.0; h2c (dropped by RFC
 * 9113 §3.1, and a way past routing) is not worth the risk.
 */
function mayUpgrade(request: IncomingMessage): boolean {
  if (request.httpVersion !== "1.1" || typeof requestFraming(request) === "string") return false;
  return asksForTunnel(request.headers.upgrade ?? "");
}
