// json-server 1.0 beta as its own command builds it, on a port of 127.0.0.1 (the command itself listens everywhere).
// usage: node modern.mjs DB_FILE [PORT] [settled]     prints {"url": ...}

import { createServer } from "node:http";
import { NormalizedAdapter } from "json-server-modern/lib/adapters/normalized-adapter.js";
import { createApp } from "json-server-modern/lib/app.js";
import { Low } from "lowdb";
import { JSONFile } from "lowdb/node";

const [file, port = "0", stage] = process.argv.slice(2);
if (file === undefined) {
  console.error("usage: node modern.mjs DB_FILE [PORT] [settled]");
  process.exit(2);
}
const db = new Low(new NormalizedAdapter(new JSONFile(file)), {});
await db.read();
const app = createApp(db, { logger: false });
const server = createServer((request, response) => {
  // Put right: it answers HEAD with 400. Node sends no body to a request that came as HEAD.
  if (stage === "settled" && request.method === "HEAD") request.method = "GET";
  app.handler(request, response);
});
server.listen(Number(port), "127.0.0.1", () =>
  console.log(JSON.stringify({ url: `http://127.0.0.1:${server.address().port}` })),
);
// Longer than any proxy keeps an idle connection, so that none is closed under a request.
server.keepAliveTimeout = 120_000;
