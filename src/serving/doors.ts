import type { AcmeAnswer } from "../domain/acme.ts";
import type { TrustedNetworks } from "../domain/client-address.ts";
import type { Clock } from "../domain/clock.ts";
import type { ListenAddress, Listener } from "../domain/config.ts";
import type { Deadlines } from "../domain/deadlines.ts";
import { FigError } from "../domain/errors.ts";
import { addressText } from "../domain/host.ts";
import { refusalAnswer } from "../domain/refusals.ts";
import type { ServingConfig } from "../domain/serving-config.ts";
import type {
  BoundSocket,
  Lane,
  LaneHandler,
  LaneOptions,
  LaneRefusalCode,
  RawRefusal,
} from "../lanes/contract.ts";
import { FrontedLane } from "../lanes/front/fronted-lane.ts";
import { TicketKeys } from "../lanes/front/ticket-keys.ts";
import { laneKind } from "../lanes/index.ts";

/** What a client gets whose request could not be parsed. */
export function rawRefusal(code: LaneRefusalCode, requestId: string): RawRefusal {
  const { status, reason, headers, body } = refusalAnswer(code, requestId, undefined);
  return { status, reason, headers, body: Buffer.from(body).toString() };
}

interface DoorsOptions {
  readonly deadlines: Deadlines;
  readonly clock: Clock;
  readonly handler: LaneHandler;
  readonly refusal: (code: LaneRefusalCode) => RawRefusal;
  /** Who may send a PROXY header, now. */
  readonly trusted: () => TrustedNetworks;
  /** What session tickets are sealed with; left out: a new one. */
  readonly ticketSecret: string | undefined;
}

/** The listening lanes of a front door, one an address. */
export class Doors {
  private readonly lanes: readonly Lane[];
  private readonly listeners: readonly Listener[];
  readonly reusePort: boolean;
  private readonly tickets: TicketKeys;

  /** Throws where OpenSSL does not take a certificate. */
  constructor(config: ServingConfig, { clock, ...given }: DoorsOptions) {
    const { deadlines, handler, refusal, trusted } = given;
    const { limits, timeouts } = config;
    this.listeners = config.listen;
    this.reusePort = config.reusePort;
    this.tickets = new TicketKeys(clock.hex, given.ticketSecret);
    const options: Omit<LaneOptions, "http2"> = {
      handler,
      deadlines,
      refusal,
      maxHeaderBytes: limits.headersBytes,
      maxConnections: limits.connections,
      headersMs: timeouts.headersMs,
      idleMs: timeouts.idleMs,
      bodyIdleMs: timeouts.bodyIdleMs,
      streamIdleMs: timeouts.upgradeIdleMs,
    };
    const kind = laneKind(config.lane);
    const front = { trusted, maxHandshakes: limits.handshakes, tickets: this.tickets };
    const streams = { maxStreams: limits.streams, hex: clock.hex };
    this.lanes = config.listen.map(({ tls, proxyProtocol, http2 }) => {
      const own: LaneOptions = { ...options, http2: http2 ? streams : undefined };
      const lane = kind.create(own);
      return tls === undefined && !proxyProtocol
        ? lane
        : new FrontedLane(lane, { ...own, ...front, tls, proxyProtocol });
    });
  }

  /**
   * Makes what other files say of certificates; what it gives puts that in force for new connections. A listener whose address is
   * another, or that begins or ends to speak TLS, waits for a restart. Throws where OpenSSL does not take a certificate.
   */
  prepare({ listen }: Pick<ServingConfig, "listen">): () => void {
    const commits = this.fronted.map(({ lane, at }) => {
      const [now, next] = [this.listeners[at] as Listener, listen[at]];
      const same = next !== undefined && addressText(now) === addressText(next);
      return same && now.tls !== undefined && next.tls !== undefined ? lane.prepare(next.tls) : undefined;
    });
    return () => {
      for (const commit of commits) commit?.();
    };
  }

  /** What authorities are to find on TLS listeners now (RFC 8737). Throws where OpenSSL does not take it. */
  showChallenges(answers: readonly AcmeAnswer[]): void {
    for (const { lane } of this.fronted) lane.showChallenges(answers);
  }

  /** From now on session tickets are sealed with another key. `secret` left out: one of this process alone. */
  rotateTickets(secret?: string): void {
    this.tickets.rotate(secret);
    for (const { lane } of this.fronted) lane.renewTickets();
  }

  private get fronted(): readonly { readonly lane: FrontedLane; readonly at: number }[] {
    return this.lanes.flatMap((lane, at) => (lane instanceof FrontedLane ? [{ lane, at }] : []));
  }

  /** Resolves with a URL for each address. Rejects with `address_in_use` or `address_unavailable`; then none is listened on. */
  async listen(bound: readonly BoundSocket[] = []): Promise<readonly string[]> {
    const urls: string[] = [];
    for (const [index, lane] of this.lanes.entries()) {
      const listener = this.listeners[index] as Listener;
      try {
        const { [index]: socket } = bound;
        urls.push(urlOf(listener, await lane.listen(listener, this.reusePort, socket)));
      } catch (cause) {
        this.close();
        throw listenError(listener, cause as NodeJS.ErrnoException);
      }
    }
    return urls;
  }

  /** Connections that are not yet ready for requests. */
  get handshaking(): number {
    return this.fronted.reduce((sum, { lane }) => sum + lane.underWay, 0);
  }

  /** TLS handshakes by how they ended. */
  get handshakes(): Readonly<Record<string, number>> {
    return summed(this.fronted.map(({ lane }) => lane.handshakes));
  }

  /** Connections closed for want of a PROXY header that is believed, by reason. */
  get proxyRefused(): Readonly<Record<string, number>> {
    return summed(this.fronted.map(({ lane }) => lane.proxyRefused));
  }

  get connections(): number {
    return this.lanes.reduce((sum, lane) => sum + lane.connections, 0);
  }

  /** Requests by the lane that took them. */
  get taken(): Readonly<Record<string, number>> {
    return summed(this.lanes.map(({ taken }) => taken));
  }

  /** Connections that one lane handed to another, by reason. */
  get handovers(): Readonly<Record<string, number>> {
    return summed(this.lanes.map(({ handovers }) => handovers));
  }

  get sessionsEnded(): Readonly<Record<string, number>> {
    return summed(this.lanes.map(({ sessionsEnded }) => sessionsEnded));
  }

  get http2Limits(): Readonly<Record<string, number>> {
    return summed(this.lanes.map(({ http2Limits }) => http2Limits));
  }

  /** Connections closed at `limits.connections`, by the code /metrics counts them under; empty until there are any. */
  get turnedAway(): Readonly<Record<string, number>> {
    const dropped = this.lanes.reduce((sum, lane) => sum + lane.dropped, 0);
    return dropped > 0 ? { connection_limit: dropped } : {};
  }

  /** Takes no new connection, once those that wait to be taken are. */
  async stopAccepting(shared: boolean, clock: Clock, patienceMs: number): Promise<void> {
    await Promise.all(this.lanes.map((lane) => lane.stopAccepting(shared, clock, patienceMs)));
  }

  closeIdle(): void {
    for (const lane of this.lanes) lane.closeIdle();
  }

  close(): void {
    for (const lane of this.lanes) lane.close();
  }
}

function summed(counts: readonly Readonly<Record<string, number>>[]): Readonly<Record<string, number>> {
  const sums: Record<string, number> = {};
  for (const each of counts) {
    for (const [name, count] of Object.entries(each)) sums[name] = (sums[name] ?? 0) + count;
  }
  return sums;
}

function urlOf({ tls }: Listener, bound: ListenAddress): string {
  const text = addressText(bound);
  return bound.unix === undefined ? `${tls === undefined ? "http" : "https"}://${text}` : text;
}

export function listenError(address: ListenAddress, cause: NodeJS.ErrnoException): FigError {
  const inUse = cause.code === "EADDRINUSE";
  return new FigError(
    inUse ? "address_in_use" : "address_unavailable",
    `the address ${addressText(address)} ${inUse ? "is in use" : `cannot be listened on (${cause.code})`}`,
    { cause, remedy: "name another address in `listen` of fig.yaml; port 0 picks a free one" },
  );
}
