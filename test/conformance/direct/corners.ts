/** What generated cases meet too seldom, or by chance alone: each is run once, before them. */
import type { Answer } from "../differential/answers.ts";
import type { Case } from "./cases.ts";

const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
const PLAIN: Answer = { kind: "sized", text: OK, cuts: [], when: "whole", after: "keep" };

function asked(head: string, body = "", answer: Answer = PLAIN): Case {
  const text = `${head}\r\nHost: shop.test\r\n\r\n`.replace("\r\n\r\n", `\r\n${body === "" ? "\r\n" : body}`);
  const sent = { kind: "odd", method: head.slice(0, head.indexOf(" ")), text } as const;
  return { kind: "corner", exchanges: [{ sent, answer }], cuts: [], finish: "probe" };
}

function chunked(chunks: string): Case {
  return asked("POST /c HTTP/1.1", `Transfer-Encoding: chunked\r\n\r\n${chunks}`);
}

function said(text: string, after: Answer["after"] = "end"): Case {
  return asked("GET /a HTTP/1.1", "", { ...PLAIN, text, after });
}

function behind(first: Case, second: Case): Case {
  return { ...first, exchanges: [...first.exchanges, ...second.exchanges] };
}

/** The server answers a large body as soon as it has the head; the rest comes in pieces. */
function early(): Case {
  const body = "e".repeat(120_000);
  const one = asked("PUT /early HTTP/1.1", `Content-Length: ${body.length}\r\n\r\n${body}`, {
    ...PLAIN,
    ...{ kind: "early", when: "head" },
  });
  return { ...one, cuts: Array.from({ length: 40 }, (_, i) => 1000 + i * 2500) };
}

const SWITCHED = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\nraw";
const upgrade = asked("GET /up HTTP/1.1", "Upgrade: websocket\r\nConnection: Upgrade\r\n\r\n", {
  ...PLAIN,
  ...{ text: SWITCHED, after: "end" },
});
const eventStream =
  "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n:\n\n\r\n0\r\n\r\n";
const head = asked("GET /h HTTP/1.1");

/** A client of HTTP/1.0 that asks for its connection to be kept. */
function old(method: string, text: string): Case {
  return asked(`${method} /old HTTP/1.0`, "Connection: keep-alive\r\n\r\n", { ...PLAIN, text });
}

const CHUNKED = "HTTP/1.1 200 OK\r\nTrailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n";

export const CORNERS: readonly Case[] = [
  ...[
    "GET * HTTP/1.1",
    "GET shop.test HTTP/1.1",
    "GET ftp://a.test/ HTTP/1.1",
    "GET http://a@b.test/ HTTP/1.1",
  ].map((line) => asked(line)),
  ...["GET /v HTTP/1.2", "GET /v HTTP/2.0", "GET /v", "GET /v http/1.1"].map((line) => asked(line)),
  ...["BREW /m HTTP/1.1", "get /m HTTP/1.1", "PRI /m HTTP/1.1", "PLAY /m HTTP/1.1"].map((line) =>
    asked(line),
  ),
  ...["GET  /b HTTP/1.1", "GET /b  HTTP/1.1", " GET /b HTTP/1.1"].map((line) => asked(line)),
  ...["OPTIONS", "TRACE"].map((method) => asked(`${method} /m HTTP/1.1`, "Max-Forwards: 0\r\n\r\n")),
  asked("GET /loop HTTP/1.1", "Via: 1.1 fig, 1.1 fig, 1.1 fig, 1.0 fig\r\n\r\n"),
  asked("GET /none HTTP/1.1", "X-A: 1\r\n\r\n", {
    ...PLAIN,
    text: "HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n",
  }),
  old("GET", OK),
  old("GET", `${CHUNKED}2\r\nok\r\n0\r\nX-Sum: 1\r\n\r\n`),
  old("HEAD", CHUNKED),
  asked("GET /e HTTP/1.1", "Expect: the-moon\r\n\r\n"),
  asked(`GET /${"u".repeat(8192)} HTTP/1.1`),
  asked("GET /l HTTP/1.1", `X-Long: ${"l".repeat(17_000)}\r\n\r\n`),
  chunked('5;x="a b" ; y\r\nhello\r\n0\r\n\r\n'),
  chunked("5 \r\nhello\r\n0\r\n\r\n"),
  chunked(`5;${"e".repeat(5000)}\r\nhello\r\n0\r\n\r\n`),
  chunked(`5\r\nhello\r\n0\r\nX: ${"t".repeat(20_000)}\r\n\r\n`),
  ...[
    "Content-Length: 5",
    "Transfer-Encoding: chunked",
    "Connection: close",
    "Keep-Alive: timeout=1",
    "Upgrade: x",
  ].map((line) => chunked(`5\r\nhello\r\n0\r\n${line}\r\n\r\n`)),
  behind(head, asked("CONNECT shop.test:443 HTTP/1.1")),
  behind(head, upgrade),
  behind(head, said("")),
  upgrade,
  early(),
  early(),
  early(),
  said("HTTP/1.1 200 OK\nContent-Length: 2\n\nok"),
  said("HTTP/1.1 200 OK\r\nX-A : 1\r\nX-B: 1\r\n 2\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok"),
  said(`${"HTTP/1.1 103 Early Hints\r\n\r\n".repeat(40)}${OK}`),
  said("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\nraw"),
  said(`HTTP/1.1 200 OK\r\nX: ${"h".repeat(70_000)}\r\n\r\n`),
  { ...said(eventStream, "keep"), finish: "half-close" },
  { ...head, finish: "half-close" },
  {
    ...head,
    exchanges: head.exchanges.map(({ sent, answer }) => ({
      sent: { ...sent, text: sent.text.slice(0, 30) },
      answer,
    })),
    finish: "half-close",
  },
];
