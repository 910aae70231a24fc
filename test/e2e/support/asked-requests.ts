/** Requests that explain can be asked about, and as a client writes them: usual ones, and ones that nobody should send. */
import { METHODS } from "node:http";
import type { ExplainRequest } from "../../../src/control/contract.ts";
import type { Random } from "../../conformance/differential/random.ts";

export interface AskedRequest extends ExplainRequest {
  readonly headers: Readonly<Record<string, string>>;
  /** Body bytes that follow the head. */
  readonly body: string;
}

const USUAL_METHODS = ["GET", "GET", "GET", "GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"];
const ODD_METHODS = [
  ...METHODS,
  ...[
    "get",
    "Post",
    "BREW",
    "QUERYX",
    "GE",
    "PLAY",
    "DESCRIBE",
    "SETUP",
    "FLUSH",
    "PRI",
    "HTTP",
    "X-Y.Z",
    "!",
  ],
  "CONNECT",
  "QUERY",
  "PURGE",
  "TRACE",
  "OPTIONS",
];
const USUAL_PATHS = [
  "/",
  "/items",
  "/items/7",
  "/items/7?a=1&b=2",
  "/items/caf%C3%A9",
  "/users/42",
  "/users/42/posts/9",
  "/users/42/posts/9?draft=1",
  "/files/a/b/c.txt",
  "/files/one",
  "/search",
  "/search?mode=fast",
  "/search?mode=slow&mode=fast",
  "/search?q=x&mode=fa%73t",
  "/flags",
  "/split/1",
  "/split/2",
  "/split/3?x",
  "/cohort/a",
  "/cohort/b/c",
  "/gone/5",
  "/half",
  "/elsewhere",
  "/caf%C3%A9",
  "/café",
];
const PIECES = [
  ...[
    "items",
    "users",
    "files",
    "split",
    "gone",
    "search",
    "half",
    "7",
    "a",
    ".",
    "..",
    "",
    "",
    "%2e",
    "%2E%2e",
  ],
  ...[
    "%2F",
    "%2f..",
    "..;x",
    ".;",
    "%",
    "%4",
    "%zz",
    "%00",
    "%25%32%66",
    "a%5Cb",
    "a\\b",
    "\\..",
    "%69tems",
    "%7B",
  ],
  ...[
    "posts",
    "caf%C3%A9",
    "café",
    "%FF",
    "x{y}",
    "a|b",
    "`",
    '"',
    "<i>",
    "[1]",
    "^",
    "a;v=1",
    "~",
    "€",
    "+",
    "a:b",
  ],
];
const QUERIES = [
  "",
  "",
  "",
  "?",
  "?mode=fast",
  "?a=%",
  "?x=/../items/7",
  "??",
  "?mode=%66ast&mode=",
  "?ü=1",
  "?a=b#c",
];
const FRAGMENTS = ["", "", "", "#", "#top", "#/../items/7"];
const HOSTS = [
  "shop.test",
  "shop.test:8080",
  "SHOP.Test",
  "api.test",
  "other.test",
  "127.0.0.1",
  "[::1]",
  "[::1]:80",
];
const BAD_HOSTS = [
  "",
  "a b",
  "shop.test/",
  "u@shop.test",
  "shop.test:80:80",
  "shop.test:port",
  "[::1",
  "ä.test",
  "a,b",
  "?",
];
const LENGTHS = ["0", "00", "5", "005", "1024"];
const BAD_LENGTHS = [
  "",
  "-1",
  "+5",
  "5x",
  "5 5",
  "5,5",
  "0x5",
  "1e3",
  "1025",
  "5000",
  "999999999999999",
  "9999999999999999",
];
const CODINGS = [
  ...[
    "chunked",
    "chunked",
    "Chunked",
    "CHUNKED",
    "gzip, chunked",
    "gzip,chunked",
    "gzip chunked",
    "identity",
    "gzip",
    "",
  ],
  ...[
    "chunked, gzip",
    "chunked, chunked",
    ", chunked",
    "chunked,",
    "xchunked",
    "chunkedx",
    "chunked;q=1",
    "chunked; a",
    '"chunked"',
  ],
  ...[
    "gzip,\tchunked",
    "gzip , chunked",
    "identity, chunked",
    "gzip;x, chunked",
    "chunked , chunked",
    ",,chunked",
    "gzip,, chunked",
  ],
];
const EXPECTS = [
  ...["100-continue", "100-Continue", "100-continue, x", "x,100-continue", "", "200-ok", "100-continues"],
  ...["100-continue=1", "x100-continue", "100 continue", '"100-continue"'],
];
const CONNECTIONS = [
  ...[
    "Upgrade",
    "upgrade",
    "keep-alive, Upgrade",
    "Upgrade, keep-alive",
    "keep-alive",
    "close",
    "x-group",
    "upgraded",
    "",
  ],
  ...[
    "close, Upgrade",
    "Upgrade ,close",
    ",upgrade",
    "upgrade,",
    "up grade",
    "keep-alive upgrade",
    "upgrade x",
    "host",
    "x-mode",
  ],
];
const UPGRADES = [
  "websocket",
  "websocket",
  "WebSocket",
  "h2c",
  "h2",
  "websocket, h2c",
  "h2c,x",
  "h2cx",
  "TLS/1.0",
  "",
];
const CHAINS = [
  ...[
    "198.51.100.7",
    "198.51.100.8, 127.0.0.9",
    "10.0.0.1, 198.51.100.9",
    "unknown",
    "",
    "198.51.100.7:8080",
  ],
  ...[
    "127.0.0.2, 127.0.0.3",
    "[2001:db8::1]:99",
    "2001:db8::2",
    "::ffff:198.51.100.7",
    "x, 127.0.0.1",
    "1.2.3.4,,127.0.0.1",
    "_h, 9.9.9.9",
  ],
];
const VALUES = [
  "1",
  "beta",
  "Beta",
  "",
  "a,b",
  "caf\u00e9",
  "\u00a0x",
  "x\u00a0",
  "\u3000y",
  "\u0085z",
  "€",
  "=;=",
  "a\tb",
  "\ufeffk",
];
const BROKEN_VALUES = ["a\u0001b", "\u0000", "a\u007fb", "\u001b[0m", "a\u000bb", "\u000ca", "b\u000c"];
const COOKIES = [
  ...[
    "device=d1",
    "device=d2; other=1",
    "other=1",
    "device=",
    "device",
    "device=; device=d3",
    'device="d4"',
    "Device=d5",
    "  device = d6 ;",
  ],
];
const NAMES = [
  "X-User",
  "x-user",
  "X-Group",
  "X-Mode",
  "Accept",
  "X-Request-Id",
  "Traceparent",
  "Keep-Alive",
  "Via",
  "TE",
  "X-Fig-Side",
];
const BROKEN_NAMES = ["", "x y", "x\ty", "ä", "x(y", "x[", '"x"', "x\u0000", "x,y", " x", "x "];

function targetOf(random: Random): string {
  if (random.chance(0.55)) return random.pick(USUAL_PATHS);
  if (random.chance(0.06))
    return `/${random.pick(["", "items/", "files/"])}${longText(random)}${random.pick(QUERIES)}`;
  if (random.chance(0.04)) return "*";
  const pieces = Array.from({ length: 1 + random.below(5) }, () => random.pick(PIECES));
  return `/${pieces.join("/")}${random.pick(QUERIES)}${random.pick(FRAGMENTS)}`;
}

/** Around the bounds of URL and head, at which one byte decides. */
function longText(random: Random): string {
  const around = random.pick([2048, 4096]);
  return random
    .pick(["a", "/b", "%41"])
    .repeat(around)
    .slice(0, around - 120 + random.below(140));
}

function urlOf(random: Random): string {
  const target = targetOf(random);
  if (target === "*" || random.chance(0.6)) return target;
  const host = random.pick(random.chance(0.1) ? BAD_HOSTS.filter((text) => !/[ /?]/.test(text)) : HOSTS);
  const credentials = random.chance(0.1) ? "user:pw@" : "";
  const scheme = random.pick(["http", "http", "https", "HTTP"]);
  return `${scheme}://${credentials}${host}${target === "/" && random.chance(0.5) ? "" : target}`;
}

/** A name as somebody writes it. */
function cased(random: Random, name: string): string {
  return random.pick([name, name, name.toLowerCase(), name.toUpperCase()]);
}

class Fields {
  readonly all: Record<string, string> = {};
  private readonly random: Random;

  constructor(random: Random) {
    this.random = random;
  }

  /** At times a second one, of another case. */
  add(name: string, values: readonly string[], twice = 0.04): void {
    const { all, random } = this;
    const first = cased(random, name);
    all[first] = random.pick(values);
    const other = first === first.toUpperCase() ? first.toLowerCase() : first.toUpperCase();
    if (random.chance(twice)) all[other] = random.pick(values);
  }
}

function usualFields(random: Random, fields: Fields, url: string): void {
  const absolute = /^http/i.test(url);
  if (random.chance(absolute ? 0.1 : 0.85)) fields.add("Host", random.chance(0.06) ? BAD_HOSTS : HOSTS);
  if (random.chance(0.4)) fields.add("Cookie", COOKIES);
  if (random.chance(0.3)) fields.add("X-User", ["u1", "u2", "u3", "u4", ...VALUES]);
  if (random.chance(0.3)) fields.add("X-Group", random.chance(0.4) ? ["beta"] : VALUES);
  if (random.chance(0.3)) fields.add("X-Mode", VALUES);
  if (random.chance(0.2)) fields.add("X-Forwarded-For", CHAINS, 0.15);
}

function oddFields(random: Random, fields: Fields): void {
  for (let count = 1 + random.below(3); count > 0; count--) {
    switch (random.below(11)) {
      case 0:
        fields.add("Content-Length", random.chance(0.5) ? LENGTHS : BAD_LENGTHS, 0.08);
        break;
      case 1:
        fields.add("Transfer-Encoding", CODINGS, 0.08);
        break;
      case 2:
        fields.add("Expect", EXPECTS, 0.15);
        break;
      case 3:
        fields.add("Connection", CONNECTIONS, 0.15);
        fields.add("Upgrade", UPGRADES, 0.1);
        break;
      case 4:
        fields.add("Max-Forwards", ["0", "0", "00", "1", "x", "", "-1"], 0.1);
        break;
      case 5:
        fields.add(random.pick(["Proxy-Connection", "Connection"]), CONNECTIONS);
        break;
      case 6:
        fields.add("Upgrade", UPGRADES);
        break;
      case 7:
        fields.all["X-Long"] = longText(random);
        break;
      case 8:
        fields.add(random.pick(NAMES), random.chance(0.1) ? BROKEN_VALUES : VALUES);
        break;
      case 9:
        fields.add(random.pick(random.chance(0.3) ? BROKEN_NAMES : NAMES), VALUES);
        break;
      default:
        for (let i = random.below(60); i > 0; i--) fields.all[`X-Many-${i}`] = "m".repeat(random.below(80));
    }
  }
}

/** Bytes as the framing fields say, where they say it; of those that are refused, some. */
function bodyOf(headers: Readonly<Record<string, string>>): string {
  const of = (name: string) => Object.entries(headers).find(([key]) => key.toLowerCase() === name)?.[1];
  if (of("transfer-encoding") !== undefined) return "5\r\nhello\r\n0\r\n\r\n";
  const length = Number(of("content-length") ?? 0);
  return length > 0 && length < 10_000 ? "b".repeat(length) : "";
}

export function askedRequest(random: Random, ip: string): AskedRequest {
  const url = urlOf(random);
  const fields = new Fields(random);
  usualFields(random, fields, url);
  if (random.chance(0.45)) oddFields(random, fields);
  const method = random.pick(random.chance(0.25) ? ODD_METHODS : USUAL_METHODS);
  return { method, url, headers: fields.all, ip, body: bodyOf(fields.all) };
}

/** As a client writes it that is given this URL and these fields: UTF-8, as latin1. */
export function written({ method, url, headers, body }: AskedRequest): string {
  const [, authority, rest = ""] = /^(?:https?:\/\/([^/?#]*))?([^#]*)/i.exec(url) ?? [];
  const target = rest.startsWith("/") || rest === "*" ? rest : `/${rest}`;
  const lines = [`${method} ${target} HTTP/1.1`];
  const hasHost = Object.keys(headers).some((name) => name.toLowerCase() === "host");
  if (!hasHost) lines.push(`Host: ${(authority ?? "").replace(/^.*@/, "")}`);
  for (const [name, value] of Object.entries(headers))
    lines.push(`${name}: ${value.replace(/^[ \t]+|[ \t]+$/g, "")}`);
  return Buffer.from(`${lines.join("\r\n")}\r\n\r\n${body}`).toString("latin1");
}
