// An upstream over raw sockets that costs little: what it answers is made before, so that what is measured is the proxy.
// `node upstream.mjs`: prints {"port":N}. Paths: /calm; /chunks/SIZE (6 MB in chunks of SIZE bytes); /endless/SIZE.
import { createServer } from "node:net";
import { chunksOf } from "./bytes.mjs";

const CALM = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nok";
const CHUNKED = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
const ANSWER_BYTES = 6_000_000;
const made = new Map();

function chunked(size) {
  if (!made.has(size)) made.set(size, chunksOf(size, ANSWER_BYTES));
  return made.get(size);
}

/** Chunks for as long as the other end takes them. */
function pour(socket, block) {
  const more = () => {
    while (!socket.destroyed && socket.write(block));
  };
  socket.on("drain", more);
  more();
}

function answer(socket, head) {
  const [, path] = head.split(" ", 2);
  const [, kind, size] = path.split("/");
  if (kind === "chunks" && !head.startsWith("POST")) {
    socket.write(CHUNKED);
    socket.write(chunked(Number(size)));
    socket.write("0\r\n\r\n");
  } else if (kind === "endless") {
    socket.write(CHUNKED);
    pour(socket, chunked(Number(size)));
  } else {
    socket.write(CALM);
  }
}

const server = createServer({ noDelay: true }, (socket) => {
  let head = "";
  let tail = "";
  socket.on("error", () => {});
  socket.on("data", (bytes) => {
    let rest = bytes.toString("latin1");
    for (;;) {
      if (head === "") {
        tail += rest;
        const end = tail.indexOf("\r\n\r\n");
        if (end < 0) return;
        head = tail.slice(0, end);
        rest = tail.slice(end + 4);
        tail = "";
      }
      if (/transfer-encoding/i.test(head)) {
        // No body that is sent here holds these bytes.
        tail = (tail + rest).slice(-7);
        if (!`\r\n${tail}`.endsWith("\r\n0\r\n\r\n")) return;
        rest = "";
        tail = "";
      }
      answer(socket, head);
      head = "";
      if (rest === "") return;
    }
  });
});
server.listen(0, "127.0.0.1", () =>
  process.stdout.write(`${JSON.stringify({ port: server.address().port })}\n`),
);
