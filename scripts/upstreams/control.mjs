// A server that is known to read wrong: a run that does not find it out proves nothing.
import { createServer } from "node:net";
import { desyncInLane } from "./measured.mjs";

/** Knows Content-Length and no chunks: what a chunked body holds are requests to it. */
export async function findsWhatIsThere(guard, seed) {
  const sockets = new Set();
  const server = createServer((socket) => {
    sockets.add(socket);
    let text = "";
    socket.on("error", () => undefined);
    socket.on("data", (chunk) => {
      text += chunk.toString("latin1");
      for (let stop = text.indexOf("\r\n\r\n"); stop >= 0; stop = text.indexOf("\r\n\r\n")) {
        const head = text.slice(0, stop + 4);
        const length = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0);
        if (text.length < head.length + length) return;
        text = text.slice(head.length + length);
        socket.write(
          `HTTP/1.1 200 OK\r\nContent-Length: ${head.startsWith("HEAD ") ? 0 : 2}\r\n\r\n${head.startsWith("HEAD ") ? "" : "ok"}`,
        );
      }
    });
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", 1024, resolve));
  try {
    const sum = await desyncInLane("auto", server.address().port, guard, {
      seed,
      count: 192,
      onProgress: () => undefined,
    });
    return sum.disagreements.length > 0;
  } finally {
    server.close();
    for (const socket of sockets) socket.destroy();
  }
}
