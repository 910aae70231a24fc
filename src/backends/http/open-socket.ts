import { connect, type Socket } from "node:net";
import { letGo } from "../../wire/let-go.ts";
import { ReadBuffer, SHORT_READ_BYTES } from "../../wire/waiting-bytes.ts";

/** All plain connections read into this one buffer. */
const reads = new ReadBuffer();

/** Who is told of a connection that is being made. */
export interface SocketUser {
  /** Requests may be written. */
  onConnect(): void;
  /** `bytes` of `buffer` came; they are the user's only during the call. */
  onRead(buffer: Buffer, bytes: number): void;
}

/** Begins a connection to one member. */
export type Dial = (user: SocketUser) => Socket;

/** How one member is reached. */
export interface Way {
  readonly secure: boolean;
  /** For HTTP/1.1. */
  readonly dial: Dial;
  /** A connection that is not read yet, by one of these protocols (ALPN). */
  open(protocols: readonly string[]): Socket;
}

/** To an address, or over a Unix socket. */
export type Place = { readonly host: string; readonly port: number } | { readonly path: string };

function dialPlain(place: Place): Dial {
  return (user) => {
    const options = {
      ...place,
      noDelay: true,
      allowHalfOpen: true,
      // What may wait beside one read; net takes it, though its types do not say so.
      writableHighWaterMark: SHORT_READ_BYTES,
      onread: reads.ofConnection((bytes) => {
        user.onRead(reads.bytes, bytes);
        return true;
      }),
    };
    const socket = connect(options);
    socket.on("connect", () => user.onConnect());
    return socket;
  };
}

export function plainWay(place: Place): Way {
  return {
    ...{ secure: false, dial: dialPlain(place) },
    // Both ends close together: HTTP/2 knows no half of a connection.
    open: () => connect({ ...place, noDelay: true }),
  };
}

/** Reads a connection that is there already. */
export function readFrom(socket: Socket, user: SocketUser): Socket {
  return socket.on("data", (bytes: Buffer) => {
    user.onRead(bytes, bytes.length);
    letGo(bytes);
  });
}
