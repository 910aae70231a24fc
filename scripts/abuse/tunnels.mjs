import { head } from "./bytes.mjs";
import { hold } from "./sockets.mjs";

const ws = (kind) =>
  head("GET", `/tunnel/${kind}`, ["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13"]);
const FRAME = `\x82\x01X`;

/** Upgraded connections, of which nobody reads. */
export const tunnelCases = [
  {
    name: "tunnels: 100 half closed",
    status: 0,
    counter: "fig_half_closed_cancelled_total",
    abuse: (port) => hold(port, ws("deaf"), { count: 100, ms: 2500, end: true }),
  },
  {
    name: "tunnels: 20 upstreams that flood, and clients that read",
    status: 101,
    peer: true,
    abuse: (port) => hold(port, ws("flood"), { count: 20, ms: 700, rate: 10_000_000 }),
  },
  {
    name: "tunnels: 50 upstreams that flood, and clients that do not read",
    status: 0,
    peer: true,
    abuse: (port) => hold(port, ws("flood"), { count: 50, ms: 700 }),
  },
  {
    name: "tunnels: 20 clients that flood, and upstreams that do not read",
    status: 0,
    peer: true,
    abuse: (port) => hold(port, ws("deaf") + "X".repeat(1_000_000), { count: 20, ms: 700 }),
  },
  {
    name: "tunnels: 4 clients that flood with one-byte frames that come back",
    status: 101,
    peer: true,
    abuse: (port) =>
      hold(port, Buffer.from(ws("echo") + FRAME.repeat(100_000), "latin1"), {
        count: 4,
        ms: 700,
        rate: 10_000_000,
      }),
  },
];
