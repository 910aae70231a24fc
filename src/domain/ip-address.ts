/** An address as four 32-bit words, most significant first. IPv4 is held as ::ffff:a.b.c.d with `v4` set. */
interface IpAddress {
  readonly v4: boolean;
  readonly words: readonly [number, number, number, number];
}

/** A CIDR network. `bits` counts from the first of the 128 bits, so an IPv4 /8 has 104. */
export interface IpNetwork extends IpAddress {
  readonly bits: number;
}

/** Four decimal octets without leading zeros (which other software reads as octal) as a 32-bit number; -1: not one. */
function parseV4(text: string): number {
  let value = 0;
  let octet = -1;
  let dots = 0;
  for (let i = 0; i < text.length; i++) {
    const char = text.charCodeAt(i);
    if (char === 0x2e) {
      if (octet < 0 || ++dots > 3) return -1;
      value = value * 256 + octet;
      octet = -1;
    } else if (char >= 0x30 && char <= 0x39) {
      if (octet === 0) return -1;
      octet = (octet < 0 ? 0 : octet * 10) + char - 0x30;
      if (octet > 255) return -1;
    } else return -1;
  }
  return dots === 3 && octet >= 0 ? value * 256 + octet : -1;
}

/** Groups of one side of `::` (RFC 4291 §2.2) as 16-bit numbers, a dotted tail as two; undefined: not an address. */
function parseGroups(text: string, tail: boolean): number[] | undefined {
  if (text === "") return [];
  const groups: number[] = [];
  const parts = text.split(":");
  for (const [index, part] of parts.entries()) {
    if (tail && index === parts.length - 1 && part.includes(".")) {
      const v4 = parseV4(part);
      if (v4 < 0) return undefined;
      groups.push(Math.floor(v4 / 65536), v4 % 65536);
    } else if (/^[0-9a-fA-F]{1,4}$/.test(part)) groups.push(Number.parseInt(part, 16));
    else return undefined;
  }
  return groups;
}

function parseV6(text: string): IpAddress | undefined {
  const gap = text.indexOf("::");
  const head = parseGroups(gap < 0 ? text : text.slice(0, gap), gap < 0);
  const tail = gap < 0 ? [] : parseGroups(text.slice(gap + 2), true);
  if (head === undefined || tail === undefined) return undefined;
  const missing = 8 - head.length - tail.length;
  if (gap < 0 ? missing !== 0 : missing < 1) return undefined;
  const groups = [...head, ...new Array<number>(missing).fill(0), ...tail];
  const word = (i: number) => (groups[i * 2] as number) * 65536 + (groups[i * 2 + 1] as number);
  const words = [word(0), word(1), word(2), word(3)] as const;
  return { v4: words[0] === 0 && words[1] === 0 && words[2] === 0xffff, words };
}

/** An IPv4 or IPv6 address (a zone such as `%eth0` is left out); undefined: not one. IPv4-mapped IPv6 is IPv4. */
export function parseIp(text: string): IpAddress | undefined {
  if (!text.includes(":")) {
    const v4 = parseV4(text);
    return v4 < 0 ? undefined : { v4: true, words: [0, 0, 0xffff, v4] };
  }
  const zone = text.indexOf("%");
  return parseV6(zone < 0 ? text : text.slice(0, zone));
}

/** `10.0.0.0/8`, `::1/128` or a single address; undefined: not a network. Host bits are left out. */
export function parseNetwork(text: string): IpNetwork | undefined {
  const slash = text.indexOf("/");
  const address = parseIp(slash < 0 ? text : text.slice(0, slash));
  if (address === undefined) return undefined;
  const mapped = address.v4 && !text.includes(":");
  const most = mapped ? 32 : 128;
  const prefix = slash < 0 ? String(most) : text.slice(slash + 1);
  if (!/^(0|[1-9][0-9]{0,2})$/.test(prefix) || Number(prefix) > most) return undefined;
  const bits = Number(prefix) + (mapped ? 96 : 0);
  // ::ffff:0:0/90 reaches past IPv4, so it is an IPv6 network.
  return { v4: address.v4 && bits >= 96, words: address.words, bits };
}

export function contains(network: IpNetwork, address: IpAddress): boolean {
  if (network.v4 !== address.v4) return false;
  for (let i = 0; i < 4; i++) {
    const bits = network.bits - i * 32;
    if (bits <= 0) return true;
    const shift = bits >= 32 ? 0 : 32 - bits;
    if (((network.words[i] as number) ^ (address.words[i] as number)) >>> shift !== 0) return false;
  }
  return true;
}

/**
 * One text for each address: IPv6 as RFC 5952 §4 writes it, IPv4-mapped as IPv4, and without a zone, which means nothing
 * beyond its host. What is no address stays as it came.
 */
export function canonicalIp(text: string): string {
  if (!text.includes(":")) return text;
  const address = parseIp(text);
  if (address === undefined) return text;
  return textOf(address);
}

/**
 * Whom an address is counted as, where one party may have many: an IPv4 address as it is, IPv6 by its first 64 bits, within which a host
 * chooses freely (RFC 4291 §2.5.1). What is no address stays as it came.
 */
export function networkOf(text: string): string {
  const address = parseIp(text);
  if (address === undefined || address.v4) return canonicalIp(text);
  const [first, second] = address.words;
  return `${textOf({ v4: false, words: [first, second, 0, 0] })}/64`;
}

function textOf({ v4, words }: IpAddress): string {
  if (v4) {
    const [, , , last] = words;
    return `${last >>> 24}.${(last >>> 16) & 255}.${(last >>> 8) & 255}.${last & 255}`;
  }
  const groups = words.flatMap((word) => [Math.floor(word / 65536), word % 65536]);
  const [from, to] = longestZeros(groups);
  const hex = (part: readonly number[]) => part.map((group) => group.toString(16)).join(":");
  return to - from < 2 ? hex(groups) : `${hex(groups.slice(0, from))}::${hex(groups.slice(to))}`;
}

/** The first of the longest runs of zeros: from, and to behind it. */
function longestZeros(groups: readonly number[]): readonly [from: number, to: number] {
  let best: readonly [number, number] = [0, 0];
  let from = 0;
  for (const [at, group] of groups.entries()) {
    if (group !== 0) from = at + 1;
    else if (at + 1 - from > best[1] - best[0]) best = [from, at + 1];
  }
  return best;
}
