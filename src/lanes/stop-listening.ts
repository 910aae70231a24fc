import { type AddressInfo, connect, Server, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { Clock } from "../domain/clock.ts";
import { listenQueue } from "./listen-queue.ts";

/** What Node keeps of a socket. */
interface Handle {
  readonly fd: number;
  /** listen(2) once more: only the backlog changes. */
  listen(backlog: number): number;
  /** 0 once it is connected. */
  getpeername(to: object): number;
}

export const BACKLOG = 2048;
const PROBES = 4;
const PROBE_MS = 50;
/** What a client's kernel waits at least before it sends again, and a half. */
const RESEND_MS = 300;
export const PATIENCE_MS = 3000;

const handleOf = (socket: Server | Socket) => (socket as unknown as { readonly _handle: Handle })._handle;

/** net.Server's own close: http.Server's would also end connections. */
const close = (server: Server) => Server.prototype.close.call(server);

/**
 * Closes a listening socket; connections that are open stay. Where it is `shared` (SO_REUSEPORT), none is lost that comes
 * meanwhile: docs/decisions/0017. Resolves when closed, within about `patienceMs`; never rejects.
 */
export async function stopListening(
  server: Server,
  shared: boolean,
  clock: Clock,
  patienceMs = PATIENCE_MS,
): Promise<void> {
  if (!server.listening) return;
  const end = clock.micros() + patienceMs * 1000;
  const early = () => clock.micros() < end;
  // A Unix socket has one listener only.
  const isTcp = typeof server.address() === "object";
  if (shared && isTcp && (await closeWithoutLoss(server, early).catch(() => false))) return;
  // Nobody else listens, or the system does not show its queues: at least those that wait now are accepted.
  await new Promise(setImmediate);
  close(server);
}

/**
 * Beside a successor the kernel gives each its part of the new connections, and resets what is in the accept queue of the one that
 * closes. So the queue is filled first, by a connection of one's own, and its capacity taken away: what the kernel drops from
 * then on, the client sends again, to the successor. That our own is the only one in the queue is known by the queue's length;
 * that no handshake was half done, by nothing having been dropped since. False: not closed.
 */
async function closeWithoutLoss(server: Server, early: () => boolean): Promise<boolean> {
  const handle = handleOf(server);
  const address = server.address() as AddressInfo;
  const queue = listenQueue(handle.fd, address.family);
  if (queue === undefined) return false;
  let localPort: number | undefined;
  let dropped = queue.overflows();
  while (early()) {
    localPort ??= await ownPort(server, address, early);
    if (localPort === undefined) return false;
    // Right after the event loop has looked for connections.
    await new Promise(setImmediate);
    if (queue.length() !== 0) continue;
    const plug = connectTo(address, localPort);
    // A socket connects in the next tick.
    await new Promise<void>((resolve) => process.nextTick(resolve));
    const connected = !plug.destroyed && handleOf(plug).getpeername({}) === 0;
    const length = queue.length();
    if (connected && length === 1 && handle.listen(0) === 0) {
      if (queue.length() === 1 && queue.overflows() === dropped) {
        close(server);
        plug.destroy();
        return true;
      }
      handle.listen(BACKLOG);
    }
    plug.resetAndDestroy();
    // In use by somebody else, or shared out in another way since.
    if (!connected || length === 0) localPort = undefined;
    // Of a handshake the last packet may have been dropped: it comes again.
    if (queue.overflows() !== dropped) await sleep(RESEND_MS);
    dropped = queue.overflows();
  }
  return false;
}

/**
 * A local port from which connections come to this socket, not to the successor's: the kernel shares them out by a hash of both
 * addresses. It is found by trying, and free again.
 */
async function ownPort(
  server: Server,
  address: AddressInfo,
  early: () => boolean,
): Promise<number | undefined> {
  while (early()) {
    const probes = Array.from({ length: PROBES }, () => connectTo(address));
    const over = new AbortController();
    const found = new Promise<number | undefined>((resolve) => {
      const look = ({ remotePort }: { readonly remotePort?: number | undefined }) => {
        if (probes.some(({ localPort }) => localPort !== undefined && localPort === remotePort))
          resolve(remotePort);
      };
      // Before the lane takes the socket's insides.
      server.prependListener("connection", look).on("drop", look);
      over.signal.onabort = () => server.off("connection", look).off("drop", look);
      const tooLate = () => resolve(undefined);
      sleep(PROBE_MS, undefined, { signal: over.signal }).then(tooLate, tooLate);
    });
    const port = await found;
    over.abort();
    // A reset leaves no connection in TIME_WAIT: the port can be used at once.
    for (const probe of probes) probe.resetAndDestroy();
    if (port !== undefined) return port;
  }
  return undefined;
}

function connectTo({ address, port, family }: AddressInfo, localPort?: number): Socket {
  const loopback = family === "IPv6" ? "::1" : "127.0.0.1";
  const host = address === "::" || address === "0.0.0.0" ? loopback : address;
  const socket = connect({ host, port, ...(localPort === undefined ? {} : { localPort }) });
  return socket.on("error", () => {});
}
