import { Socket } from "node:net";
import { BLOCK_BYTES } from "../../wire/blocks.ts";

/**
 * All accepted connections are read into this one buffer: a read is handed on before the next can happen, so whoever keeps
 * bytes copies them. Node allocates 64 KiB for every read otherwise, which costs more than parsing a request.
 */
const READ_BUFFER = Buffer.allocUnsafeSlow(BLOCK_BYTES);

/** What net.Server gives an accepted socket without saying so in its types. */
interface AcceptedSocket extends Socket {
  _handle?: object | null;
  _server?: object | null;
}

/** Whether this Node keeps an accepted connection where readShared looks for it. */
export function canReadShared(accepted: Socket): boolean {
  return typeof (accepted as AcceptedSocket)._handle === "object";
}

/**
 * An accepted, paused connection as another socket that reads into the shared buffer: net.Server cannot be told to accept
 * so (`onread` is for outgoing connections). `onBytes` has a read's bytes during the call only, and gives false to stop
 * reading. `accepted` holds nothing afterwards.
 */
export function readShared(accepted: Socket, onBytes: (bytes: Buffer) => boolean): Socket {
  const from: AcceptedSocket = accepted;
  const handle = from._handle;
  const server = from._server;
  from._handle = null;
  from._server = null;
  const options = {
    // What net itself hands to the constructor for each connection it accepts, though its types do not say so.
    handle: handle as never,
    allowHalfOpen: true,
    onread: {
      buffer: READ_BUFFER,
      callback: (bytes: number) => onBytes(READ_BUFFER.subarray(0, bytes)),
    },
  };
  const to: AcceptedSocket = new Socket(options);
  // Its end frees a place under maxConnections.
  to._server = server ?? null;
  return to;
}
