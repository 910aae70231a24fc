import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { Worker } from "node:worker_threads";

/**
 * A loopback port where connections are never completed: a listener with the smallest backlog whose thread sleeps, so that
 * nothing is accepted, and a backlog that we fill. Linux then drops further SYNs.
 */
export async function openBlackhole(): Promise<{ readonly port: number; close(): void }> {
  const code = `
    const { parentPort } = require("node:worker_threads");
    const server = require("node:net").createServer();
    server.listen({ port: 0, host: "127.0.0.1", backlog: 1 }, () => {
      parentPort.postMessage(server.address().port);
      setTimeout(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20_000), 0);
    });`;
  const worker = new Worker(code, { eval: true });
  const [port] = (await once(worker, "message")) as [number];
  const fillers: Socket[] = [];
  // Two in a row, so that a slow moment of the machine does not pass for a full backlog.
  for (let refused = 0; refused < 2 && fillers.length < 64; ) {
    const socket = connect(port, "127.0.0.1");
    socket.on("error", () => undefined);
    fillers.push(socket);
    const taken = await Promise.race([
      once(socket, "connect").then(
        () => true,
        () => false,
      ),
      new Promise<false>((resolve) => setTimeout(resolve, 150, false)),
    ]);
    refused = taken ? 0 : refused + 1;
  }
  return {
    port,
    close: () => {
      for (const socket of fillers) socket.destroy();
      void worker.terminate();
    },
  };
}
