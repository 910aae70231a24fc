import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { type ConnectionOptions, type TLSSocket, connect as tlsConnect } from "node:tls";
import { onTestFinished } from "vitest";
import { systemClock } from "../../src/clock.ts";
import { compileNetworks } from "../../src/domain/client-address.ts";
import type { ListenAddress, TlsSettings } from "../../src/domain/config.ts";
import { Deadlines } from "../../src/domain/deadlines.ts";
import type { Http2Options, LaneListener, LaneRequest, RequestHead } from "../../src/lanes/contract.ts";
import { FrontedLane } from "../../src/lanes/front/fronted-lane.ts";
import { TicketKeys } from "../../src/lanes/front/ticket-keys.ts";
import type { TakingLaneKind } from "../../src/lanes/taking-lane.ts";
import type { Pair } from "./certificates.ts";

/** As config would read them. */
export function tlsOf(
  pairs: readonly (Pair & { readonly names?: readonly string[] })[],
  more: Partial<TlsSettings> = {},
): TlsSettings {
  const certificates = pairs.map(({ cert, key, names = [] }) => ({
    ...{ name: names[0] ?? "a", cert, key, names, fingerprint: "", startsMs: 0, endsMs: 0 },
  }));
  return { certificates, minVersion: "1.2", clients: undefined, ...more };
}

interface Wanted {
  readonly tls?: TlsSettings;
  readonly proxyProtocol?: boolean;
  readonly trusted?: readonly string[];
  readonly maxHandshakes?: number;
  readonly address?: ListenAddress;
  readonly tickets?: TicketKeys;
  readonly http2?: Http2Options;
}

/** A lane behind a front, with an exchange that answers by itself. */
export class Front {
  readonly heads: RequestHead[] = [];
  readonly deadlines = new Deadlines();
  readonly refusals: string[] = [];
  readonly lane: FrontedLane;
  /** Bytes of bodies. */
  received = 0;
  /** Requests that nobody has answered. */
  readonly open: LaneRequest[] = [];
  readonly aborted: string[] = [];
  address: ListenAddress = { host: "127.0.0.1", port: 0 };

  private constructor(kind: TakingLaneKind, wanted: Wanted) {
    const options = {
      handler: (request: LaneRequest) => this.answer(request),
      deadlines: this.deadlines,
      refusal: (code: string) => {
        this.refusals.push(code);
        return { status: 400, reason: "No", headers: ["content-length", "2"], body: "no" };
      },
      ...{ maxHeaderBytes: 16 * 1024, maxConnections: 0, headersMs: 1000, idleMs: 60_000, bodyIdleMs: 0 },
      ...{ http2: wanted.http2, streamIdleMs: 0 },
    };
    this.lane = new FrontedLane(kind.create(options), {
      ...options,
      tls: wanted.tls,
      proxyProtocol: wanted.proxyProtocol ?? false,
      trusted: () => compileNetworks(wanted.trusted ?? []),
      maxHandshakes: wanted.maxHandshakes ?? 0,
      tickets: wanted.tickets ?? new TicketKeys(systemClock.hex),
    });
  }

  static async open(kind: TakingLaneKind, wanted: Wanted = {}): Promise<Front> {
    const front = new Front(kind, wanted);
    onTestFinished(() => front.lane.close());
    front.address = await front.lane.listen(wanted.address ?? front.address, false);
    return front;
  }

  async connect(): Promise<Socket> {
    const { host, port, unix } = this.address;
    const socket = unix === undefined ? connect({ host, port }) : connect({ path: unix.path });
    socket.on("error", () => {});
    onTestFinished(() => void socket.destroy());
    await once(socket, "connect");
    // Who does not read hears of no end.
    socket.resume();
    return socket;
  }

  /** A TLS connection, on `over` if it is given. Rejects with the client's error. */
  async secure(options: ConnectionOptions = {}, over?: Socket): Promise<TLSSocket> {
    const socket = tlsConnect({
      ...{ host: this.address.host, port: this.address.port, rejectUnauthorized: false, ...options },
      ...(over === undefined ? {} : { socket: over }),
    });
    onTestFinished(() => void socket.destroy());
    await once(socket, "secureConnect");
    socket.on("error", () => {});
    return socket;
  }

  private answer(request: LaneRequest): LaneListener {
    const { target } = request.head;
    this.heads.push(request.head);
    const answer = () => {
      request.respond(200, "OK", ["content-length", "2"], 2, false);
      request.write(Buffer.from("ok"));
      request.end(undefined);
    };
    const nothing = () => {};
    const whole = target === "/body";
    if (target === "/open") this.open.push(request);
    else if (request.head.upgrade) {
      queueMicrotask(() => {
        request.upgrade(101, "Switching", ["Upgrade", "x"]);
        request.resume();
      });
    } else if (whole) request.resume();
    else queueMicrotask(answer);
    return {
      onBody: (chunk) => {
        this.received += chunk.length;
        if (request.head.upgrade) request.write(Buffer.from(chunk));
      },
      onBodyEnd: () => {
        if (whole) answer();
        else if (request.head.upgrade) request.end(undefined);
      },
      onDrain: nothing,
      onBodyStall: nothing,
      onClientEnd: nothing,
      onAbort: (code) => void this.aborted.push(code),
      onDone: nothing,
    };
  }
}

/** Sends, and reads until the answer is whole. */
export async function ask(socket: Socket, text: string): Promise<string> {
  if (text !== "") socket.write(text, "latin1");
  let answer = "";
  const collect = (bytes: Buffer) => {
    answer += bytes.toString("latin1");
  };
  socket.on("data", collect);
  while (!/\r\n\r\n(?:ok|no)$/.test(answer)) {
    const ended = await Promise.race([
      once(socket, "data").then(
        () => false,
        () => true,
      ),
      new Promise<boolean>((resolve) => socket.once("close", () => resolve(true))),
    ]);
    if (ended) break;
  }
  socket.off("data", collect);
  return answer;
}

export const GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
