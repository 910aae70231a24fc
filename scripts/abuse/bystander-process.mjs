// The honest clients, in a process of their own: what they wait is the door's doing, not that of who abuses it from the same
// thread. Started by bystanders.mjs, which asks them for what they waited.
import { connect } from "node:net";

const COUNT = 8;
const PROBES = 2;
const PAUSE_MS = 10;

function at(waits, share) {
  const wait = waits[Math.min(waits.length - 1, Math.floor(waits.length * share))] ?? 0;
  return Number(wait.toFixed(1));
}

/**
 * Honest clients: each asks on a connection of its own, waits for the answer, and asks again a little later. Probes of the admin
 * do the same, on a new connection each time, as an orchestrator's do.
 */
class Bystanders {
  failed = 0;
  #waits = [];
  #clients = [];
  #over = false;

  constructor(port, adminPort) {
    for (let i = 0; i < COUNT; i++) this.#open(port, "/calm", false);
    for (let i = 0; adminPort !== undefined && i < PROBES; i++) this.#open(adminPort, "/livez", true);
  }

  #open(port, path, once) {
    const ask = `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n${once ? "Connection: close\r\n" : ""}\r\n`;
    const client = { socket: undefined, sent: 0 };
    this.#clients.push(client);
    const dial = () => {
      if (this.#over) return;
      const socket = connect(port, "127.0.0.1").setNoDelay(true);
      const send = () => {
        if (this.#over) return;
        client.sent = performance.now();
        socket.write(ask);
      };
      let answered = false;
      client.socket = socket;
      if (once) client.sent = performance.now();
      socket.on("connect", () => {
        if (once) socket.write(ask);
        else send();
      });
      socket.on("data", (bytes) => {
        if (client.sent === 0) return;
        answered = bytes.toString("latin1", 0, 12) === "HTTP/1.1 200";
        if (!answered) this.failed++;
        this.#waits.push(performance.now() - client.sent);
        client.sent = 0;
        if (!once) setTimeout(send, PAUSE_MS);
      });
      socket.on("error", () => {});
      socket.on("close", () => {
        if (this.#over) return;
        if (!(once && answered)) this.failed++;
        client.sent = 0;
        setTimeout(dial, PAUSE_MS);
      });
    };
    dial();
  }

  /** What they waited since the last call, ms; one that still waits counts as it is. */
  take() {
    const now = performance.now();
    const open = this.#clients.filter(({ sent }) => sent > 0).map(({ sent }) => now - sent);
    const waits = [...this.#waits, ...open].sort((a, b) => a - b);
    this.#waits = [];
    return { asked: waits.length, p50: at(waits, 0.5), p99: at(waits, 0.99), max: at(waits, 1) };
  }

  close() {
    this.#over = true;
    for (const { socket } of this.#clients) socket.destroy();
  }
}

const bystanders = new Bystanders(...process.argv.slice(2).map(Number));
process.on("message", () => process.send({ ...bystanders.take(), failed: bystanders.failed }));
process.on("disconnect", () => {
  bystanders.close();
  process.exit(0);
});
