// The shop on Express 4.     usage: node legacy.mjs PORT SESSION_FILE     with SHOPS in the environment, its sessions are its own
import express from "express-legacy";
import { handedOver, shared } from "./sessions.mjs";
import { listen, openShop } from "./shop.mjs";

const [port, file] = process.argv.slice(2);
const app = express();
app.get("/help/*", (request, response) => response.json({ topic: request.params[0] }));
const { SHOPS } = process.env;
const sessions = SHOPS === undefined ? shared(file) : handedOver(app, "legacy", "modern", file, SHOPS);
openShop(app, express, sessions);
app.get("/language/:to", (request, response) => {
  request.session.language = request.params.to;
  response.redirect("back");
});
app.post("/logout", (request, response) => {
  const everywhere = request.body.everywhere === "yes";
  request.session.regenerate(() => response.redirect(everywhere ? "/?everywhere" : "/"));
});
listen(app, port);
