import { isIP } from "node:net";
import type { ListenAddress } from "../domain/config.ts";
import { parseNetwork } from "../domain/ip-address.ts";
import { UNIX_ADDRESS } from "../domain/message.ts";
import { isPercent } from "../domain/position.ts";
import { isPrintable } from "../domain/printable.ts";
import { DURATION_FORM, parseDuration, parseSize, SIZE_FORM, writtenDuration } from "../domain/quantities.ts";
import type { StickySource } from "../domain/route.ts";
import { isToken } from "../wire/grammar.ts";
import { leaf, numberLeaf, textLeaf, Wrong } from "./leaf.ts";

const DAY_MS = 24 * 3_600_000;
const ZERO_OR = [{ const: 0 }, { type: "string", pattern: "\\$\\{" }];

interface DurationBounds {
  /** Zero is refused. */
  readonly positive?: boolean;
  readonly maxMs?: number;
}

const quantity = (title: string, form: string) => ({
  title,
  anyOf: [{ type: "string", pattern: `${form}|^0$` }, ...ZERO_OR],
});

/** What `parse` makes of a text; 0 needs no unit. */
function read(value: unknown, parse: (text: string) => number | undefined): number | undefined {
  if (value === 0 || value === "0") return 0;
  return typeof value === "string" ? parse(value.trim()) : undefined;
}

/** `250ms`, `5s`, `2m`, `1h`, `1.5s`; plain 0. In whole milliseconds. */
export function duration({ positive = false, maxMs = DAY_MS }: DurationBounds = {}) {
  const remedy = `write a number with its unit: 250ms, 5s, 2m or 1h${positive ? ", more than 0" : ""}`;
  return leaf(quantity("duration", DURATION_FORM), (value) => {
    const ms = read(value, parseDuration);
    if (ms === undefined) return new Wrong("{value} is not a duration", remedy);
    if (!Number.isInteger(ms)) return new Wrong("{value} is not a whole number of milliseconds", remedy);
    if (positive && ms === 0) return new Wrong("{value} is too short", remedy);
    const most = writtenDuration(maxMs);
    return ms > maxMs ? new Wrong(`{value} is longer than ${most}`, `write at most ${most}`) : ms;
  });
}

/** A wait without an end would hold sockets forever. */
export const wait = () => duration({ positive: true });

/** `512B`, `64KiB`, `1MiB`, `2GiB`; plain 0. In bytes. */
export function size({
  positive = false,
  maxBytes,
}: {
  readonly positive?: boolean;
  readonly maxBytes?: number;
} = {}) {
  const remedy = `write a number with its unit: 512B, 64KiB or 1MiB${positive ? ", more than 0" : ""}`;
  return leaf(quantity("size", SIZE_FORM), (value) => {
    const bytes = read(value, parseSize);
    if (bytes === undefined) return new Wrong("{value} is not a size", remedy);
    if (!Number.isSafeInteger(bytes)) return new Wrong("{value} is not a whole number of bytes", remedy);
    if (maxBytes !== undefined && bytes > maxBytes)
      return new Wrong(`{value} is more than ${maxBytes} bytes`, `write at most ${maxBytes}B`);
    return positive && bytes === 0 ? new Wrong("{value} is too small", remedy) : bytes;
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

const ADDRESS_LIKE =
  "write host:port, like 127.0.0.1:8080, [::1]:8080 or, for every address, 0.0.0.0:8080; or unix:PATH";
/** Of a Unix socket, unless its listener says otherwise: the user that runs the front door. */
const SOCKET_MODE = 0o600;

function readAddress(text: string): ListenAddress | Wrong {
  const path = /^unix:(?:\/\/)?(.+)$/s.exec(text)?.[1];
  if (path !== undefined && !path.includes("\0"))
    return { host: "", port: 0, unix: { path, mode: SOCKET_MODE } };
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
  return textLeaf("address", ADDRESS_LIKE, readAddress, ".+:\\d{1,5}|unix:.+");
}

const NETWORK_LIKE = "write a network or an address, like 10.0.0.0/8, ::1/128 or 192.0.2.7";

/** A network in CIDR form; a plain address is the network of that one address. */
export function network() {
  return textLeaf("network", NETWORK_LIKE, (text) => {
    if (text === UNIX_ADDRESS) return text;
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

export function headerName() {
  const remedy = "write a header's name, like content-type";
  return textLeaf("header name", remedy, (text) =>
    isToken(text) ? text.toLowerCase() : new Wrong("{value} is not a header name", remedy),
  );
}

const METHOD_LIKE = "write it in capitals: GET, POST, PUT ...";

/** `more`: a word that stands for methods beside their names. */
export function method(more?: string) {
  return textLeaf(
    "method",
    METHOD_LIKE,
    (text) => {
      if (text === more) return text;
      if (text === "CONNECT") return new Wrong("CONNECT is never routed", "leave it out; it gets 405");
      return isToken(text) && text === text.toUpperCase()
        ? text
        : new Wrong("{value} is not a method", METHOD_LIKE);
    },
    more === undefined ? "[A-Z][A-Z0-9_-]*" : `${more}|[A-Z][A-Z0-9_-]*`,
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
  return textLeaf(`${what}`, NAME_LIKE, (text) => readId(text, what), "(?!\\.{1,2}$)[^\\s(-][^\\s]*");
}

function readId(text: string, what: string): string | Wrong {
  if (text === "") return new Wrong(`an empty text is not a ${what}`, NAME_LIKE);
  if (text.startsWith("("))
    return new Wrong(`{value} is reserved: the front door's own names begin with (`, NAME_LIKE);
  if (text.startsWith("-")) return new Wrong(`{value} begins with -, like an option`, NAME_LIKE);
  if (text === "." || text === "..")
    return new Wrong(`{value} is a step of a path, which URLs lose on their way`, NAME_LIKE);
  if (text.length > 128) return new Wrong(`{value} is longer than 128 characters`, "shorten it");
  if (/[\s\p{C}]/u.test(text) || !isPrintable(text))
    return new Wrong(`{value} has a space or a control character`, NAME_LIKE);
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

const ORIGIN_LIKE =
  "write http://host:port or https://host:port, without a path, or a socket as unix:/run/app.sock";
/** A path of `sockaddr_un` on Linux, with its end. */
const MAX_SOCKET_PATH = 107;

function socketPath(text: string): string | Wrong {
  const path = text.slice("unix:".length);
  if (!path.startsWith("/") || path.includes("\0"))
    return new Wrong("{value} is not the absolute path of a socket", "write it as unix:/run/app.sock");
  return Buffer.byteLength(path) > MAX_SOCKET_PATH
    ? new Wrong(`{value} is longer than the ${MAX_SOCKET_PATH} bytes of a socket's path`, "move the socket")
    : text;
}

/** An upstream's URL as an origin. A message never shows one that may hold a password. */
export function origin() {
  return textLeaf(
    "URL",
    ORIGIN_LIKE,
    (text) => {
      if (text.startsWith("unix:")) return socketPath(text);
      const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):\/\//.exec(text)?.[1]?.toLowerCase();
      if (text.includes("@")) return new Wrong("the URL contains credentials", ORIGIN_LIKE);
      if (scheme !== "http" && scheme !== "https")
        return new Wrong("{value} is not an http:// or https:// URL", ORIGIN_LIKE);
      if (!URL.canParse(text)) return new Wrong("{value} is not a URL", ORIGIN_LIKE);
      const url = new URL(text);
      if (url.search !== "" || text.includes("?")) return new Wrong("{value} has a query", ORIGIN_LIKE);
      if (url.hash !== "" || text.includes("#")) return new Wrong("{value} has a fragment", ORIGIN_LIKE);
      if (url.pathname !== "/")
        return new Wrong("{value} has a path", `${ORIGIN_LIKE}; a route's side may rewrite the path`);
      if (url.port === "0") return new Wrong("{value} has port 0", ORIGIN_LIKE);
      return url.origin;
    },
    "https?://[^/?#@]+/?|unix:/.+",
  );
}

/** Where a key comes from, as it is written: `client`, `cookie:device`, `header:x-user-id`, `ip`. */
export function readSource(text: string): StickySource | undefined {
  if (text === "ip" || text === "client") return { kind: text };
  const [, kind, name = ""] = /^(cookie|header):(.*)$/s.exec(text) ?? [];
  if (kind === undefined || !isToken(name)) return undefined;
  return kind === "cookie" ? { kind, name } : { kind: "header", name: name.toLowerCase() };
}
