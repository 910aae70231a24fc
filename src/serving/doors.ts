import type { Clock } from "../domain/clock.ts";
import type { ListenAddress } from "../domain/config.ts";
import type { Deadlines } from "../domain/deadlines.ts";
import { FigError } from "../domain/errors.ts";
import { authority } from "../domain/host.ts";
import { refusalAnswer } from "../domain/refusals.ts";
import type { ServingConfig } from "../domain/serving-config.ts";
import type { Lane, LaneHandler, LaneRefusalCode, RawRefusal } from "../lanes/contract.ts";
import { laneKind } from "../lanes/index.ts";

/** What a client gets whose request could not be parsed. */
export function rawRefusal(code: LaneRefusalCode, requestId: string): RawRefusal {
  const { status, reason, headers, body } = refusalAnswer(code, requestId, undefined);
  return { status, reason, headers, body: Buffer.from(body).toString() };
}

/** The listening lanes of a front door, one an address. */
export class Doors {
  private readonly lanes: readonly Lane[];
  private readonly addresses: readonly ListenAddress[];
  private readonly reusePort: boolean;

  constructor(
    config: ServingConfig,
    deadlines: Deadlines,
    handler: LaneHandler,
    refusal: (code: LaneRefusalCode) => RawRefusal,
  ) {
    const { limits, timeouts } = config;
    this.addresses = config.listen;
    this.reusePort = config.reusePort;
    const options = {
      handler,
      deadlines,
      refusal,
      maxHeaderBytes: limits.headersBytes,
      maxConnections: limits.connections,
      headersMs: timeouts.headersMs,
      idleMs: timeouts.idleMs,
      bodyIdleMs: timeouts.bodyIdleMs,
    };
    const kind = laneKind(config.lane);
    this.lanes = config.listen.map(() => kind.create(options));
  }

  /** Resolves with a URL for each address. Rejects with `address_in_use` or `address_unavailable`; then none is listened on. */
  async listen(): Promise<readonly string[]> {
    const urls: string[] = [];
    for (const [index, lane] of this.lanes.entries()) {
      const address = this.addresses[index] as ListenAddress;
      try {
        const { host, port } = await lane.listen(address, this.reusePort);
        urls.push(`http://${authority(host, port)}`);
      } catch (cause) {
        this.close();
        throw listenError(address, cause as NodeJS.ErrnoException);
      }
    }
    return urls;
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

  /** Connections closed at `limits.connections`, by the code /metrics counts them under; empty until there are any. */
  get turnedAway(): Readonly<Record<string, number>> {
    const dropped = this.lanes.reduce((sum, lane) => sum + lane.dropped, 0);
    return dropped > 0 ? { connection_limit: dropped } : {};
  }

  /** Takes no new connection, once those that wait to be taken are. */
  async stopAccepting(clock: Clock, patienceMs: number): Promise<void> {
    await Promise.all(this.lanes.map((lane) => lane.stopAccepting(this.reusePort, clock, patienceMs)));
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

function listenError({ host, port }: ListenAddress, cause: NodeJS.ErrnoException): FigError {
  const inUse = cause.code === "EADDRINUSE";
  return new FigError(
    inUse ? "address_in_use" : "address_unavailable",
    `the address ${host}:${port} ${inUse ? "is in use" : `cannot be listened on (${cause.code})`}`,
    { cause, remedy: "name another address in `listen` of fig.yaml; port 0 picks a free one" },
  );
}
