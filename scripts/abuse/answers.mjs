import { head } from "./bytes.mjs";
import { hold, many, send } from "./sockets.mjs";

const MIB = 1024 * 1024;

/** Answers that do not end as they should, and clients that do not read them. */
export const answerCases = [
  {
    name: "answers: without end, read for 5 MB",
    status: 200,
    peer: true,
    abuse: (port) => send(port, head("GET", "/endless/60000"), (_tail, bytes) => bytes > 5 * MIB),
  },
  {
    name: "answers: without end in one-byte chunks, read for 5 MB",
    status: 200,
    peer: true,
    abuse: (port) => send(port, head("GET", "/endless/1"), (_tail, bytes) => bytes > 5 * MIB),
  },
  ...["length", "chunked"].map((how) => ({
    name: `answers: that die in the middle (${how})`,
    status: 200,
    peer: true,
    counter: 'fig_requests_total{route="(default)"',
    abuse: (port) => many(16, () => send(port, head("GET", `/dies/${how}`))),
  })),
  {
    name: "answers: that die in the middle, to HTTP/1.0",
    status: 0,
    abuse: async (port) => {
      const { status, reset } = await send(port, "GET /dies/chunked HTTP/1.0\r\n\r\n");
      return { status: reset ? 0 : status };
    },
  },
  {
    name: "readers: 50 that never read 16 MB",
    status: 0,
    peer: true,
    abuse: (port) => hold(port, head("GET", `/big/${16 * MIB}`), { count: 50, ms: 700 }),
  },
  {
    name: "readers: 50 that never read an endless answer",
    status: 0,
    peer: true,
    abuse: (port) => hold(port, head("GET", "/endless/60000"), { count: 50, ms: 700 }),
  },
  {
    name: "readers: 50 at 4 KiB a second of 16 MB",
    status: 200,
    peer: true,
    abuse: (port) => hold(port, head("GET", `/big/${16 * MIB}`), { count: 50, ms: 1000, rate: 4096 }),
  },
  {
    name: "readers: 20 that never read 64 KiB of pipelined requests",
    status: 0,
    abuse: (port) => hold(port, head("GET", "/big/100000").repeat(800), { count: 20, ms: 700 }),
  },
];
