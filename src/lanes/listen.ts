import { chmodSync, lstatSync, unlinkSync } from "node:fs";
import { type AddressInfo, connect, type Server } from "node:net";
import type { ListenAddress, UnixSocket } from "../domain/config.ts";
import type { BoundSocket } from "./contract.ts";
import { BACKLOG } from "./stop-listening.ts";

/** Listens, on `socket` if there is one; resolves with the bound address. Rejects with the system's error. */
export async function listen(
  server: Server,
  address: ListenAddress,
  reusePort: boolean,
  socket?: BoundSocket,
): Promise<ListenAddress> {
  const { host, port, unix } = address;
  if (socket !== undefined) {
    await started(server, () => server.listen(socket, BACKLOG));
    if (unix !== undefined) return address;
  } else if (unix !== undefined) {
    await listenOn(server, unix);
    return address;
  } else {
    await started(server, () => server.listen({ host, port, reusePort, backlog: BACKLOG }));
  }
  const bound = server.address() as AddressInfo;
  return { host: bound.address, port: bound.port };
}

/** On a Unix socket. A file that nobody listens on any more is replaced: a front door that was killed left it. */
export async function listenOn(server: Server, { path, mode }: UnixSocket): Promise<void> {
  const start = () => {
    server.listen({ path, backlog: BACKLOG });
    // Bound by now, if it could be: nobody else may connect, not even for a turn.
    if (server.listening) chmodSync(path, mode);
  };
  await replacingLeft(path, () => started(server, start));
}

/** Binds a Unix socket, once more where only a file was in the way that nobody listens on. */
export async function replacingLeft(path: string, bind: () => Promise<void> | void): Promise<void> {
  try {
    await bind();
  } catch (error) {
    const inUse = (error as NodeJS.ErrnoException).code === "EADDRINUSE";
    if (!inUse || !isSocket(path) || (await answers(path))) throw error;
    unlinkSync(path);
    await bind();
  }
}

function started(server: Server, start: () => void): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.once("listening", () => {
      server.off("error", reject);
      resolve();
    });
    start();
  });
}

/** Anything else that stands there is not ours to remove. */
function isSocket(path: string): boolean {
  try {
    return lstatSync(path).isSocket();
  } catch {
    return false;
  }
}

/** Whether somebody listens: only a connection that is refused says that nobody does. */
function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect({ path });
    const told = (does: boolean) => {
      probe.destroy();
      resolve(does);
    };
    probe.once("connect", () => told(true));
    probe.once("error", (error: NodeJS.ErrnoException) => told(error.code !== "ECONNREFUSED"));
  });
}
