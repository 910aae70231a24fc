import { isIP } from "node:net";
import type { ListenAddress } from "../domain/config.ts";
import { parseNetwork } from "../domain/ip-address.ts";
import { isPercent } from "../domain/position.ts";
import { leaf, numberLeaf, textLeaf, Wrong } from "./leaf.ts";

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
const UNIT_BYTES: Readonly<Record<string, number>> = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 };
const DAY_MS = 24 * UNIT_MS.h!;
const ZERO_OR = [{ const: 0 }, { type: "string", pattern: "\\$\\{" }];

export interface DurationBounds {
  /** Zero is refused. */
  readonly positive?: boolean;
  readonly maxMs?: number;
}

function durationText(ms: number): string {
  return ms % UNIT_MS.h! === 0 ? `${ms / UNIT_MS.h!}h` : `${ms}ms`;
}

/** `250ms`, `5s`, `2m`, `1h`, `1.5s`; plain 0. In whole milliseconds. */
export function duration({ positive = false, maxMs = DAY_MS }: DurationBounds = {}) {
  const remedy = `write a number with its unit: 250ms, 5s, 2m or 1h${positive ? ", more than 0" : ""}`;
  const pattern = "^\\d+(\\.\\d+)?(ms|s|m|h)$|^0$";
  const json = { title: "duration", anyOf: [{ type: "string", pattern }, ...ZERO_OR] };
  return leaf(json, (value) => {
    const found = typeof value === "string" ? /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(value.trim()) : null;
    const isZero = value === 0 || value === "0";
    if (found === null && !isZero) return new Wrong("{value} is not a duration", remedy);
    const ms =
      found === null ? 0 : Math.round(Number(found[1]) * (UNIT_MS[found[2] as string] as number) * 1e6) / 1e6;
    if (!Number.isInteger(ms)) return new Wrong("{value} is not a whole number of milliseconds", remedy);
    if (positive && ms === 0) return new Wrong("{value} is too short", remedy);
    if (ms > maxMs)
      return new Wrong(
        `{value} is longer than ${durationText(maxMs)}`,
        `write at most ${durationText(maxMs)}`,
      );
    return ms;
  });
}

/** `512B`, `64KiB`, `1MiB`, `2GiB`; plain 0. In bytes. */
export function size({ positive = false }: { readonly positive?: boolean } = {}) {
  const remedy = `write a number with its unit: 512B, 64KiB or 1MiB${positive ? ", more than 0" : ""}`;
  const pattern = "^\\d+(\\.\\d+)?(B|KiB|MiB|GiB)$|^0$";
  const json = { title: "size", anyOf: [{ type: "string", pattern }, ...ZERO_OR] };
  return leaf(json, (value) => {
    const found = typeof value === "string" ? /^(\d+(?:\.\d+)?)(B|KiB|MiB|GiB)$/.exec(value.trim()) : null;
    const isZero = value === 0 || value === "0";
    if (found === null && !isZero) return new Wrong("{value} is not a size", remedy);
    const bytes = found === null ? 0 : Number(found[1]) * (UNIT_BYTES[found[2] as string] as number);
    if (!Number.isSafeInteger(bytes)) return new Wrong("{value} is not a whole number of bytes", remedy);
    if (positive && bytes === 0) return new Wrong("{value} is too small", remedy);
    return bytes;
  });
}

/** 0 to 100 in whole hundredths. */
export function percent() {
  return numberLeaf("percent", { min: 0, max: 100 }, (value) =>
    isPercent(value)
      ? undefined
      : new Wrong("{value} has more than two decimals", "write at most two, like 12.25"),
  );
}

const ADDRESS_LIKE = "write host:port, like 127.0.0.1:8080, [::1]:8080 or, for every address, 0.0.0.0:8080";

function readAddress(text: string): ListenAddress | Wrong {
  if (text.startsWith("unix:") || text.startsWith("/")) {
    return new Wrong("listening on a Unix socket is not built yet in this version", ADDRESS_LIKE);
  }
  const found = /^(?:\[([^\]]*)\]|([^:[\]]+)):(\d{1,5})$/.exec(text);
  if (found === null) return new Wrong("{value} is not an address", ADDRESS_LIKE);
  const [, inBrackets, plain, digits] = found;
  const port = Number(digits);
  if (port > 65_535) return new Wrong("{value} has a port above 65535", ADDRESS_LIKE);
  if (inBrackets !== undefined) {
    return isIP(inBrackets) === 6
      ? { host: inBrackets, port }
      : new Wrong("{value} is not an address", ADDRESS_LIKE);
  }
  const host = plain as string;
  const looksNumeric = /^[\d.]+$/.test(host);
  if (looksNumeric ? isIP(host) !== 4 : !/^[A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?$/.test(host)) {
    return new Wrong("{value} is not an address", ADDRESS_LIKE);
  }
  return { host, port };
}

export function address() {
  return textLeaf("host:port", ADDRESS_LIKE, readAddress, ".+:\\d{1,5}");
}

export function isLoopback({ host }: ListenAddress): boolean {
  return host === "localhost" || host === "::1" || (isIP(host) === 4 && host.startsWith("127."));
}

const NETWORK_LIKE = "write a network or an address, like 10.0.0.0/8, ::1/128 or 192.0.2.7";

/** A network in CIDR form; a plain address is the network of that one address. */
export function network() {
  return textLeaf("network", NETWORK_LIKE, (text) => {
    const [ip = "", bits, ...more] = text.split("/");
    const version = isIP(ip);
    const width = version === 4 ? 32 : 128;
    if (version === 0 || more.length > 0) return new Wrong("{value} is not a network", NETWORK_LIKE);
    if (bits === undefined) return `${ip}/${width}`;
    if (!/^\d{1,3}$/.test(bits) || Number(bits) > width) {
      return new Wrong(`{value} does not end in a prefix length from 0 to ${width}`, NETWORK_LIKE);
    }
    const written = `${ip}/${Number(bits)}`;
    return parseNetwork(written) === undefined
      ? new Wrong("{value} is not a network", NETWORK_LIKE)
      : written;
  });
}

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** RFC 9110 §5.6.2: what methods, header names and cookie names are made of. */
export function isToken(text: string): boolean {
  return TOKEN.test(text);
}

export function headerName() {
  const remedy = "write a header's name, like content-type";
  return textLeaf("header name", remedy, (text) =>
    isToken(text) ? text.toLowerCase() : new Wrong("{value} is not a header name", remedy),
  );
}

const METHOD_LIKE = "write it in capitals: GET, POST, PUT ...";

export function method() {
  return textLeaf(
    "method",
    METHOD_LIKE,
    (text) => {
      if (text === "CONNECT") return new Wrong("CONNECT is never routed", "leave it out; it gets 405");
      return isToken(text) && text === text.toUpperCase()
        ? text
        : new Wrong("{value} is not a method", METHOD_LIKE);
    },
    "[A-Z][A-Z0-9_-]*",
  );
}

const HOST_LIKE = "write a name without port, like shop.example.com";

/** A Host to match: lower-case, without port. */
export function matchHost() {
  return textLeaf("host", HOST_LIKE, (text) => {
    const host = text.toLowerCase();
    if (host.includes("*")) {
      return new Wrong("{value} has a wildcard, which is not built yet in this version", HOST_LIKE);
    }
    if (/^[a-z0-9]([a-z0-9._-]*[a-z0-9])?$/.test(host)) return host;
    if (host.startsWith("[") && host.endsWith("]") && isIP(host.slice(1, -1)) === 6) return host;
    if (/^[^:]+:\d+$/.test(host) || /\]:\d+$/.test(host)) return new Wrong("{value} has a port", HOST_LIKE);
    if (/[^\0-\x7f]/.test(host)) return new Wrong("{value} is not ASCII", "write its punycode form, xn--…");
    return new Wrong("{value} is not a host", HOST_LIKE);
  });
}

const NAME_LIKE = "write letters, digits and . _ - : @ /, like orders.read";

/** Ids of routes and cohorts: shown in tables, typed at the command line, put in URLs. */
export function idText(what: string) {
  return textLeaf(`${what}`, NAME_LIKE, (text) => readId(text, what), "[^\\s(-][^\\s]*");
}

export function readId(text: string, what: string): string | Wrong {
  if (text === "") return new Wrong(`an empty text is not a ${what}`, NAME_LIKE);
  if (text.startsWith("("))
    return new Wrong(`{value} is reserved: the front door's own names begin with (`, NAME_LIKE);
  if (text.startsWith("-")) return new Wrong(`{value} begins with -, like an option`, NAME_LIKE);
  if (text.length > 128) return new Wrong(`{value} is longer than 128 characters`, "shorten it");
  if (/[\s\p{C}]/u.test(text)) return new Wrong(`{value} has a space or a control character`, NAME_LIKE);
  return text;
}

const UPSTREAM_LIKE = "name an upstream: letters, digits and . _ -, like orders";

export function upstreamName() {
  return textLeaf("upstream", UPSTREAM_LIKE, (text) =>
    /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/.test(text)
      ? text
      : new Wrong("{value} is not an upstream's name", UPSTREAM_LIKE),
  );
}

const ORIGIN_LIKE = "write http://host:port, without a path";

/** An upstream's URL as an origin. A message never shows one that may hold a password. */
export function origin() {
  return textLeaf(
    "URL",
    ORIGIN_LIKE,
    (text) => {
      const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):\/\//.exec(text)?.[1]?.toLowerCase();
      if (scheme === "https")
        return new Wrong("https upstreams are not built yet in this version", ORIGIN_LIKE);
      if (text.includes("@")) return new Wrong("the URL contains credentials", ORIGIN_LIKE);
      if (scheme !== "http") return new Wrong("{value} is not an http:// URL", ORIGIN_LIKE);
      if (!URL.canParse(text)) return new Wrong("{value} is not a URL", ORIGIN_LIKE);
      const url = new URL(text);
      if (url.search !== "" || text.includes("?")) return new Wrong("{value} has a query", ORIGIN_LIKE);
      if (url.hash !== "" || text.includes("#")) return new Wrong("{value} has a fragment", ORIGIN_LIKE);
      if (url.pathname !== "/")
        return new Wrong("{value} has a path", `${ORIGIN_LIKE}; a route's side may rewrite the path`);
      if (url.port === "0") return new Wrong("{value} has port 0", ORIGIN_LIKE);
      return url.origin;
    },
    "http://[^/?#@]+/?",
  );
}
