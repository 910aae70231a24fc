import { once } from "node:events";
import { createServer, type Server } from "node:net";

/**
 * Pages name their ports, and start what listens on them one after the other. So a port has to stay free for minutes, and to look whether
 * it is free does not do: two processes that look get the same ones, and a page then speaks with another page's services. Each process has
 * a block of its own instead, for as long as it runs: whoever listens on the block's first port has it. Below what `freePort` draws from,
 * and below what the system gives connections by itself.
 */
const LOWEST = 10_240;
const HIGHEST = 20_000;
const BLOCK = 488;

interface Block {
  next: number;
  readonly end: number;
}

let block: Block | undefined;

async function listening(port: number): Promise<Server | undefined> {
  const server = createServer();
  server.listen(port, "127.0.0.1");
  return once(server, "listening").then(
    () => server,
    () => undefined,
  );
}

async function takeBlock(): Promise<Block> {
  const blocks = Math.floor((HIGHEST - LOWEST) / BLOCK);
  for (let tried = 0; tried < blocks; tried++) {
    const first = LOWEST + ((process.pid + tried) % blocks) * BLOCK;
    const server = await listening(first);
    if (server === undefined) continue;
    server.unref();
    return { next: first + 1, end: first + BLOCK };
  }
  throw new Error("no block of ports is left for the pages");
}

/** Ports that nothing listens on, and that nobody else is given. */
export async function takePorts(count: number): Promise<number[]> {
  const ports: number[] = [];
  while (ports.length < count) {
    if (block === undefined || block.next >= block.end) block = await takeBlock();
    const port = block.next++;
    const server = await listening(port);
    if (server === undefined) continue;
    server.close();
    await once(server, "close");
    ports.push(port);
  }
  return ports;
}
