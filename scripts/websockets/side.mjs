// A side of a WebSocket API: answers each event with its name, and counts. Its name is its argument; `told` by IPC asks for the counts.
import { createServer } from "node:http";

const name = process.argv[2];
let disconnects = 0;
const server = createServer((request, response) => {
  request.resume().on("end", () => {
    if (request.headers["x-fig-event"] === "DISCONNECT") disconnects++;
    response.end(name);
  });
});
server.keepAliveTimeout = 60_000;
server.listen(0, "127.0.0.1", () => process.send({ url: `http://127.0.0.1:${server.address().port}` }));
process.on("message", () => process.send({ disconnects }));
process.on("disconnect", () => process.exit(0));
