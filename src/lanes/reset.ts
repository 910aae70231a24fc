import { Socket } from "node:net";

interface SocketInternals extends Socket {
  /** The connection below a TLS one. */
  readonly _parent?: unknown;
  /** Only TCP can be reset. */
  readonly _handle?: { readonly getpeername?: unknown } | null;
}

/** The connection that a TLS one stands on; undefined: it is no TLS one. */
export function below(socket: Socket): Socket | undefined {
  const { _parent } = socket as SocketInternals;
  return _parent instanceof Socket ? _parent : undefined;
}

/** Ends a connection so that its other end learns that this was not in order: by a reset, or on TLS without a close_notify. */
export function reset(socket: Socket): void {
  const raw = (below(socket) ?? socket) as SocketInternals;
  if (raw._handle?.getpeername === undefined) raw.destroy();
  else raw.resetAndDestroy();
}
