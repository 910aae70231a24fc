import { connect } from "node:net";

const ASK = "GET /calm HTTP/1.1\r\nHost: abuse.test\r\n\r\n";
const COUNT = 8;
const PAUSE_MS = 10;

/** Honest clients: each asks on a connection of its own, waits for the answer, and asks again a little later. */
export class Bystanders {
  failed = 0;
  #waits = [];
  #sockets = [];
  #over = false;

  constructor(port) {
    for (let i = 0; i < COUNT; i++) this.#open(port);
  }

  #open(port) {
    const socket = connect(port, "127.0.0.1");
    let sent = 0;
    const ask = () => {
      if (this.#over) return;
      sent = performance.now();
      socket.write(ASK);
    };
    socket.setNoDelay(true);
    socket.on("connect", ask);
    socket.on("data", () => {
      this.#waits.push(performance.now() - sent);
      sent = 0;
      setTimeout(ask, PAUSE_MS);
    });
    socket.on("error", () => {});
    socket.on("close", () => {
      if (this.#over) return;
      this.failed++;
      setTimeout(() => this.#open(port), PAUSE_MS);
    });
    this.#sockets.push({ socket, sent: () => sent });
  }

  /** What they waited since the last call, ms; one that still waits counts as it is. */
  take() {
    const now = performance.now();
    const open = this.#sockets.map(({ sent }) => sent()).filter((sent) => sent > 0);
    const waits = [...this.#waits, ...open.map((sent) => now - sent)].sort((a, b) => a - b);
    this.#waits = [];
    const at = (share) =>
      Number((waits[Math.min(waits.length - 1, Math.floor(waits.length * share))] ?? 0).toFixed(1));
    return { asked: waits.length, p50: at(0.5), p99: at(0.99), max: at(1) };
  }

  close() {
    this.#over = true;
    for (const { socket } of this.#sockets) socket.destroy();
  }
}
