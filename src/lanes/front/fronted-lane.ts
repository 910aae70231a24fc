import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import type { AcmeAnswer } from "../../domain/acme.ts";
import type { TrustedNetworks } from "../../domain/client-address.ts";
import type { TlsSettings } from "../../domain/config.ts";
import { answerHead } from "../../wire/write-head.ts";
import type { Lane, LaneOptions, LaneRefusalCode } from "../contract.ts";
import { speaksHttp2 } from "../h2/preface.ts";
import { refuseSession } from "../h2/refused-session.ts";
import { ListeningLane } from "../listening-lane.ts";
import { peerOf } from "../peer.ts";
import type { TakingLane } from "../taking-lane.ts";
import { Arrival, type ArrivalEnd, Arrivals } from "./arrivals.ts";
import { ChallengeGate } from "./challenge-gate.ts";
import { askedClient } from "./client-certificate.ts";
import { readHelloStage } from "./hello-stage.ts";
import { readProxyStage } from "./proxy-stage.ts";
import type { TicketKeys } from "./ticket-keys.ts";
import { TlsGate, type TlsListener } from "./tls-gate.ts";

/** How a TLS handshake ended; a metric label. */
type HandshakeResult =
  | ArrivalEnd
  | "full"
  | "resumed"
  | "plain_http"
  | "acme_challenge"
  | "client_certificate"
  | "client_left"
  | "failed";

/** Why a connection on a listener for the PROXY protocol was closed; a metric label. */
type ProxyRefusal = ArrivalEnd | "untrusted" | "malformed" | "client_left";

interface FrontOptions extends LaneOptions {
  readonly tls: TlsSettings | undefined;
  readonly proxyProtocol: boolean;
  /** Who may send a PROXY header, now. */
  readonly trusted: () => TrustedNetworks;
  /** 0: no limit. */
  readonly maxHandshakes: number;
  readonly tickets: TicketKeys;
}

/** After words that refuse a client, until its connection is closed at the latest. */
const LINGER_MS = 1000;

/** A lane behind what comes before HTTP on a connection: a PROXY header, a TLS handshake. */
export class FrontedLane extends ListeningLane implements Lane, TlsListener {
  readonly handshakes: Partial<Record<HandshakeResult, number>> = {};
  readonly proxyRefused: Partial<Record<ProxyRefusal, number>> = {};
  private readonly lane: TakingLane;
  private readonly options: FrontOptions;
  private readonly arrivals: Arrivals;
  private readonly bySocket = new WeakMap<Socket, Arrival>();
  private gate: TlsGate | undefined;
  /** While a certificate authority is to find something here. */
  private challenges: ChallengeGate | undefined;

  constructor(lane: TakingLane, options: FrontOptions) {
    super(options.maxConnections);
    this.lane = lane;
    this.options = options;
    lane.adoptOnly();
    this.arrivals = new Arrivals(options.deadlines, options.maxHandshakes);
    this.gate = options.tls && this.gateFor(options.tls);
  }

  get connections(): number {
    return this.lane.connections + this.arrivals.size;
  }

  /** Connections that are not yet ready for requests. */
  get underWay(): number {
    return this.arrivals.size;
  }

  get taken(): Lane["taken"] {
    return this.lane.taken;
  }

  get handovers(): Lane["handovers"] {
    return this.lane.handovers;
  }

  get sessionsEnded(): Lane["sessionsEnded"] {
    return this.lane.sessionsEnded;
  }

  get http2Limits(): Lane["http2Limits"] {
    return this.lane.http2Limits;
  }

  /** Certificates for new connections, made now and in force when what it gives is called. Throws where OpenSSL does not take them. */
  prepare(tls: TlsSettings): () => void {
    const gate = this.gateFor(tls);
    return () => {
      // There may be other keys since it was made.
      gate.renewTickets(this.options.tickets);
      this.gate = gate;
    };
  }

  /** What authorities are to find here now, of tls-alpn-01. Throws where OpenSSL does not take it. */
  showChallenges(answers: readonly AcmeAnswer[]): void {
    const here = answers.filter((answer) => answer.type === "tls-alpn-01");
    this.challenges =
      here.length === 0 || this.gate === undefined
        ? undefined
        : new ChallengeGate(here, (raw, shown) => this.challenged(raw, shown));
  }

  renewTickets(): void {
    this.gate?.renewTickets(this.options.tickets);
  }

  closeIdle(): void {
    this.arrivals.close();
    this.lane.closeIdle();
  }

  close(): void {
    this.stopAtOnce();
    this.arrivals.close();
    this.lane.close();
  }

  onSecure(raw: Socket, socket: TLSSocket, { clients }: TlsSettings): void {
    const arrival = this.bySocket.get(raw);
    if (arrival === undefined) return;
    const asked = clients === undefined ? undefined : askedClient(socket);
    if (asked?.verified === false && clients?.require === true) {
      this.count(arrival, "client_certificate");
      this.refuse(arrival, socket, "client_certificate");
      return;
    }
    this.count(arrival, socket.isSessionReused() ? "resumed" : "full");
    this.arrivals.remove(arrival);
    this.lane.take(socket, { ...arrival.peer, encrypted: true, certificate: asked?.fields }, undefined);
  }

  onFailed(raw: Socket, error: NodeJS.ErrnoException): void {
    const arrival = this.bySocket.get(raw);
    if (arrival === undefined || arrival.told) return;
    if (error.code === "ERR_SSL_HTTP_REQUEST") {
      this.count(arrival, "plain_http");
      raw.write(this.words("plain_http"), "latin1");
    } else {
      this.count(arrival, error.code === "ECONNRESET" ? "client_left" : "failed");
    }
  }

  private gateFor(tls: TlsSettings): TlsGate {
    return new TlsGate(tls, this.options.tickets, this.lane.protocols, this);
  }

  protected arrive(socket: Socket): void {
    const { deadlines, headersMs, proxyProtocol, trusted } = this.options;
    const until = headersMs > 0 ? deadlines.in(headersMs) : Number.POSITIVE_INFINITY;
    const peer = peerOf(socket);
    const arrival = new Arrival(socket, peer, until, (ended, why) => this.giveUp(ended, why));
    this.arrivals.add(arrival);
    this.bySocket.set(socket, arrival);
    socket.on("error", () => {});
    socket.once("close", () => this.closed(arrival));
    if (!proxyProtocol) {
      this.arrived(arrival);
    } else if (!trusted().has(peer.remoteAddress)) {
      this.refuseProxy(arrival, "untrusted");
    } else {
      readProxyStage(socket, (header, rest) => {
        if (header === "malformed") {
          this.refuseProxy(arrival, header);
          return;
        }
        if (header.source !== undefined) arrival.peer = { ...peer, remoteAddress: header.source };
        arrival.rest = rest;
        this.arrived(arrival);
      });
    }
  }

  /** It is known who it is. */
  private arrived(arrival: Arrival): void {
    const { socket, peer, rest } = arrival;
    arrival.known = true;
    arrival.rest = undefined;
    if (this.gate === undefined) {
      this.arrivals.remove(arrival);
      this.lane.take(socket, peer, rest);
      return;
    }
    if (rest !== undefined) socket.unshift(rest);
    const { gate, challenges } = this;
    if (challenges === undefined) gate.take(socket);
    else
      readHelloStage(socket, (hello) => {
        if (hello !== undefined && challenges.wants(hello)) challenges.take(socket);
        else gate.take(socket);
      });
  }

  private challenged(raw: Socket, shown: boolean): void {
    const arrival = this.bySocket.get(raw);
    if (arrival === undefined) return;
    this.count(arrival, shown ? "acme_challenge" : "failed");
    arrival.deadlineMs = this.options.deadlines.in(LINGER_MS);
  }

  private giveUp(arrival: Arrival, why: ArrivalEnd): void {
    if (arrival.known) this.count(arrival, why);
    else this.countProxy(arrival, why);
    arrival.socket.destroy();
  }

  private closed(arrival: Arrival): void {
    if (!arrival.known) this.countProxy(arrival, "client_left");
    this.arrivals.remove(arrival);
  }

  private refuseProxy(arrival: Arrival, why: ProxyRefusal): void {
    this.countProxy(arrival, why);
    arrival.socket.destroy();
  }

  /** With words, so that people see what is wrong. */
  private refuse(arrival: Arrival, socket: TLSSocket, code: LaneRefusalCode): void {
    arrival.deadlineMs = this.options.deadlines.in(LINGER_MS);
    socket.on("error", () => {});
    socket.on("end", () => socket.destroy());
    if (speaksHttp2(socket)) {
      refuseSession(socket, () => this.options.refusal(code));
      return;
    }
    socket.end(this.words(code), "latin1");
    socket.resume();
  }

  private words(code: LaneRefusalCode): string {
    const { status, reason, headers, body } = this.options.refusal(code);
    return answerHead(status, reason, headers, "Connection: close\r\n") + body;
  }

  private count(arrival: Arrival, result: HandshakeResult): void {
    if (arrival.told) return;
    arrival.told = true;
    this.handshakes[result] = (this.handshakes[result] ?? 0) + 1;
  }

  private countProxy(arrival: Arrival, why: ProxyRefusal): void {
    if (arrival.told) return;
    arrival.told = true;
    this.proxyRefused[why] = (this.proxyRefused[why] ?? 0) + 1;
  }
}
