/**
 * The PROXY protocol, versions 1 and 2: what a load balancer sends before anything else, to say whose connection it passes on
 * (https://www.haproxy.org/download/3.0/doc/proxy-protocol.txt, section 2).
 */
import { canonicalIp, parseIp } from "../domain/ip-address.ts";
import { UNIX_ADDRESS } from "../domain/message.ts";

export interface ProxyHeader {
  /** How many bytes it has. */
  readonly bytes: number;
  /** Where the connection came from, IPv4-mapped written as IPv4; undefined: from the sender itself (LOCAL), or it does not say. */
  readonly source: string | undefined;
}

/** Of version 1, its end of line included (section 2.1). */
const MAX_V1_BYTES = 107;
/** Of version 2, with all that follows the addresses. The format has room for 65,551; senders use some hundreds. */
export const MAX_V2_BYTES = 4096;

const V1_BEGIN = Buffer.from("PROXY ");
const V2_BEGIN = Buffer.from("\r\n\r\n\0\r\nQUIT\n", "latin1");
const V2_HEAD_BYTES = 16;
const PORT = /^(?:0|[1-9]\d{0,4})$/;

/** The header that `bytes` begin with; undefined: it is not whole yet; `malformed`: it is none. */
export function readProxyHeader(bytes: Buffer): ProxyHeader | "malformed" | undefined {
  if (begins(bytes, V2_BEGIN)) return bytes.length < V2_HEAD_BYTES ? undefined : readV2(bytes);
  if (begins(bytes, V1_BEGIN)) return readV1(bytes);
  return "malformed";
}

/** As far as there are bytes. */
function begins(bytes: Buffer, mark: Buffer): boolean {
  const length = Math.min(bytes.length, mark.length);
  return bytes.compare(mark, 0, length, 0, length) === 0;
}

function readV1(bytes: Buffer): ProxyHeader | "malformed" | undefined {
  const end = bytes.indexOf("\r\n");
  if (end < 0) return bytes.length < MAX_V1_BYTES ? undefined : "malformed";
  if (end + 2 > MAX_V1_BYTES) return "malformed";
  const words = bytes.toString("latin1", V1_BEGIN.length, end).split(" ");
  // What follows UNKNOWN is to be skipped.
  if (words[0] === "UNKNOWN") return { bytes: end + 2, source: undefined };
  const [family, from = "", to = "", fromPort = "", toPort = "", ...more] = words;
  const v4 = family === "TCP4";
  if (more.length > 0 || !(v4 || family === "TCP6")) return "malformed";
  if (!isAddress(from, v4) || !isAddress(to, v4) || !isPort(fromPort) || !isPort(toPort)) return "malformed";
  return { bytes: end + 2, source: canonicalIp(from) };
}

function isAddress(text: string, v4: boolean): boolean {
  return text.includes(":") !== v4 && !text.includes("%") && parseIp(text) !== undefined;
}

function isPort(text: string): boolean {
  return PORT.test(text) && Number(text) <= 65_535;
}

/** Bytes of the addresses by family: from, to, and two ports. */
const ADDRESS_BYTES: Readonly<Record<number, number>> = { 0: 0, 1: 12, 2: 36, 3: 216 };

function readV2(bytes: Buffer): ProxyHeader | "malformed" | undefined {
  const versionAndCommand = bytes[12] as number;
  const familyAndKind = bytes[13] as number;
  const length = V2_HEAD_BYTES + bytes.readUInt16BE(14);
  const command = versionAndCommand & 15;
  if (versionAndCommand >> 4 !== 2 || command > 1 || length > MAX_V2_BYTES) return "malformed";
  const family = familyAndKind >> 4;
  const kind = familyAndKind & 15;
  const local = command === 0;
  const needed = ADDRESS_BYTES[family];
  // Of LOCAL only the length counts (section 2.2).
  if (!local) {
    if (needed === undefined || kind > 1 || length < V2_HEAD_BYTES + needed) return "malformed";
    if ((family === 0) !== (kind === 0)) return "malformed";
  }
  if (bytes.length < length) return undefined;
  return { bytes: length, source: local ? undefined : sourceOf(bytes, family) };
}

function sourceOf(bytes: Buffer, family: number): string | undefined {
  if (family === 1) return bytes.subarray(16, 20).join(".");
  if (family === 3) return UNIX_ADDRESS;
  if (family !== 2) return undefined;
  const groups = Array.from({ length: 8 }, (_, at) => bytes.readUInt16BE(16 + 2 * at).toString(16));
  return canonicalIp(groups.join(":"));
}
