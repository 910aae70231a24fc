import { head } from "./bytes.mjs";
import { send } from "./sockets.mjs";

const dropped = 'fig_request_fields_dropped_total{field="trailer"}';
const chunked = (trailers, fields = []) => [
  head("POST", "/sink", ["Transfer-Encoding: chunked", ...fields]),
  `1\r\nX\r\n0\r\n${trailers}\r\n`,
];
const lines = (count, line) => Array.from({ length: count }, (_, i) => `${line(i)}\r\n`).join("");

/** What comes after a chunked body. */
export const trailerCases = [
  {
    name: "trailers: unannounced, 15 KB",
    status: 200,
    counter: dropped,
    abuse: (port) => send(port, chunked(lines(140, () => `X-T: ${"a".repeat(100)}`))),
  },
  {
    name: "trailers: 2,000 small ones",
    status: 200,
    counter: dropped,
    abuse: (port) => send(port, chunked(lines(2000, (i) => `${i.toString(36)}: a`))),
  },
  {
    name: "trailers: 1,000 announced",
    status: 200,
    abuse: (port) =>
      send(
        port,
        chunked(
          lines(1000, (i) => `t${i}: a`),
          [`Trailer: ${Array.from({ length: 1000 }, (_, i) => `t${i}`).join(",")}`],
        ),
      ),
  },
  {
    name: "trailers: of framing and routing, announced",
    status: 200,
    counter: dropped,
    abuse: (port) =>
      send(
        port,
        chunked("X-Forwarded-For: 1.1.1.1\r\nHost: evil.test\r\n", ["Trailer: host, x-forwarded-for"]),
      ),
  },
  {
    name: "trailers: past the bound",
    statuses: [400, 431],
    counter: "fig_rejected_total{",
    abuse: (port) => send(port, chunked(lines(400, () => `X-T: ${"a".repeat(100)}`))),
  },
  {
    name: "trailers: 1,500 of an answer",
    status: 200,
    abuse: (port) => send(port, head("GET", "/trailers/1500", ["TE: trailers"])),
  },
];
