import { lookup } from "node:dns/promises";
import { chmodSync } from "node:fs";
import net from "node:net";
import { getSystemErrorName } from "node:util";
import type { ListenAddress, UnixSocket } from "../../domain/config.ts";
import type { BoundSocket } from "../../lanes/contract.ts";
import { replacingLeft } from "../../lanes/listen.ts";
import { listenError } from "../doors.ts";

/** What Node has of a socket, as node:cluster uses it. */
interface Handle {
  /** Says also what bind(2) had against the address: libuv tells it late. */
  getsockname(to: object): number;
  close(): void;
}

type CreateHandle = (host: string, port: number, family: number, fd: undefined, flags: number) => unknown;
// Only this binds without listening: a net.Server would take clients too.
const createHandle: CreateHandle = (...args) =>
  (net as unknown as { readonly _createServerHandle: CreateHandle })._createServerHandle(...args);
/** libuv's UV_TCP_REUSEPORT. */
const REUSE_PORT = 2;

/** An address that is bound once, for every worker there will be. This process does not listen on it, so it takes nobody. */
export interface Bound {
  readonly socket: BoundSocket;
  close(): void;
}

function failed(errno: number): NodeJS.ErrnoException {
  const code = getSystemErrorName(errno);
  return Object.assign(new Error(`bind ${code}`), { code });
}

async function bindTcp({ host: name, port }: ListenAddress, reusePort: boolean): Promise<Handle> {
  const { address, family } = await lookup(name);
  const made = createHandle(address, port, family, undefined, reusePort ? REUSE_PORT : 0);
  if (typeof made === "number") throw failed(made);
  const handle = made as Handle;
  const errno = handle.getsockname({});
  if (errno === 0) return handle;
  handle.close();
  throw failed(errno);
}

async function bindUnix({ path, mode }: UnixSocket): Promise<Pick<Handle, "close">> {
  let made: unknown;
  await replacingLeft(path, () => {
    made = createHandle(path, -1, -1, undefined, 0);
    if (typeof made === "number") throw failed(made);
    // Nobody can connect before a worker listens.
    try {
      chmodSync(path, mode);
    } catch (error) {
      (made as Handle).close();
      throw error;
    }
  });
  return made as Handle;
}

async function bind(address: ListenAddress, reusePort: boolean): Promise<Bound> {
  const { unix } = address;
  try {
    const socket = await (unix === undefined ? bindTcp(address, reusePort) : bindUnix(unix));
    return { socket, close: () => socket.close() };
  } catch (cause) {
    throw listenError(address, cause as NodeJS.ErrnoException);
  }
}

/** Rejects with `address_in_use` or `address_unavailable`; then none is bound. */
export async function bindAll(
  addresses: readonly ListenAddress[],
  reusePort: boolean,
): Promise<readonly Bound[]> {
  const all: Bound[] = [];
  try {
    for (const address of addresses) all.push(await bind(address, reusePort));
  } catch (error) {
    for (const bound of all) bound.close();
    throw error;
  }
  return all;
}
