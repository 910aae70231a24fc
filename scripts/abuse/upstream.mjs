// An upstream over raw sockets that costs little: what it answers is made before, so that what is measured is the proxy.
// `node upstream.mjs`: prints {"port":N}. The path says what it does, see hostile-answers.mjs.
import { createServer } from "node:net";
import { answer } from "./hostile-answers.mjs";

const server = createServer({ noDelay: true, allowHalfOpen: true }, (socket) => {
  let head = "";
  let tail = "";
  let left = 0;
  let tunnel;
  socket.on("error", () => {});
  socket.on("end", () => {
    if (tunnel === undefined) socket.end();
  });
  socket.on("data", (bytes) => {
    if (tunnel !== undefined) {
      if (tunnel === "echo") socket.write(bytes);
      return;
    }
    let rest = bytes.toString("latin1");
    for (;;) {
      if (head === "") {
        tail += rest;
        const end = tail.indexOf("\r\n\r\n");
        if (end < 0) return;
        head = tail.slice(0, end);
        rest = tail.slice(end + 4);
        tail = "";
        left = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0);
      }
      if (/\r\ntransfer-encoding/i.test(head)) {
        // No body that is sent here holds these bytes but in its end: what may follow is trailers.
        tail = (tail + rest).slice(-40_000);
        if (!/\r\n0\r\n(?:[^\r\n]+\r\n)*\r\n$/.test(`\r\n${tail}`)) {
          if (tail.length > 100 && !tail.endsWith("\r\n\r\n")) tail = tail.slice(-20_000);
          return;
        }
        rest = "";
        tail = "";
      } else if (left > 0) {
        const taken = Math.min(left, rest.length);
        left -= taken;
        rest = rest.slice(taken);
        if (left > 0) return;
      }
      tunnel = answer(socket, head);
      head = "";
      if (rest === "") return;
    }
  });
});
server.listen(0, "127.0.0.1", () =>
  process.stdout.write(`${JSON.stringify({ port: server.address().port })}\n`),
);
