// Shoppers: each has a connection, a `cart` cookie, and knows what is in its cart and who it is. What the shop says otherwise is counted.
// usage: node traffic.mjs [URL] [SHOPPERS] [VISITS]
import http from "node:http";
import { fileURLToPath } from "node:url";

const SKUS = ["pot", "cup", "tea"];

class Shopper {
  items = [];
  user = null;
  visits = 0;
  agent = new http.Agent({ keepAlive: true, maxSockets: 1 });

  constructor(index, url) {
    this.index = index;
    this.url = url;
  }

  ask(method, path, headers, body) {
    const fields = { cookie: `cart=shopper-${this.index}`, "accept-language": "de", ...headers };
    return new Promise((resolve, reject) => {
      const request = http.request(new URL(path, this.url), { method, agent: this.agent, headers: fields });
      request.once("error", reject);
      request.once("response", (answer) => {
        let text = "";
        answer.setEncoding("utf8").on("data", (piece) => {
          text += piece;
        });
        answer.once("error", reject);
        answer.once("end", () => {
          const side = answer.headers["x-fig-side"] ?? "legacy";
          const by = answer.headers["x-fig-route"] === "(default)" ? "the default" : side;
          this.counts.requests++;
          this.counts.to[by] = (this.counts.to[by] ?? 0) + 1;
          resolve({ status: answer.statusCode, ...JSON.parse(text) });
        });
      });
      request.end(body);
    });
  }

  /** Our clients say what they send: a query can be asked twice, a mutation cannot. */
  send(operation, query, variables) {
    const headers = { "content-type": "application/json", "x-operation": operation };
    return this.ask("POST", "/graphql", headers, JSON.stringify({ query, variables }));
  }

  get(query, headers) {
    return this.ask("GET", `/graphql?query=${encodeURIComponent(query)}`, headers);
  }

  expect(yes) {
    if (!yes) this.counts.unexpected++;
  }

  check(cart) {
    if (String(cart?.items) !== String(this.items)) this.counts.cartsLost++;
    if (cart?.user !== this.user) this.counts.loggedOut++;
  }

  async signIn() {
    this.user = `user-${this.index}`;
    const query = "mutation ($user: String!) { signIn(user: $user) { user items } }";
    const { data } = await this.send("mutation", query, { user: this.user });
    this.check(data?.signIn);
  }

  async seeCart() {
    const { data } = await this.send("query", "{ cart { user items total } }");
    this.check(data?.cart);
  }

  /** Looks around, and changes nothing. */
  async look() {
    const sku = SKUS[this.index % SKUS.length];
    await this.seeCart();
    const shelf = await this.send("query", "{ products { sku name price } }");
    this.expect(shelf.data?.products[1].name === "Tasse");
    const product = "query ($sku: ID!) { product(sku: $sku) { sku name stock } }";
    const found = await this.send("query", product, { sku });
    this.expect(Number.isInteger(found.data?.product?.stock));
    const hat = await this.send("query", product, { sku: "hat" });
    this.expect(hat.errors?.[0].extensions?.code === "NOT_FOUND");
    const zip = await this.send("query", '{ delivery(zip: "x") }');
    this.expect(zip.errors?.[0].message === "x is no ZIP code");
    // An old client asks for a field that is gone.
    const old = await this.send("query", '{ product(sku: "pot") { weight } }');
    this.expect(old.errors?.[0].message.startsWith("Cannot query field"));
    const total = await this.get("{ cart { user items total } }", { "apollo-require-preflight": "1" });
    this.check(total.data?.cart);
    const foreign = await this.get("{ cart { total } }", { origin: "http://elsewhere.test" });
    this.expect(foreign.status === 400 && foreign.data === undefined);
  }

  /** Every second time something goes into the cart. */
  async act() {
    const turn = this.index + this.visits++;
    if (turn % 2 === 1) return;
    const sku = SKUS[turn % SKUS.length];
    const query = "mutation ($sku: ID!) { addToCart(sku: $sku) { user items } }";
    const { data } = await this.send("mutation", query, { sku });
    this.items.push(sku);
    this.check(data?.addToCart);
    await this.seeCart();
  }
}

/** Shoppers that stay the same over all of a walk. */
export class Shoppers {
  constructor(url, count) {
    this.all = Array.from({ length: count }, (_, index) => new Shopper(index, url));
  }

  signIn() {
    this.#count();
    return Promise.all(this.all.map((shopper) => shopper.signIn()));
  }

  /**
   * Everyone comes once, all at once: looks around, thinks, and acts. A shadow of what was read just before a write of the same
   * client cannot be compared, so `think` is where a walk waits for its comparisons. Gives what was counted.
   */
  async visit(think = async () => {}) {
    const counts = this.#count();
    await Promise.all(this.all.map((shopper) => shopper.look()));
    await think();
    await Promise.all(this.all.map((shopper) => shopper.act()));
    return counts;
  }

  #count() {
    const counts = { requests: 0, to: {}, unexpected: 0, cartsLost: 0, loggedOut: 0 };
    for (const shopper of this.all) shopper.counts = counts;
    return counts;
  }

  leave() {
    for (const { agent } of this.all) agent.destroy();
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [url = "http://127.0.0.1:8080", count = "24", visits = "4"] = process.argv.slice(2);
  const shoppers = new Shoppers(url, Number(count));
  await shoppers.signIn();
  for (let visit = 0; visit < Number(visits); visit++) console.log(await shoppers.visit());
  shoppers.leave();
}
