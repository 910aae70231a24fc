import { once } from "node:events";
import { readFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { connect, createServer } from "node:net";
import type { CacheReport } from "../../../../src/control/contract.ts";
import { askAdmin } from "../../fig-process.ts";
import { startCacheDoor } from "./door.ts";

export interface ManyPaths {
  readonly asked: number;
  /** The most that were held at any look, and `limits.cacheMemory`; bytes. */
  readonly mostHeld: number;
  readonly limit: number;
  readonly entries: number;
  readonly evicted: number;
  /** Of the process, MiB: when it had answered one request, and the most at any look. */
  readonly rssBefore: number;
  readonly rssMost: number;
}

const CONNECTIONS = 64;
/** Sent at once on a connection. */
const PIPELINE = 8;

/** An origin of raw sockets: it answers each head with a fresh answer of `bytes`. */
async function plainOrigin(bytes: number) {
  const answer = `HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncache-control: max-age=3600\r\ncontent-length: ${bytes}\r\n\r\n${"x".repeat(bytes)}`;
  const server = createServer((socket) => {
    let text = "";
    socket.on("error", () => {});
    socket.on("data", (chunk) => {
      text += chunk.toString("latin1");
      const heads = text.split("\r\n\r\n");
      text = heads.pop() as string;
      if (heads.length > 0) socket.write(answer.repeat(heads.length), "latin1");
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { port: (server.address() as AddressInfo).port, close: () => server.close() };
}

function rssMib(pid: number): number {
  const kib = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return Number(kib) / 1024;
}

/** Asks for `paths` distinct paths, each once, and looks at what the front door holds meanwhile. */
export async function manyPaths(paths: number, memory: string, bytes: number): Promise<ManyPaths> {
  const origin = await plainOrigin(bytes);
  const door = await startCacheDoor({
    legacy: origin.port,
    routes: { plain: "{}" },
    more: `limits: { cacheMemory: ${memory} }\n`,
  });
  const { pid } = door.process;
  const { port } = new URL(door.url);
  let rssBefore = 0;
  let rssMost = 0;
  let mostHeld = 0;
  let last: CacheReport | undefined;
  const look = async () => {
    last = await askAdmin<CacheReport>(door.adminUrl, "GET", "/cache");
    mostHeld = Math.max(mostHeld, last.bytes);
    rssMost = Math.max(rssMost, rssMib(pid));
  };
  try {
    await ask(Number(port), 0, 1);
    await look();
    rssBefore = rssMib(pid);
    const each = Math.ceil(paths / CONNECTIONS);
    let over = false;
    const asking = Promise.all(
      Array.from({ length: CONNECTIONS }, (_, at) => ask(Number(port), 1 + at * each, each)),
    ).finally(() => {
      over = true;
    });
    while (!over) {
      await look();
      await Promise.race([asking, new Promise((resolve) => setTimeout(resolve, 250))]);
    }
    await asking;
    await look();
  } finally {
    await door.close();
    origin.close();
  }
  const { entries = 0, evicted = 0 } = last?.sides.find(({ side }) => side === "legacy") ?? {};
  return { asked: paths, mostHeld, limit: last?.limit ?? 0, entries, evicted, rssBefore, rssMost };
}

/** One connection's paths, pipelined. */
async function ask(port: number, from: number, count: number): Promise<void> {
  const socket = connect({ port, host: "127.0.0.1" });
  await once(socket, "connect");
  let sent = 0;
  let got = 0;
  await new Promise<void>((resolve, reject) => {
    const more = () => {
      let text = "";
      while (sent < count && sent - got < PIPELINE) {
        text += `GET /plain/products/number/${from + sent}?a=${from + sent} HTTP/1.1\r\nhost: shop.test\r\n\r\n`;
        sent++;
      }
      if (text !== "") socket.write(text);
    };
    socket.on("error", reject);
    socket.on("close", () => reject(new Error("the front door closed a connection")));
    let tail = "";
    socket.on("data", (chunk) => {
      const text = tail + chunk.toString("latin1");
      got += text.split("HTTP/1.1 200").length - 1;
      // What may be the beginning of the next one.
      const cut = text.lastIndexOf("HTTP/1.1 200");
      tail = text.slice(Math.max(cut < 0 ? 0 : cut + 12, text.length - 11));
      if (got >= count) resolve();
      else more();
    });
    more();
  });
  socket.removeAllListeners("close");
  socket.destroy();
}
