import { once } from "node:events";
import { connect } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

/** Gives up what gets no answer. */
const PATIENCE_MS = 30_000;
const MAX_HEAD = 256 * 1024;

/** Follows one answer: its status (1xx are passed over), and whether it is whole. */
class Answer {
  status = 0;
  bytes = 0;
  tail = "";
  #head = "";
  #left = -1;
  #body = 0;

  take(chunk) {
    this.bytes += chunk.length;
    this.tail = (this.tail + chunk.toString("latin1", Math.max(0, chunk.length - 16))).slice(-16);
    if (this.status >= 200 || this.status === 101) {
      this.#left -= chunk.length;
      this.#body += chunk.length;
      return;
    }
    this.#head += chunk.toString("latin1");
    for (;;) {
      const end = this.#head.indexOf("\r\n\r\n");
      if (end < 0) {
        if (this.#head.length > MAX_HEAD) this.#head = this.#head.slice(-4);
        return;
      }
      this.status = Number(/^HTTP\/1\.\d (\d+)/.exec(this.#head)?.[1] ?? 0);
      const length = /\r\ncontent-length: *(\d+)/i.exec(this.#head.slice(0, end))?.[1];
      this.#head = this.#head.slice(end + 4);
      if (this.status >= 200 || this.status === 101) {
        const whole = this.status === 204 || this.status === 304 ? 0 : (length ?? Number.POSITIVE_INFINITY);
        this.#left = Number(whole) - this.#head.length;
        this.#body = this.#head.length;
        return;
      }
    }
  }

  get whole() {
    // No chunk that is sent here ends so, but the last one or its trailers do.
    return this.status >= 200 && (this.#left <= 0 || (this.#body > 0 && this.tail.endsWith("\r\n\r\n")));
  }
}

/**
 * Sends `bytes` on a connection of its own and reads until the answer's end, or the connection's. Gives the status, 0 for
 * none, how many bytes came, and whether a RST ended it. `enough(tail, bytes)`: what has come is all that is waited for. `from`: the address to send from.
 */
export async function send(port, bytes, enough, from) {
  const socket = connect({ port, host: "127.0.0.1", ...(from === undefined ? {} : { localAddress: from }) });
  const answer = new Answer();
  let reset = false;
  socket.setTimeout(PATIENCE_MS, () => socket.destroy());
  socket.on("error", () => {
    reset = true;
  });
  socket.on("data", (chunk) => {
    answer.take(chunk);
    if (enough === undefined ? answer.whole : enough(answer.tail, answer.bytes)) socket.destroy();
  });
  for (const part of [bytes].flat()) socket.write(part);
  // `once` of node:events would throw what the socket says first.
  await new Promise((resolve) => socket.once("close", resolve));
  return { status: answer.status, bytes: answer.bytes, reset };
}

/** `count` of them at once; gives what the last that ended got. */
export async function many(count, one) {
  const all = await Promise.all(Array.from({ length: count }, (_, i) => one(i)));
  return all.at(-1);
}

/** Sends `parts` one by one, with a pause before each, until the other end answers or closes. */
export async function drip(port, parts, pauseMs) {
  const socket = connect(port, "127.0.0.1").setNoDelay(true);
  const answer = new Answer();
  let over = false;
  socket.on("error", () => {});
  socket.on("close", () => {
    over = true;
  });
  socket.on("data", (chunk) => {
    answer.take(chunk);
    over ||= answer.whole;
  });
  for (const part of parts) {
    if (over) break;
    socket.write(part);
    await delay(pauseMs);
  }
  socket.destroy();
  return { status: answer.status, bytes: answer.bytes };
}

/**
 * Connections that send `bytes` and then stay for `ms`: without reading, or reading as many bytes a second as `rate` says, and until
 * there is a status. They leave with a FIN at once if `end`, with a RST at last. Gives the status that the last of them saw, 0
 * where nobody reads.
 */
export async function hold(port, bytes, { count = 1, ms = 300, rate = 0, end = false }) {
  const sockets = Array.from({ length: count }, () => {
    const socket = connect(port, "127.0.0.1");
    socket.on("error", () => {});
    socket.pause();
    if (bytes.length > 0) socket.write(bytes);
    if (end) socket.end();
    return socket;
  });
  // More at once than a listening socket's queue holds are there a second later.
  await Promise.all(sockets.map((socket) => once(socket, "connect").catch(() => {})));
  const status = rate > 0 ? await readSlowly(sockets, rate, ms) : await delay(ms, 0);
  for (const socket of sockets) socket.resetAndDestroy();
  return { status, bytes: 0 };
}

async function readSlowly(sockets, rate, ms) {
  const begun = performance.now();
  let status = 0;
  for (;;) {
    await delay(100);
    for (const socket of sockets) {
      const chunk = socket.read(rate / 10) ?? socket.read();
      const [, seen] = /^HTTP\/1\.\d (\d+)/.exec(chunk?.toString("latin1", 0, 20) ?? "") ?? [];
      if (seen !== undefined) status = Number(seen);
    }
    const taken = performance.now() - begun;
    if (taken > PATIENCE_MS || (taken > ms && status !== 0)) return status;
  }
}
