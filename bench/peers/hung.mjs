// A modern side that accepts every connection, reads everything and never answers.
import net from "node:net";

const [port] = process.argv.slice(2);
net
  .createServer((socket) => {
    socket.on("error", () => socket.destroy());
    socket.resume();
  })
  .listen({ port: Number(port), host: "127.0.0.1", backlog: 4096 });
