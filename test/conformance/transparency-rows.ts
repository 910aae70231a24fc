/** Odd but legal exchanges (docs/contract.md, Laws 7): what a client sends and what its upstream answers, as bytes (latin1). */
export interface TransparencyRow {
  readonly name: string;
  readonly request: string;
  /** The request's body as the upstream must have it; left out: what follows the head in `request`. */
  readonly requestBody?: string;
  readonly answer: string;
  readonly answerBody?: string;
  /** The upstream ends its connection after the answer. */
  readonly closes?: boolean;
}

const lines = (...head: readonly string[]) => `${head.join("\r\n")}\r\n\r\n`;
const get = (target: string, ...fields: readonly string[]) =>
  lines(`GET ${target} HTTP/1.1`, "Host: shop.test", ...fields);
const send = (method: string, target: string, body: string, ...fields: readonly string[]) =>
  lines(`${method} ${target} HTTP/1.1`, "Host: shop.test", ...fields, `Content-Length: ${body.length}`) +
  body;
const answer = (status: string, body: string, ...fields: readonly string[]) =>
  lines(
    `HTTP/1.1 ${status}`,
    "Date: Sun, 22 Nov 2026 10:00:00 GMT",
    ...fields,
    `Content-Length: ${body.length}`,
  ) + body;
const OK = answer("200 OK", "ok");
const EVERY_BYTE = Array.from({ length: 256 }, (_, i) => String.fromCharCode(i)).join("");

const target = (name: string, path: string): TransparencyRow => ({ name, request: get(path), answer: OK });
const fields = (name: string, ...sent: readonly string[]): TransparencyRow => ({
  name,
  request: get("/h", ...sent),
  answer: OK,
});
const method = (word: string): TransparencyRow => ({
  name: `the method ${word}`,
  request: lines(`${word} /m HTTP/1.1`, "Host: shop.test"),
  answer: OK,
});
const said = (name: string, bytes: string): TransparencyRow => ({ name, request: get("/a"), answer: bytes });

const requests: readonly TransparencyRow[] = [
  fields(
    "a browser's request",
    "Connection: keep-alive",
    'sec-ch-ua: "Chromium";v="140", "Not=A?Brand";v="24"',
    "sec-ch-ua-mobile: ?0",
    "Upgrade-Insecure-Requests: 1",
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36",
    "Accept: text/html,application/xhtml+xml;q=0.9,*/*;q=0.8",
    "Sec-Fetch-Site: none",
    "Accept-Encoding: gzip, deflate, br, zstd",
    "Accept-Language: de-DE,de;q=0.9,en;q=0.8",
    'Cookie: sid=a/b+c==; theme=dark; empty=; q="x;y"; theme=light',
  ),
  fields("a request with nothing but Host"),
  fields(
    "fields in odd order, case and number",
    "X-b: 1",
    "x-A: 2",
    "X-B: 3",
    "aCCept: */*",
    "x-a: 2",
    "ACCEPT: text/x",
  ),
  fields("empty values", "X-Empty: ", "Accept: ", "X-After: 1"),
  fields("high bytes and tabs in values", "X-Utf8: gr\xc3\xbc\xc3\x9fe", "X-Latin: \xe9\xff", "X-Tab: a\tb"),
  fields("names that objects have", "__proto__: 1", "constructor: 2", "hasOwnProperty: 3", "__PROTO__: 4"),
  fields("a name of every token character", "!#$%&'*+-.^_`|~09azAZ: 1"),
  fields("names with underscores, dots and digits", "X_Under_Score: 1", "x.dot: 2", "1: 3"),
  fields("a field of 7000 bytes", `X-Long: ${"0123456789".repeat(700)}`),
  fields("three hundred fields", ...Array.from({ length: 300 }, (_, i) => `x-${i}: ${i}`)),
  fields("authorization, twice cookies", "Authorization: Negotiate YII+/==", "Cookie: a=1", "Cookie: b=2"),
  fields(
    "conditions and ranges",
    'If-None-Match: W/"a", "b"',
    "If-Modified-Since: Sun, 22 Nov 2026 10:00:00 GMT",
    "Range: bytes=0-1,-5",
    'If-Range: "b"',
  ),
  fields("caching", "Cache-Control: no-cache, max-age=0", "Pragma: no-cache", "Age: 5", 'Warning: 199 - "x"'),
  fields(
    "cross-origin",
    "Origin: null",
    "Referer: http://other.test/?a=b",
    "Access-Control-Request-Headers: x-a,x-b",
  ),
  fields(
    "another proxy's words",
    "CF-Ray: 1",
    "True-Client-IP: 203.0.113.9",
    "traceparent: nonsense",
    "tracestate: a=b",
    "X-HTTP-Method-Override: DELETE",
  ),
  fields("Max-Forwards of a GET", "Max-Forwards: 3"),
  fields(
    "fields of this hop, which go",
    "Connection: close, X-Hop",
    "X-Hop: 1",
    "Keep-Alive: timeout=5",
    "TE: gzip",
    "Proxy-Connection: x",
    "X-Stays: 1",
  ),
  {
    name: "an upper-case Host with a port",
    request: lines("GET / HTTP/1.1", "HOST: Shop.TEST:8080", "X-A: 1"),
    answer: OK,
  },
  {
    name: "an IPv6 Host that comes last",
    request: lines("GET / HTTP/1.1", "X-A: 1", "host: [::1]:80"),
    answer: OK,
  },
  { name: "an empty Host", request: lines("GET / HTTP/1.1", "Host: ", "X-A: 1"), answer: OK },
  target("an encoded dot segment", "/a/%2e%2e/b"),
  target("plain dot segments", "/../a/./b/../"),
  target("empty segments", "//a///b//"),
  target("backslashes", "/a\\..\\b"),
  target("encoded slashes and NULs", "/a%2Fb%5cc%00d"),
  target("percents that encode nothing", "/a%zz%%4"),
  target("mixed-case hexadecimal", "/%c3%A9%7e~"),
  target("path parameters", "/a;v=1/b;c=d,e@f:g"),
  target("a query of odd characters", "/?q=<>\"{}|^`'[]&=&&;,+%20?/?#".slice(0, -1)),
  target("an empty query", "/a?"),
  target("a query of question marks", "/???a=?b&a=1&a"),
  target("a target of 4000 bytes", `/${"long/".repeat(800)}?${"x".repeat(100)}`),
  target("a URL inside the path", "/proxy/http://other.test:80/x?y=http://z"),
  ...["PURGE", "M-SEARCH", "MKCOL", "DELETE", "PATCH", "OPTIONS", "TRACE"].map(method),
  { name: "OPTIONS *", request: lines("OPTIONS * HTTP/1.1", "Host: shop.test"), answer: OK },
  {
    name: "a PROPFIND with a body",
    request: send("PROPFIND", "/dav/", "<propfind/>", "Depth: 1", "Content-Type: text/xml"),
    answer: OK,
  },
  {
    name: "a GET with a body",
    request: send("GET", "/search", '{"q":1}', "Content-Type: application/json"),
    answer: OK,
  },
  { name: "a DELETE with a body", request: send("DELETE", "/x", "reason=1"), answer: OK },
  { name: "a DELETE with Content-Length: 0", request: send("DELETE", "/x", ""), answer: OK },
  { name: "a POST without a body", request: send("POST", "/x", ""), answer: OK },
  {
    name: "a POST without framing fields",
    request: lines("POST /x HTTP/1.1", "Host: shop.test"),
    answer: OK,
  },
  {
    name: "a body of every byte",
    request: send("POST", "/x", EVERY_BYTE, "Content-Type: application/octet-stream"),
    answer: OK,
  },
  { name: "a body that looks like a request", request: send("POST", "/x", get("/smuggled")), answer: OK },
  { name: "a body of 300,000 bytes", request: send("PUT", "/x", "0123456789".repeat(30_000)), answer: OK },
  {
    name: "a multipart upload",
    request: send(
      "POST",
      "/up",
      '--b\r\nContent-Disposition: form-data; name="f"; filename="\xc3\xbc"\r\n\r\nx\r\n--b--\r\n',
      "Content-Type: multipart/form-data; boundary=b",
    ),
    answer: OK,
  },
  {
    name: "a chunked body with an extension and a trailer",
    request: `${lines("POST /c HTTP/1.1", "Host: shop.test", "Trailer: X-Sum", "Transfer-Encoding: chunked", "X-A: 1")}3;x=y\r\nabc\r\nA\r\n0123456789\r\n0\r\nX-Sum: 7\r\n\r\n`,
    requestBody: "abc0123456789",
    answer: OK,
  },
];

const answers: readonly TransparencyRow[] = [
  said(
    "an answer with fields in odd order, case and number",
    answer("200 OK", "ok", "X-b: 1", "x-A: 2", "X-B: 3", "SERVER: Old/1.0 (x)", "x-a: 2"),
  ),
  said(
    "several Set-Cookie fields",
    answer(
      "200 OK",
      "ok",
      "Set-Cookie: a=1; Expires=Wed, 01 Jan 2031 00:00:00 GMT; Path=/",
      "set-cookie: b=2",
      "Set-Cookie: a=3",
    ),
  ),
  said(
    "empty values and high bytes in an answer",
    answer(
      "200 OK",
      "ok",
      "X-Empty: ",
      "X-Utf8: gr\xc3\xbc\xc3\x9fe",
      "X-Latin: \xe9",
      "Content-Type: text/plain",
    ),
  ),
  said("an answer without Date or Server", `${lines("HTTP/1.1 200 OK", "Content-Length: 2")}ok`),
  said("an odd reason phrase", answer("200 All fine, really: (yes)", "ok")),
  said("a reason phrase of high bytes", answer("200 Tr\xe8s bien", "ok")),
  said("an empty reason phrase", answer("200 ", "ok")),
  said("the status 299", answer("299 Odd", "ok")),
  said("the status 418", answer("418 I'm a teapot", "short and stout")),
  said("the status 599", answer("599 Later", "ok")),
  said("a redirect", answer("302 Found", "", "Location: http://internal.test:3000/a/../b?c#d")),
  said(
    "a refusal with two challenges",
    answer(
      "401 Unauthorized",
      "no",
      'WWW-Authenticate: Digest realm="a, b", nonce="="',
      "WWW-Authenticate: Basic",
    ),
  ),
  said(
    "a 503 with Retry-After",
    answer("503 Service Unavailable", "later", "Retry-After: 120", "Via: 1.1 inner", 'Alt-Svc: h2=":443"'),
  ),
  said(
    "a compressed body",
    answer(
      "200 OK",
      "\x1f\x8b\x08\0\0\0\0\0\0\x03\x03\0\0\0\0\0\0\0\0\0",
      "Content-Encoding: gzip",
      "Vary: Accept-Encoding",
    ),
  ),
  said("an answer of every byte", answer("200 OK", EVERY_BYTE)),
  said("an answer of 300,000 bytes", answer("200 OK", "0123456789".repeat(30_000))),
  said("an empty answer", answer("200 OK", "")),
  said("204 with fields", lines("HTTP/1.1 204 No Content", "X-A: 1", 'ETag: "x"')),
  said("304 with Content-Length", lines("HTTP/1.1 304 Not Modified", 'ETag: W/"x"', "Content-Length: 12")),
  said(
    "206 of several ranges",
    answer("206 Partial Content", "--b--", "Content-Type: multipart/byteranges; boundary=b"),
  ),
  said(
    "fields of this hop in an answer, which go",
    answer(
      "200 OK",
      "ok",
      "Connection: keep-alive, X-Hop",
      "X-Hop: 1",
      "Keep-Alive: timeout=60",
      "X-Stays: 1",
    ),
  ),
  {
    name: "HEAD with Content-Length",
    request: lines("HEAD /a HTTP/1.1", "Host: shop.test"),
    answer: lines("HTTP/1.1 200 OK", "Content-Length: 1234", "X-A: 1"),
  },
  {
    name: "HEAD without Content-Length",
    request: lines("HEAD /a HTTP/1.1", "Host: shop.test"),
    answer: lines("HTTP/1.1 200 OK", "X-A: 1"),
  },
  {
    name: "a chunked answer with an extension and a trailer",
    request: get("/a", "TE: trailers", "Connection: TE"),
    answer: `${lines("HTTP/1.1 200 OK", "Trailer: X-Sum", "Transfer-Encoding: chunked", "X-A: 1")}3;x\r\nabc\r\n1\r\nd\r\n0\r\nX-Sum: 7\r\n\r\n`,
    answerBody: "abcd",
  },
  {
    name: "an answer that ends with its connection",
    request: get("/a"),
    answer: `${lines("HTTP/1.1 200 OK", "X-A: 1")}until the end`,
    closes: true,
  },
  {
    name: "an answer of HTTP/1.0",
    request: get("/a"),
    answer: `${lines("HTTP/1.0 200 OK", "X-A: 1", "Content-Length: 2")}ok`,
    closes: true,
  },
  {
    name: "an early hint before the answer",
    request: get("/a"),
    answer: `${lines("HTTP/1.1 103 Early Hints", "Link: </a.css>; rel=preload", "link: </b.js>")}${OK}`,
    answerBody: "ok",
  },
];

export const ROWS: readonly TransparencyRow[] = [...requests, ...answers];
