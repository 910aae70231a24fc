import { connect } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { chunksOf } from "../abuse/bytes.mjs";

const FLOOD = chunksOf(1, 300_000);
/** Of loopback, but not the operator's: who guesses tokens is slowed by address. */
const GUESSER = "127.0.0.2";
const MALFORMED = [
  "GET / HTTP/9.9\r\n\r\n",
  "GET /split/../admin HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
  "POST /split/sum HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
  "POST /shadowed/sum HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
  `GET /${"a".repeat(20_000)} HTTP/1.1\r\nHost: a\r\n\r\n`,
  `GET /falls/bytes/1 HTTP/1.1\r\nHost: a\r\n${"x: y\r\n".repeat(5000)}\r\n`,
  "\0\x01\x02\x03\r\n\r\n",
];
const any = (list) => list[Math.floor(Math.random() * list.length)];

/** Opens, writes, and stays for `ms` at most, or until the soak ends. Whatever becomes of it is its own fault. */
async function visit(
  port,
  signal,
  { text = "", ms = 1000, reads = true, reset = false, address = "127.0.0.1", drip = "" },
) {
  const socket = connect({ port, host: "127.0.0.1", localAddress: address });
  socket.on("error", () => {});
  if (reads) socket.resume();
  else socket.pause();
  socket.write(text);
  const until = performance.now() + ms;
  while (performance.now() < until && !signal.aborted && !socket.destroyed && !socket.readableEnded) {
    await delay(Math.min(ms, drip === "" ? 200 : 1000));
    if (drip !== "") socket.write(drip);
  }
  if (reset) socket.resetAndDestroy();
  else socket.destroy();
}

const get = (path) => `GET ${path} HTTP/1.1\r\nHost: soak\r\n\r\n`;
const post = (path) => `POST ${path} HTTP/1.1\r\nHost: soak\r\n`;

/** Clients that hurt: nothing is asked of what they get. */
export const HOSTILE = [
  [
    "flood of chunks",
    ({ port }, signal) =>
      visit(port, signal, {
        text: Buffer.concat([
          Buffer.from(`${post("/shadowed/sum")}Transfer-Encoding: chunked\r\n\r\n`),
          FLOOD,
        ]),
        ms: 500,
      }),
  ],
  ["malformed", ({ port }, signal) => visit(port, signal, { text: any(MALFORMED), ms: 300 })],
  [
    "slow head",
    ({ port }, signal) =>
      visit(port, signal, { text: "GET /split/bytes/1 HTTP/1.1\r\n", drip: "x: y\r\n", ms: 20_000 }),
  ],
  [
    "guessed token",
    ({ adminPort }, signal) =>
      visit(adminPort, signal, {
        text: `GET /api/v1/status HTTP/1.1\r\nHost: 127.0.0.1:${adminPort}\r\nAuthorization: Bearer guess-${Math.random()}\r\nConnection: close\r\n\r\n`,
        ms: 1500,
        address: GUESSER,
      }),
  ],
  [
    "reads nothing",
    ({ port }, signal) =>
      visit(port, signal, { text: get("/none/bytes/16777216"), reads: false, ms: 120_000 }),
  ],
  [
    "aborted answer",
    ({ port }, signal) =>
      visit(port, signal, {
        text: get(`/${any(["split", "shadowed", "falls"])}/bytes/4194304`),
        ms: Math.random() * 50,
        reset: Math.random() < 0.5,
      }),
  ],
  [
    "aborted body",
    ({ port }, signal) =>
      visit(port, signal, {
        text: `${post("/shadowed/sum")}Content-Length: 100000\r\n\r\n${"x".repeat(50_000)}`,
        ms: Math.random() * 100,
        reset: Math.random() < 0.5,
      }),
  ],
  [
    "pipelined and gone",
    ({ port }, signal) =>
      visit(port, signal, { text: get("/split/bytes/65536").repeat(50), ms: 20, reset: true }),
  ],
].map(([name, act]) => ({ name, act }));
