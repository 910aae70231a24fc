// Many clients in one process, told by IPC: `open` so many, `load` so many messages a second for so long, `codes` once all are closed.
import { setTimeout as delay } from "node:timers/promises";
import { WebSocket } from "ws";

const OPENING_AT_ONCE = 50;
const clients = [];
const codes = {};
let closed = 0;

class Client {
  sides = new Set();
  waiting = undefined;

  constructor(url) {
    this.socket = new WebSocket(url, { perMessageDeflate: false });
    this.opened = new Promise((resolve, reject) => {
      this.socket.once("open", resolve);
      this.socket.once("error", reject);
    });
    this.socket.on("message", (data) => {
      this.sides.add(data.toString());
      this.waiting?.();
      this.waiting = undefined;
    });
    this.socket.on("close", (code) => {
      codes[code] = (codes[code] ?? 0) + 1;
      closed++;
    });
  }

  /** Milliseconds until the answer is here; undefined: one is still awaited. */
  ask() {
    if (this.waiting !== undefined || this.socket.readyState !== WebSocket.OPEN) return undefined;
    const began = performance.now();
    return new Promise((resolve) => {
      this.waiting = () => resolve(performance.now() - began);
      this.socket.send('{"action":"ask"}');
    });
  }
}

async function open({ url, count }) {
  let left = count;
  const one = async () => {
    while (left-- > 0) {
      const client = new Client(url);
      await client.opened;
      clients.push(client);
    }
  };
  await Promise.all(Array.from({ length: OPENING_AT_ONCE }, one));
  return { open: clients.length };
}

async function load({ perSecond, seconds }) {
  const answers = [];
  const began = performance.now();
  let sent = 0;
  let at = 0;
  while (performance.now() - began < seconds * 1000) {
    const due = ((performance.now() - began) / 1000) * perSecond;
    for (; sent < due; sent++) {
      at = (at + 7919) % clients.length;
      const answer = clients[at].ask();
      if (answer !== undefined) answers.push(answer);
    }
    await delay(5);
  }
  const late = delay(10_000, "late");
  const all = Promise.all(answers);
  const times = await Promise.race([all, late]);
  if (times === "late") return { asked: answers.length, answered: 0 };
  const sorted = times.sort((a, b) => a - b);
  const part = (share) =>
    Number(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]?.toFixed(2));
  return { asked: sent, answered: sorted.length, p50: part(0.5), p99: part(0.99), most: part(1) };
}

/** Connections by the sides that answered them. */
function sides() {
  const counts = {};
  for (const client of clients) {
    const key = [...client.sides].sort().join("+");
    counts[key] = (counts[key] ?? 0) + 1;
  }
  return { sides: counts };
}

async function ended({ patienceMs }) {
  const end = performance.now() + patienceMs;
  while (closed < clients.length && performance.now() < end) await delay(50);
  return { codes };
}

const COMMANDS = { open, load, sides, ended };
process.on("message", async ({ command, ...options }) => {
  process.send(await COMMANDS[command](options));
});
process.on("disconnect", () => process.exit(0));
process.send({ ready: true });
