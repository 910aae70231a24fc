// json-server 1.0 beta as its own command builds it, on a port of 127.0.0.1 (the command itself listens everywhere).
// usage: node modern.mjs DB_FILE [PORT]     prints {"url": ...}

import { NormalizedAdapter } from "json-server-modern/lib/adapters/normalized-adapter.js";
import { createApp } from "json-server-modern/lib/app.js";
import { Low } from "lowdb";
import { JSONFile } from "lowdb/node";

const [file, port = "0"] = process.argv.slice(2);
if (file === undefined) {
  console.error("usage: node modern.mjs DB_FILE [PORT]");
  process.exit(2);
}
const db = new Low(new NormalizedAdapter(new JSONFile(file)), {});
await db.read();
const server = createApp(db, { logger: false }).listen(
  Number(port),
  () => console.log(JSON.stringify({ url: `http://127.0.0.1:${server.address().port}` })),
  "127.0.0.1",
);
// Longer than any proxy keeps an idle connection, so that none is closed under a request.
server.keepAliveTimeout = 120_000;
