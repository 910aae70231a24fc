// json-server 0.17.4 as its own command builds it, on a port of 127.0.0.1.
// usage: node legacy.mjs DB_FILE [PORT]     prints {"url": ...}
import { createRequire } from "node:module";

const jsonServer = createRequire(import.meta.url)("json-server-legacy");

const [file, port = "0"] = process.argv.slice(2);
if (file === undefined) {
  console.error("usage: node legacy.mjs DB_FILE [PORT]");
  process.exit(2);
}
const app = jsonServer.create();
app.use(jsonServer.defaults({ logger: false, bodyParser: true }));
app.use(jsonServer.router(file));
const server = app.listen(Number(port), "127.0.0.1", () => {
  console.log(JSON.stringify({ url: `http://127.0.0.1:${server.address().port}` }));
});
// Longer than any proxy keeps an idle connection, so that none is closed under a request.
server.keepAliveTimeout = 120_000;
