// An upstream that reads a whole request, however large, and then answers. On plain sockets, so that it is no bottleneck;
// nginx would answer before the body has come. It trusts the bench: no pipelining, and no body that looks like its end.
import net from "node:net";

const [port, body] = process.argv.slice(2);
const answer = `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
const LAST_CHUNK = "0\r\n\r\n";

class Reading {
  head = "";
  inBody = false;
  chunked = false;
  left = 0;
  tail = "";

  /** Whether the request is whole with this. */
  take(chunk) {
    if (this.inBody) return this.body(chunk.length, chunk.latin1Slice(Math.max(0, chunk.length - 5)));
    this.head += chunk.latin1Slice();
    const end = this.head.indexOf("\r\n\r\n");
    if (end < 0) return false;
    const head = this.head.slice(0, end);
    this.inBody = true;
    this.chunked = /\ntransfer-encoding:/i.test(head);
    this.left = Number(/\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0);
    this.tail = "";
    const came = this.head.slice(end + 4);
    this.head = "";
    return this.body(came.length, came.slice(-5));
  }

  body(length, tail) {
    this.left -= length;
    this.tail = (this.tail + tail).slice(-5);
    if (this.chunked ? this.tail !== LAST_CHUNK : this.left > 0) return false;
    this.inBody = false;
    return true;
  }
}

net
  .createServer({ noDelay: true }, (socket) => {
    const reading = new Reading();
    socket.on("error", () => socket.destroy());
    socket.on("data", (chunk) => {
      if (reading.take(chunk)) socket.write(answer, "latin1");
    });
  })
  .listen({ port: Number(port), host: "127.0.0.1", backlog: 4096 });
