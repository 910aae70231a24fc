// What a proxy costs that has nothing to do: from its start to its first answer, memory then, and memory a waiting connection.
import net from "node:net";
import { exactly } from "./load.mjs";
import { BODY, peers, startUpstream } from "./peers.mjs";
import { openFilesLimit, rssMib } from "./processes.mjs";
import { fixed, medians, publish, recorded, table, takeTurns, verdict } from "./report.mjs";

const IDLE = 5000;
/** Opened at a time. */
const AT_ONCE = 64;
const SETTLE_MS = 2000;
const LEFT_OUT = ["http-proxy (README)", "fig, one route at 50 %"];

const settle = () => new Promise((resolve) => setTimeout(resolve, SETTLE_MS));

/** One connection, kept open after its one answer; `onGone` is called if it does not stay. */
function openConnection(url, onGone) {
  const { hostname, port, pathname } = new URL(url);
  return new Promise((resolve, reject) => {
    let answer = "";
    const socket = net.connect(Number(port), hostname);
    socket.once("error", reject).once("close", onGone);
    socket.on("data", (chunk) => {
      answer += chunk.latin1Slice();
      if (!answer.endsWith(BODY)) return;
      if (!answer.startsWith("HTTP/1.1 200 ")) reject(new Error(`${url} answered ${answer.slice(0, 60)}`));
      resolve(socket);
    });
    socket.write(`GET ${pathname} HTTP/1.1\r\nHost: ${hostname}:${port}\r\n\r\n`);
  });
}

/** Bytes of RSS for each of so many connections that wait after one request. */
async function bytesAConnection(door) {
  // As many requests before, so that what serving itself takes is taken already.
  await exactly(door.url, IDLE);
  await settle();
  const before = rssMib(door.pid);
  const sockets = [];
  let gone = 0;
  try {
    while (sockets.length < IDLE) {
      const wanted = Array.from({ length: Math.min(AT_ONCE, IDLE - sockets.length) });
      sockets.push(...(await Promise.all(wanted.map(() => openConnection(door.url, () => gone++)))));
    }
    await settle();
    return { bytes: ((rssMib(door.pid) - before) * 2 ** 20) / IDLE, gone };
  } finally {
    for (const socket of sockets) socket.destroy();
  }
}

async function coldStart(start, upstream) {
  const before = performance.now();
  const door = await start(upstream);
  const socket = await openConnection(door.url, () => undefined);
  const firstAnswerMs = performance.now() - before;
  socket.destroy();
  return { door, firstAnswerMs };
}

export async function idle(options) {
  const { rounds, only } = options.times({ rounds: 5 });
  if (openFilesLimit() < IDLE + 1000)
    throw new Error(
      `idle needs ${IDLE + 1000} open files a process, and ${openFilesLimit()} are allowed: raise \`ulimit -n\``,
    );
  const upstream = await startUpstream();
  const names = Object.keys(peers).filter(
    (name) => !LEFT_OUT.includes(name) && (only?.includes(name) ?? true),
  );
  const runs = await takeTurns(names, rounds, async (name, round) => {
    const { door, firstAnswerMs } = await coldStart(peers[name], upstream);
    await settle();
    const idleRssMib = rssMib(door.pid);
    const { bytes, gone } = await bytesAConnection(door);
    await door.stop();
    options.progress(
      `round ${round} ${name}: first answer after ${fixed(firstAnswerMs)} ms, ${fixed(idleRssMib)} MiB, ${fixed(bytes)} bytes a connection`,
    );
    return { firstAnswerMs, idleRssMib, bytes, gone };
  });
  await upstream.stop();

  const rows = new Map([...runs].map(([name, list]) => [name, medians(list)]));
  const fig = rows.get("fig");
  const gone = [...runs.values()].flat().reduce((sum, run) => sum + run.gone, 0);
  return publish({
    name: "idle",
    title: "Idle",
    intro: [
      `A start, from spawn to the end of the first answer (fig's files and state are new), RSS ${SETTLE_MS / 1000} s later, and then ${IDLE} connections`,
      `that stay open after one request each: how much RSS has grown with them, for each. ${rounds} interleaved rounds, each with a`,
      "process of its own, medians. RSS is the process's memory alone: the kernel's for its sockets, the same for all, is not in it.",
      "nginx has room for 8192 connections from its start; a Node process holds garbage that it has not collected yet.",
    ],
    sections: [
      table(
        ["proxy", "first answer ms", "idle RSS MiB", "bytes a connection"],
        [...rows].map(([name, row]) => [
          name,
          fixed(row.firstAnswerMs),
          fixed(row.idleRssMib, 1),
          fixed(row.bytes),
        ]),
      ),
    ],
    verdicts: [
      ...(fig === undefined
        ? []
        : [
            recorded("fig, spawn to first answer, ms", fig.firstAnswerMs, 0),
            recorded("fig's idle RSS, MiB", fig.idleRssMib, 1),
            recorded(`fig's bytes for each of ${IDLE} idle connections`, fig.bytes, 0),
          ]),
      verdict("idle connections that were closed", gone, "at most", 0, 0),
    ],
    data: Object.fromEntries(runs),
    options: options.recorded({ rounds }),
  });
}
