import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";

export interface SocketInternals extends Socket {
  /** The answer that has the connection now. */
  readonly _httpMessage?: ServerResponse | null;
}

const onError = () => {};

/**
 * A request that node:http let go of with its connection waits for the answer before it: what that answer no longer hears is
 * passed on. Gives what ends this.
 */
export function waitBehind(socket: SocketInternals): () => void {
  const onDrain = () => socket._httpMessage?.emit("drain");
  const onClose = () => socket._httpMessage?.emit("close");
  socket.on("drain", onDrain);
  socket.on("close", onClose);
  socket.on("error", onError);
  return () => {
    socket.off("drain", onDrain);
    socket.off("close", onClose);
    // Its next owner has one of its own.
    process.nextTick(() => socket.off("error", onError));
  };
}

/**
 * What stands behind the head of a request that node:http let go of: `early` came with it, and the stream holds what came since
 * then. Nobody would hear that: the connection is read past its stream from here on. Undefined: nothing.
 */
export function takeHeld(socket: Socket, early: Buffer): Buffer | undefined {
  const held = early.length > 0 ? [early] : [];
  for (let more: Buffer | null = socket.read(); more !== null; more = socket.read()) held.push(more);
  return held.length > 1 ? Buffer.concat(held) : held[0];
}
