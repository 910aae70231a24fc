/** What a TLS client asks for in its first message, read without taking part in the handshake (RFC 8446 §4.1.2, RFC 6066 §3, RFC 7301). */
export interface ClientHello {
  /** Lower case; undefined: it names no server. */
  readonly serverName: string | undefined;
  /** Names of ALPN, the most wanted first. */
  readonly protocols: readonly string[];
}

/** A hello may come in several records; more than this is no hello of interest. */
const MAX_HELLO_BYTES = 16 * 1024;

const [HANDSHAKE, CLIENT_HELLO] = [22, 1];
const [RECORD_HEAD, MESSAGE_HEAD] = [5, 4];
const [SERVER_NAME, ALPN] = [0, 16];
/** Version and random. */
const FIXED_BYTES = 34;

/** Reads on through bytes; what lies beyond their end makes it `short`. */
class Reader {
  short = false;
  private readonly bytes: Uint8Array;
  private at = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  get left(): number {
    return this.bytes.length - this.at;
  }

  number(size: number): number {
    let value = 0;
    for (const byte of this.take(size)) value = value * 256 + byte;
    return value;
  }

  /** What stands behind a length of so many bytes. */
  block(size: number): Uint8Array {
    return this.take(this.number(size));
  }

  take(length: number): Uint8Array {
    if (length > this.left) this.short = true;
    const taken = this.bytes.subarray(this.at, this.at + length);
    this.at = Math.min(this.at + length, this.bytes.length);
    return taken;
  }
}

/** The first handshake message, out of its records; a number: it is not all there before there are so many bytes. */
function messageIn(bytes: Uint8Array): Uint8Array | number | "other" {
  const reader = new Reader(bytes);
  const parts: number[] = [];
  for (;;) {
    const at = bytes.length - reader.left;
    if (reader.left > 0 && bytes[at] !== HANDSHAKE) return "other";
    if (at > MAX_HELLO_BYTES) return "other";
    if (reader.left < RECORD_HEAD) return at + RECORD_HEAD;
    reader.take(3);
    const length = reader.number(2);
    if (length === 0 || length > MAX_HELLO_BYTES) return "other";
    for (const byte of reader.take(length)) parts.push(byte);
    if (parts.length > 0 && parts[0] !== CLIENT_HELLO) return "other";
    const [, a = 0, b = 0, c = 0] = parts;
    const whole = MESSAGE_HEAD + a * 65_536 + b * 256 + c;
    if (parts.length >= MESSAGE_HEAD && whole > MAX_HELLO_BYTES) return "other";
    if (parts.length >= MESSAGE_HEAD && parts.length >= whole)
      return Uint8Array.from(parts.slice(MESSAGE_HEAD, whole));
    if (reader.short) return at + RECORD_HEAD + length;
  }
}

function textOf(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}

function serverNameIn(extension: Uint8Array): string | undefined {
  const names = new Reader(new Reader(extension).block(2));
  const type = names.number(1);
  const name = names.block(2);
  return type === 0 && !names.short && name.length > 0 && name.length < 256
    ? textOf(name).toLowerCase()
    : undefined;
}

function protocolsIn(extension: Uint8Array): readonly string[] {
  const list = new Reader(new Reader(extension).block(2));
  const names: string[] = [];
  while (list.left > 0 && names.length < 64) {
    const name = list.block(1);
    if (list.short) return [];
    names.push(textOf(name));
  }
  return names;
}

/** A number: look again when there are so many bytes. `other`: this is no ClientHello, or too long a one. */
export function readClientHello(bytes: Uint8Array): ClientHello | number | "other" {
  const message = messageIn(bytes);
  if (typeof message === "string" || typeof message === "number") return message;
  const reader = new Reader(message);
  reader.take(FIXED_BYTES);
  reader.block(1);
  reader.block(2);
  reader.block(1);
  if (reader.short) return "other";
  const extensions = new Reader(reader.left === 0 ? new Uint8Array() : reader.block(2));
  let serverName: string | undefined;
  let protocols: readonly string[] = [];
  while (extensions.left > 0) {
    const type = extensions.number(2);
    const content = extensions.block(2);
    if (extensions.short) return "other";
    if (type === SERVER_NAME) serverName = serverNameIn(content);
    else if (type === ALPN) protocols = protocolsIn(content);
  }
  return { serverName, protocols };
}
