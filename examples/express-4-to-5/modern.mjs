// The shop on Express 5.     usage: node modern.mjs PORT STAGE SESSION_FILE     with SHOPS in the environment, its sessions are its own
// STAGE is how far the port is: `moved` starts and passes its tests, `reads` has what the shadows found mended, `done` the logout too.
import express from "express-modern";
import { handedOver, shared } from "./sessions.mjs";
import { listen, openShop } from "./shop.mjs";

const [port, stage, file] = process.argv.slice(2);
const reads = stage !== "moved";
const app = express();
if (reads) app.set("query parser", "extended"); // Express 5 reads `price[min]=2` as a name
app.get("/help/*topic", (request, response) => {
  const { topic } = request.params; // a list of segments in Express 5
  response.json({ topic: reads ? topic.join("/") : topic });
});
const { SHOPS } = process.env;
const sessions = SHOPS === undefined ? shared(file) : handedOver(app, "modern", "legacy", file, SHOPS);
openShop(app, express, sessions);
app.get("/language/:to", (request, response) => {
  request.session.language = request.params.to;
  response.redirect(reads ? (request.get("referer") ?? "/") : "back"); // `back` is a path like any other in Express 5
});
app.post("/logout", (request, response) => {
  const body = stage === "done" ? (request.body ?? {}) : request.body; // undefined in Express 5 if nothing was sent
  const everywhere = body.everywhere === "yes";
  request.session.regenerate(() => response.redirect(everywhere ? "/?everywhere" : "/"));
});
listen(app, port);
