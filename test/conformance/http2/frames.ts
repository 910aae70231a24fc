import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** Frame types, flags and error codes (RFC 9113 §6, §7). */
export const TYPE = {
  DATA: 0,
  HEADERS: 1,
  PRIORITY: 2,
  RST_STREAM: 3,
  SETTINGS: 4,
  PUSH_PROMISE: 5,
  PING: 6,
  GOAWAY: 7,
  WINDOW_UPDATE: 8,
  CONTINUATION: 9,
} as const;
export const END_STREAM = 1;
export const ACK = 1;
export const END_HEADERS = 4;
export const PADDED = 8;

export const ERROR_NAMES = [
  "NO_ERROR",
  "PROTOCOL_ERROR",
  "INTERNAL_ERROR",
  "FLOW_CONTROL_ERROR",
  "SETTINGS_TIMEOUT",
  "STREAM_CLOSED",
  "FRAME_SIZE_ERROR",
  "REFUSED_STREAM",
  "CANCEL",
  "COMPRESSION_ERROR",
  "CONNECT_ERROR",
  "ENHANCE_YOUR_CALM",
] as const;

export const PREFACE = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

/** One frame as bytes; `length` lies about the payload's where a case wants that. */
export function frame(
  type: number,
  flags: number,
  stream: number,
  payload: Uint8Array = Buffer.alloc(0),
  length = payload.length,
): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

export const uint32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value >>> 0);
  return bytes;
};

export const setting = (id: number, value: number): Buffer =>
  Buffer.concat([Buffer.from([0, id]), uint32(value)]);

export const settings = (...values: Buffer[]): Buffer => frame(TYPE.SETTINGS, 0, 0, Buffer.concat(values));

/** Fields as HPACK literals without indexing and without Huffman (RFC 7541 §6.2.2): whatever bytes they hold. */
export function block(...fields: readonly (readonly [string, string])[]): Buffer {
  return Buffer.concat(fields.flatMap(([name, value]) => [Buffer.from([0]), string(name), string(value)]));
}

function string(text: string): Buffer {
  const bytes = Buffer.from(text, "latin1");
  if (bytes.length < 127) return Buffer.concat([Buffer.from([bytes.length]), bytes]);
  const length: number[] = [127];
  let rest = bytes.length - 127;
  for (; rest >= 128; rest >>= 7) length.push((rest & 127) | 128);
  return Buffer.concat([Buffer.from([...length, rest]), bytes]);
}

export const GET: readonly (readonly [string, string])[] = [
  [":method", "GET"],
  [":scheme", "http"],
  [":path", "/asked"],
  [":authority", "hygiene.test"],
];

export const POST = GET.map(([name, value]) => [name, name === ":method" ? "POST" : value] as const);

export const headers = (
  stream: number,
  fields: readonly (readonly [string, string])[] = GET,
  flags = END_HEADERS | END_STREAM,
): Buffer => frame(TYPE.HEADERS, flags, stream, block(...fields));

/** What the front door made of a connection. */
export interface Heard {
  /** The error of GOAWAY, by its name; undefined: none came. */
  readonly goaway: string | undefined;
  /** The error of RST_STREAM, by stream. */
  readonly resets: ReadonlyMap<number, string>;
  /** The first byte of the HEADERS that answered, by stream: 0x88 is `:status: 200`. */
  readonly answered: ReadonlyMap<number, number>;
  /** Bytes of DATA, by stream. */
  readonly data: ReadonlyMap<number, number>;
  /** Streams whose answers were ended. */
  readonly ended: ReadonlySet<number>;
  readonly closed: boolean;
  /** Acknowledged PINGs. */
  readonly pings: number;
}

/** A client of frames: sends what it is told, and keeps what it hears. */
export class FrameClient {
  readonly socket: Socket;
  private bytes = Buffer.alloc(0);
  private goaway: string | undefined;
  private pings = 0;
  private closed = false;
  private readonly resets = new Map<number, string>();
  private readonly answered = new Map<number, number>();
  private readonly data = new Map<number, number>();
  private readonly ended = new Set<number>();

  /** On a socket that is connected; `first` follows the preface. */
  constructor(socket: Socket, first: Buffer = settings()) {
    this.socket = socket;
    // Ahead of who waits for what this hears.
    socket.prependListener("data", (chunk: Buffer) => this.take(chunk)).resume();
    socket.on("error", () => {});
    socket.on("close", () => {
      this.closed = true;
    });
    socket.write(Buffer.concat([PREFACE, first]));
  }

  static async connect(port: number, first?: Buffer): Promise<FrameClient> {
    const socket = connect(port, "127.0.0.1");
    await once(socket, "connect");
    socket.setNoDelay(true);
    return new FrameClient(socket, first);
  }

  send(...frames: readonly Buffer[]): void {
    this.socket.write(Buffer.concat(frames));
  }

  get heard(): Heard {
    const { goaway, resets, answered, data, ended, closed, pings } = this;
    return { goaway, resets, answered, data, ended, closed, pings };
  }

  close(): void {
    this.socket.destroy();
  }

  private take(chunk: Buffer): void {
    this.bytes = Buffer.concat([this.bytes, chunk]);
    for (;;) {
      if (this.bytes.length < 9) return;
      const length = this.bytes.readUIntBE(0, 3);
      if (this.bytes.length < 9 + length) return;
      const [type, flags] = [this.bytes[3] as number, this.bytes[4] as number];
      const stream = this.bytes.readUInt32BE(5) & 0x7fffffff;
      const payload = this.bytes.subarray(9, 9 + length);
      this.bytes = this.bytes.subarray(9 + length);
      this.hear(type, flags, stream, payload);
    }
  }

  private hear(type: number, flags: number, stream: number, payload: Buffer): void {
    const name = (at: number) => ERROR_NAMES[payload.readUInt32BE(at)] ?? "unknown";
    if (type === TYPE.GOAWAY) this.goaway = name(4);
    if (type === TYPE.RST_STREAM) this.resets.set(stream, name(0));
    if (type === TYPE.HEADERS && !this.answered.has(stream)) this.answered.set(stream, payload[0] as number);
    if (type === TYPE.DATA) this.data.set(stream, (this.data.get(stream) ?? 0) + payload.length);
    if (type <= TYPE.HEADERS && (flags & END_STREAM) !== 0) this.ended.add(stream);
    if (type === TYPE.PING && (flags & ACK) !== 0) this.pings++;
  }
}
