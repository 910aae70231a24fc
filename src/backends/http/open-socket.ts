import { connect, type LookupFunction, type Socket } from "node:net";
import { BLOCK_BYTES } from "../../wire/blocks.ts";

/** All connections read into this one buffer: a read is handed on before the next can happen. Whoever keeps bytes copies them. */
export const READ_BUFFER = Buffer.allocUnsafeSlow(BLOCK_BYTES);

/** A connection that is being made; `onRead` says how many bytes of READ_BUFFER came. */
export function openSocket(
  host: string,
  port: number,
  lookup: LookupFunction | undefined,
  onRead: (bytes: number) => void,
): Socket {
  return connect({
    host,
    port,
    lookup,
    noDelay: true,
    allowHalfOpen: true,
    onread: {
      buffer: READ_BUFFER,
      callback: (bytes: number) => {
        onRead(bytes);
        return true;
      },
    },
  });
}
