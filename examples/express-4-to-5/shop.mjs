// The shop, but for what Express 5 wants to be written otherwise: legacy.mjs and modern.mjs have that.
import { fileURLToPath } from "node:url";
import flash from "connect-flash";
import { csrfSync } from "csrf-sync";

const here = (name) => fileURLToPath(new URL(name, import.meta.url));

const ITEMS = [
  { sku: "pot", name: "A pot", price: 12 },
  { sku: "cup", name: "A cup", price: 4 },
  { sku: "tea/green", name: "Green tea", price: 8 },
  { sku: "tea/black", name: "Black tea", price: 6 },
];

/** Puts the shop's routes into `app`. `express` is the version's own, `sessions` are the middlewares that give a request its session. */
export function openShop(app, express, sessions) {
  const { csrfSynchronisedProtection, generateToken } = csrfSync({
    getTokenFromRequest: (request) => request.get("x-csrf-token") ?? request.body?.token,
  });
  app.set("views", here("views"));
  app.set("view engine", "ejs");
  app.use("/assets", express.static(here("assets")));

  app.get("/search", (request, response) => {
    const { min = "0", max = "1000" } = request.query.price ?? {};
    const found = ITEMS.filter(({ price }) => price >= Number(min) && price <= Number(max));
    response.json({ query: request.query, found });
  });
  app.get("/items/:sku", (request, response) => {
    const item = ITEMS.find(({ sku }) => sku === request.params.sku);
    if (item === undefined) return response.status(404).json({ error: `no item ${request.params.sku}` });
    response.json(item);
  });

  app.use(express.urlencoded({ extended: false }), ...sessions, flash(), csrfSynchronisedProtection);
  const show = (view) => (request, response) =>
    response.render(view, {
      user: request.session.user ?? "guest",
      cart: request.session.cart ?? [],
      messages: request.flash("info"),
      token: generateToken(request),
    });
  app.get("/", show("home"));
  app.get("/cart", show("cart"));
  app.get("/account", (request, response) => {
    if (request.session.user === undefined) return response.redirect("/");
    show("account")(request, response);
  });
  app.post("/cart", (request, response) => {
    request.session.cart = [...(request.session.cart ?? []), request.body.sku];
    request.flash("info", `${request.body.sku} is in your cart`);
    response.redirect("/cart");
  });
  app.post("/login", (request, response, next) => {
    const { cart } = request.session;
    request.session.regenerate((error) => {
      if (error) return next(error);
      Object.assign(request.session, { cart, user: request.body.user });
      response.redirect("/account");
    });
  });
}

/** Listens on 127.0.0.1 and says where; ends with SIGTERM. */
export function listen(app, port) {
  const server = app.listen(Number(port), "127.0.0.1", () => {
    console.log(JSON.stringify({ url: `http://127.0.0.1:${server.address().port}` }));
  });
  // Longer than any proxy keeps an idle connection, so that none is closed under a request.
  server.keepAliveTimeout = 120_000;
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(0));
}
