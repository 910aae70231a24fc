import { Socket } from "node:net";
import { ReadBuffer, SHORT_READ_BYTES, STREAM_READ_BYTES } from "../../wire/waiting-bytes.ts";

/** Of all accepted connections. Node allocates 64 KiB for every read otherwise, which costs more than parsing a request. */
const reads = new ReadBuffer();

/** What net.Server gives an accepted socket without saying so in its types. */
interface AcceptedSocket extends Socket {
  _handle?: object | null;
  _server?: object | null;
}

/** What a decrypted record has at most (RFC 8446 §5.1). */
const RECORD_BUFFER = Buffer.allocUnsafeSlow(16 * 1024);
/** What the connections that node:http let go of read into. */
const STREAM_BUFFER = Buffer.allocUnsafeSlow(STREAM_READ_BYTES);

interface BufferedSocket extends Socket {
  readonly _handle?: { readonly useUserBuffer?: (buffer: Buffer) => void } | null;
}

/**
 * Has a TLS connection, from which nothing was read, read into a shared buffer as well: its constructor takes `onread` for outgoing
 * connections only. False: this Node keeps that in another way, and the connection is as it was.
 */
export function readRecordsShared(socket: Socket, onBytes: (bytes: Buffer) => boolean): boolean {
  return readInto(RECORD_BUFFER, socket, onBytes);
}

/** The same for a connection that node:http has let go of; it may be done again for each request. */
export function readStreamShared(socket: Socket, onBytes: (bytes: Buffer) => boolean): boolean {
  if (!readInto(STREAM_BUFFER, socket, onBytes)) return false;
  if (!socket.isPaused()) socket.resume();
  return true;
}

function readInto(shared: Buffer, socket: Socket, onBytes: (bytes: Buffer) => boolean): boolean {
  const symbols = Object.getOwnPropertySymbols(socket);
  const [buffer, callback] = ["kBuffer", "kBufferCb"].map((name) =>
    symbols.find(({ description }) => description === name),
  );
  const { _handle } = socket as BufferedSocket;
  if (buffer === undefined || callback === undefined || _handle?.useUserBuffer === undefined) return false;
  // The handle keeps every buffer that it was given.
  if (Reflect.get(socket, buffer) !== shared) _handle.useUserBuffer(shared);
  Object.assign(socket, {
    [buffer]: shared,
    [callback]: (bytes: number) => onBytes(shared.subarray(0, bytes)),
  });
  return true;
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
    // What may wait beside one read.
    writableHighWaterMark: SHORT_READ_BYTES,
    onread: reads.ofConnection((bytes) => onBytes(reads.bytes.subarray(0, bytes))),
  };
  const to: AcceptedSocket = new Socket(options);
  // Its end frees a place under maxConnections.
  to._server = server ?? null;
  return to;
}
