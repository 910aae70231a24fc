import { ReadGate } from "./read-gate.ts";

/** A part of node:net's sockets that its types leave out. */
interface ReadSocket {
  readonly _handle?: { readStart(): number; readStop(): number } | null;
}

/** Reading a connection, a socket of node:net, whose frames node:http2 takes from the system itself: its own pause is not to be had. */
export function readsOf(socket: object): ReadGate {
  const connection: ReadSocket = socket;
  return new ReadGate({
    destroyed: false,
    pause: () => connection._handle?.readStop(),
    resume: () => connection._handle?.readStart(),
  });
}
