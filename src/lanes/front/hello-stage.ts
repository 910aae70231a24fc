import type { Socket } from "node:net";
import { type ClientHello, readClientHello } from "../../wire/client-hello.ts";

/**
 * Looks at the first message of a TLS client on a connection that nobody else reads. `done` gets it, with the socket paused and all its
 * bytes in it again; undefined: it is none. Not called if the connection closes first.
 */
export function readHelloStage(socket: Socket, done: (hello: ClientHello | undefined) => void): void {
  let read: Buffer = Buffer.alloc(0);
  /** Who sends byte by byte is not read anew at each. */
  let needed = 1;
  const onEnd = () => socket.destroy();
  const onData = (chunk: Buffer) => {
    read = Buffer.concat([read, chunk]);
    if (read.length < needed) return;
    const hello = readClientHello(read);
    if (typeof hello === "number") {
      needed = hello;
      return;
    }
    socket.off("data", onData);
    socket.off("end", onEnd);
    socket.pause();
    socket.unshift(read);
    done(hello === "other" ? undefined : hello);
  };
  socket.on("data", onData);
  socket.on("end", onEnd);
  socket.resume();
}
