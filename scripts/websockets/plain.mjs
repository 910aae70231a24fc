// What stands beside: a server of `ws` alone that asks the side about each message by itself. The side's URL is its argument.
import { Agent, createServer, request } from "node:http";
import { WebSocketServer } from "ws";

const side = new URL(process.argv[2]);
const agent = new Agent({ keepAlive: true, maxSockets: 256 });
const server = createServer();
const sockets = new WebSocketServer({ server, perMessageDeflate: false });
sockets.on("connection", (socket) => {
  socket.on("message", (data) => {
    const body = JSON.stringify({ body: data.toString() });
    const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
    const asked = request(side, { method: "POST", agent, headers }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk) => {
        text += chunk;
      });
      response.on("end", () => socket.send(text));
    });
    asked.end(body);
  });
});
server.listen(0, "127.0.0.1", () =>
  process.send({ url: `ws://127.0.0.1:${server.address().port}`, pid: process.pid }),
);
process.on("message", () => process.send({ rss: process.memoryUsage.rss() }));
process.on("disconnect", () => process.exit(0));
