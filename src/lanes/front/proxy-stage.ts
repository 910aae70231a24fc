import type { Socket } from "node:net";
import { MAX_V2_BYTES, type ProxyHeader, readProxyHeader } from "../../wire/proxy-header.ts";

/**
 * Reads the PROXY header off a connection that nobody else reads. `done` gets it with the bytes that came behind it, and the socket paused
 * again; or what was wrong. Not called if the connection closes first.
 */
export function readProxyStage(
  socket: Socket,
  done: (header: ProxyHeader | "malformed", rest: Buffer | undefined) => void,
): void {
  let read: Buffer | undefined;
  const stop = () => {
    socket.off("data", onData);
    socket.off("end", onEnd);
    socket.pause();
  };
  // Its other end may be open for ever.
  const onEnd = () => socket.destroy();
  const onData = (chunk: Buffer) => {
    const bytes: Buffer = read === undefined ? chunk : Buffer.concat([read, chunk]);
    const header = readProxyHeader(bytes);
    if (header === undefined && bytes.length <= MAX_V2_BYTES) {
      read = bytes;
      return;
    }
    stop();
    if (header === undefined || header === "malformed") done("malformed", undefined);
    else done(header, header.bytes < bytes.length ? bytes.subarray(header.bytes) : undefined);
  };
  socket.on("data", onData);
  socket.on("end", onEnd);
  socket.resume();
}
