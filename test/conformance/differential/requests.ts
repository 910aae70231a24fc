/** Requests as clients write them: plain, odd and hostile. */
import { damaged, FRAGMENTS, requestTexts } from "../http/fuzz.ts";
import { bodyText, chunkedText, TRAILERS, WRONG_TRAILERS } from "./bodies.ts";
import type { Random } from "./random.ts";

export interface Sent {
  readonly kind: "plain" | "sized" | "chunked" | "odd" | "hostile";
  /** What the client believes it asked with. */
  readonly method: string;
  readonly text: string;
}

const METHODS = ["GET", "GET", "GET", "HEAD", "OPTIONS", "DELETE", "POST"];
const BODY_METHODS = ["POST", "POST", "PUT", "PATCH", "DELETE", "GET"];
const TARGETS = [
  "",
  "a",
  "orders/42",
  "a/b/c?x=1&y=2",
  "?q",
  "%20x",
  "a;v=1",
  "a//b",
  "x/./y",
  "x/../y",
  "%2e%2e/y",
  "%2Fz",
  "caf%C3%A9?%00",
  "a~b!c$d&e'f(g)*h+i,j=k:l@m",
  "slash/",
];
const ODD_TARGETS = [
  "a|b",
  'a"b',
  "a<b>",
  "a\\b",
  "a{b}",
  "[x]",
  "a^b`c",
  "x#frag",
  "%zz",
  "%",
  "\xe9",
  "a?b?c#d",
  "..;/x",
];
const FIELDS = [
  "Accept: */*",
  "accept: text/plain",
  "User-Agent: test/1.0 (x; y)",
  "Cookie: a=1; b=2",
  "Authorization: Bearer abc",
  "X-Empty:",
  "X-Forwarded-For: 10.0.0.1",
  "X-Forwarded-Proto: https",
  "X-Forwarded-Host: evil.test",
  "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
  "traceparent: nonsense",
  "tracestate: a=b",
  "x-fig-shadow: 1",
  "X-Fig-Anything: 1",
  "X-Multi: 1",
  "x-multi: 2",
  "X_Under: 1",
  "Accept-Encoding: gzip, br",
  "Range: bytes=0-5",
  "Connection: keep-alive",
  "Keep-Alive: timeout=5",
  "TE: trailers",
  "TE: gzip",
  "Via: 1.0 fred",
  "Forwarded: for=1.2.3.4",
  "Proxy-Authorization: Basic abc",
  "Trailer: X-Checksum",
  'If-None-Match: "x"',
  "Max-Forwards: 3",
  "__proto__: x",
  "constructor: y",
  "Content-Type: application/json",
  "X-Obs: caf\xe9",
  "!#$%&'*+-.^_`|~: token",
];
const ODD_FIELDS = [
  "Connection: X-Hop, keep-alive",
  "Connection: close, x-multi",
  "Connection: Keep-Alive",
  "Connection:",
  "Connection: upgrade",
  "Proxy-Connection: keep-alive",
  "X-Pad:    spaced   ",
  "X-Tab:\tv\t",
  "Expect: 100-continue",
  "Expect: the-moon",
  "Upgrade: websocket",
  "Upgrade: h2c",
  "Max-Forwards: 0",
  "Content-Length: 0",
  "Content-Length: 00",
  "X-Long: ".padEnd(3000, "l"),
  "X-Longer: ".padEnd(9000, "l"),
  "X-Request-Id: two words",
];
const HOSTILE_FIELDS = [
  "Content-Length: 5\r\nTransfer-Encoding: chunked",
  "Transfer-Encoding: chunked\r\nContent-Length: 5",
  "Content-Length: 5\r\nContent-Length: 5",
  "Content-Length: 5\r\nContent-Length: 6",
  "Content-Length: 5, 5",
  "Content-Length: +5",
  "Content-Length: -1",
  "Content-Length: 0x5",
  "Content-Length: 5 ",
  "Content-Length: 5\x0b",
  "Content-Length: 99999999999999999999",
  "Content-Length:",
  "Transfer-Encoding: xchunked",
  "Transfer-Encoding: chunked, chunked",
  "Transfer-Encoding: gzip, chunked",
  "Transfer-Encoding: identity",
  "Transfer-Encoding: Chunked",
  "Transfer-Encoding:\tchunked",
  "Transfer-Encoding: chunked ",
  "Transfer-Encoding : chunked",
  "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
  "Transfer-Encoding:",
  " Transfer-Encoding: chunked",
  "X: a\r\n b",
  "X: a\nTransfer-Encoding: chunked",
  "X: a\rTransfer-Encoding: chunked",
  "X: a\0b",
  "X\0: a",
  "X Y: a",
  ": empty",
  "NoColon",
  "Host: b.test",
  "Host:",
  "X\xe9: a",
  "X: \x7f",
  "X-Huge: ".padEnd(20_000, "h"),
];
const HOSTS = ["a.test", "a.test", "a.test", "a.test:8080", "[::1]:80", "A.TEST"];
const HOSTILE_HOSTS = ["a b", "a@b", "a/b", "", "a,b", "a\tb", "\xe9", "[::1", "a:99999999"];

function hostOf(random: Random): string {
  return random.pick(HOSTS);
}

/** A request id of ours tells a retried request from a new one. */
function ownId(random: Random): string[] {
  return random.chance(0.3) ? [`X-Request-Id: own-${random.below(1e9)}-${random.below(1e9)}`] : [];
}

function headText(line: string, fields: readonly string[]): string {
  return `${line}\r\n${fields.map((field) => `${field}\r\n`).join("")}\r\n`;
}

function placed(random: Random, host: string, fields: readonly string[]): string[] {
  const lines = [...fields];
  lines.splice(random.below(lines.length + 1), 0, `${random.chance(0.1) ? "host" : "Host"}: ${host}`);
  return lines;
}

export function plainRequest(random: Random, base: string): Sent {
  const method = random.pick(METHODS);
  const fields = placed(random, hostOf(random), [...random.some(FIELDS, 6), ...ownId(random)]);
  if (method === "POST") fields.push("Content-Length: 0");
  return {
    kind: "plain",
    method,
    text: headText(`${method} ${base}${random.pick(TARGETS)} HTTP/1.1`, fields),
  };
}

export function sizedRequest(random: Random, base: string): Sent {
  const method = random.pick(BODY_METHODS);
  const body = bodyText(random, random.size(random.chance(0.02) ? 200_000 : 20_000));
  const fields = [...random.some(FIELDS, 4), `Content-Length: ${body.length}`, ...ownId(random)];
  const line = `${method} ${base}${random.pick(TARGETS)} HTTP/1.1`;
  return { kind: "sized", method, text: headText(line, placed(random, hostOf(random), fields)) + body };
}

export function chunkedRequest(random: Random, base: string): Sent {
  const method = random.pick(BODY_METHODS);
  const body = bodyText(random, random.size(random.chance(0.02) ? 200_000 : 20_000));
  const fields = [...random.some(FIELDS, 4), "Transfer-Encoding: chunked", ...ownId(random)];
  const line = `${method} ${base}${random.pick(TARGETS)} HTTP/1.1`;
  const trailers = random.chance(0.3) ? random.some(TRAILERS, 3) : [];
  const head = headText(line, placed(random, hostOf(random), fields));
  return { kind: "chunked", method, text: head + chunkedText(random, body, trailers, "no blanks") };
}

const ODD_METHODS = ["PROPFIND", "M-SEARCH", "TRACE", "get", "QUERY", "CONNECT", "BREW", "LINK", "PRI"];

/** Legal or nearly, and rare. */
export function oddRequest(random: Random, base: string): Sent {
  let method = random.pick(METHODS);
  let target = base + random.pick(TARGETS);
  let version = "HTTP/1.1";
  let before = "";
  const fields = placed(random, hostOf(random), random.some(FIELDS, 4));
  switch (random.below(11)) {
    case 9: {
      const head = headText(`${method} ${target} ${version}`, [...fields, "Transfer-Encoding: chunked"]);
      const trailers = random.chance(0.5) ? [random.pick(WRONG_TRAILERS)] : [];
      return {
        kind: "odd",
        method,
        text: head + chunkedText(random, bodyText(random, random.size(500)), trailers, "blanks"),
      };
    }
    case 0:
      method = random.pick(ODD_METHODS);
      break;
    case 1:
      target = `http://${hostOf(random)}${target}`;
      break;
    case 2:
      target = random.pick([
        "*",
        "//x/y",
        "a.test:443",
        "http://a.test",
        "https://a.test/x",
        "/",
        "/default/x",
      ]);
      method = random.pick([method, "OPTIONS"]);
      break;
    case 3:
      target = base + random.pick(ODD_TARGETS);
      break;
    case 4:
      version = random.pick(["HTTP/1.0", "HTTP/1.0", "HTTP/1.2", "HTTP/2.0", "http/1.1", "HTTP/0.9"]);
      if (random.chance(0.4)) fields.push("Connection: keep-alive");
      break;
    case 5:
      before = random.pick(["\r\n", "\r\n\r\n", "\n"]);
      break;
    case 6:
      for (let i = 0; i < 60; i++) fields.push(`X-Many-${i}: ${i}`);
      break;
    default:
      fields.push(...random.some(ODD_FIELDS, 2));
  }
  return { kind: "odd", method, text: before + headText(`${method} ${target} ${version}`, fields) };
}

const BROKEN_CHUNKS = [
  "5\r\nhello0\r\n\r\n",
  "5\nhello\r\n0\r\n\r\n",
  "5\r\nhello\n0\r\n\r\n",
  "5\r\nhello\r\n0\n\n",
  "+5\r\nhello\r\n0\r\n\r\n",
  "-1\r\nhello\r\n0\r\n\r\n",
  "0x5\r\nhello\r\n0\r\n\r\n",
  " 5\r\nhello\r\n0\r\n\r\n",
  "5 \r\nhello\r\n0\r\n\r\n",
  "5;\nX\r\nhello\r\n0\r\n\r\n",
  "5;a\0b\r\nhello\r\n0\r\n\r\n",
  "\r\nhello\r\n0\r\n\r\n",
  "ffffffffffffffff\r\nhello\r\n0\r\n\r\n",
  "10000000000000005\r\nhello\r\n0\r\n\r\n",
  "g\r\nhello\r\n0\r\n\r\n",
  "5\r\nhelloX\r\n0\r\n\r\n",
  "5\r\nhello\r\n0\r\nbad trailer\r\n\r\n",
  "5\r\nhello\r\n0\r\nX: a\r\n b\r\n\r\n",
  "5\r\nhello\r\n0\r\nX : a\r\n\r\n",
  "5\r\nhello\r\n0\r\nX: a\0\r\n\r\n",
  "5\r\nhello\r\n0\r\nX: a\nY: b\r\n\r\n",
  "5\r\nhello\r\n0\r\n\rX",
  `5;${"e".repeat(5000)}\r\nhello\r\n0\r\n\r\n`,
  `5\r\nhello\r\n0\r\nX: ${"t".repeat(20_000)}\r\n\r\n`,
];

const BROKEN_LINES = [
  "GET  @ HTTP/1.1",
  "GET @  HTTP/1.1",
  "GET @ HTTP/1.1 ",
  " GET @ HTTP/1.1",
  "GET\t@\tHTTP/1.1",
  "GET @",
  "GET",
  "GET @ HTTP/1.1x",
  "GET @ HTTP/11",
  "GET @ HTTP/1,1",
  "GET @ HTTQ/1.1",
  "G@T @ HTTP/1.1",
  "GET @ x HTTP/1.1",
  "GET @\0 HTTP/1.1",
  "GET @\x7f HTTP/1.1",
  "GET x@ HTTP/1.1",
  "HTTP/1.1 200 OK",
  "\x16\x03\x01\x02\x00\x01\x00",
];

/** What a smuggler or a broken client sends. */
export function hostileRequest(random: Random, base: string): Sent {
  const inner = `GET ${base}inner HTTP/1.1\r\nHost: a.test\r\n\r\n`;
  const sent = (text: string, method = "POST"): Sent => ({ kind: "hostile", method, text });
  switch (random.below(7)) {
    case 0: {
      const fields = placed(random, "a.test", random.some(FIELDS, 2));
      fields.splice(random.below(fields.length + 1), 0, random.pick(HOSTILE_FIELDS));
      const body = random.pick(["", "hello", "5\r\nhello\r\n0\r\n\r\n", "0\r\n\r\n", inner]);
      return sent(headText(`POST ${base}h HTTP/1.1`, fields) + body);
    }
    case 1: {
      const fields = placed(random, "a.test", ["Transfer-Encoding: chunked"]);
      return sent(headText(`POST ${base}c HTTP/1.1`, fields) + random.pick(BROKEN_CHUNKS));
    }
    case 2:
      return sent(headText(random.pick(BROKEN_LINES).replace("@", `${base}l`), ["Host: a.test"]), "GET");
    case 3: {
      const hosts = random.pick([
        [],
        ["Host: a.test", "Host: a.test"],
        [`Host: ${random.pick(HOSTILE_HOSTS)}`],
      ]);
      return sent(headText(`GET ${base}o HTTP/1.1`, [...random.some(FIELDS, 2), ...hosts]), "GET");
    }
    case 4:
      return sent(
        sizedRequest(random, base).text.replaceAll("\r\n", random.pick(["\n", "\r", "\r\r\n", "\n\r"])),
      );
    default: {
      const token = base.slice(1, -1);
      const text = random.chance(0.5)
        ? random.pick(requestTexts(token))
        : random.pick([plainRequest, sizedRequest, chunkedRequest])(random, base).text.slice(0, 3000);
      const harmed = damagedText(random, text);
      return sent(harmed, harmed.startsWith("HEAD ") ? "HEAD" : "POST");
    }
  }
}

export function damagedText(random: Random, text: string): string {
  const damages = Array.from({ length: 1 + random.below(3) }, () => ({
    kind: random.pick(["insert", "replace", "delete", "repeat"] as const),
    at: random.next(),
    fragment: random.pick(FRAGMENTS),
    length: 1 + random.below(20),
  }));
  return damaged(text, damages);
}
